"""Train the contact types that ship with Threadline: `python -m models.training.contact_types`.

Reads `models/weights/contact-types/examples.csv`, which we wrote, and writes
`contact-types.npz` beside it; then copy the printed size and hash into `models/catalogue.py`.
Takes a minute on one core.
"""

from __future__ import annotations

import csv
import sys
from hashlib import sha256

from models.catalogue import CONTACT_TYPES, PACKAGED, UTTERANCE_ENCODER
from models.contact_types.model import FILE_NAME, packed
from models.contact_types.trainer import examples_of, train
from models.encoder import TextEncoder
from models.pleasantries import without_pleasantries

FOLDER = PACKAGED / CONTACT_TYPES.name


def main() -> None:
    """Train, write, and say what the catalogue must know."""
    encoder = TextEncoder(PACKAGED / UTTERANCE_ENCODER.name)
    with (FOLDER / "examples.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    models = []
    for language in dict.fromkeys(row["language"] for row in rows):
        pairs = [
            (without_pleasantries(row["text"]), row["label"])
            for row in rows
            if row["language"] == language
        ]
        examples = examples_of(pairs, lambda text: encoder.encode(text).vector)
        model = train(examples, language=language, encoder=encoder.name, progress=_say)
        about = model.about
        _say(
            f"{language}: {about.accuracy:.1%} right in cross-validation, a type told"
            f" to {about.told:.1%}, {about.right:.1%} of them right; words weigh {about.mix}"
        )
        models.append(model)
    data = packed(models)
    (FOLDER / FILE_NAME).write_bytes(data)
    _say(f"{FILE_NAME}: {len(data)} bytes, sha256 {sha256(data).hexdigest()}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
