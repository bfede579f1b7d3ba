"""Train the contact types that ship with Threadline: `python -m models.training.contact_types`.

Reads `models/weights/contact-types/examples.csv`, which we wrote, and writes
`contact-types.npz` beside it; then copy the printed size and hash into `models/catalogue.py`.
Takes about half a minute on one core.
"""

from __future__ import annotations

import csv
import sys
from hashlib import sha256

from models.catalogue import CONTACT_TYPES, PACKAGED, UTTERANCE_ENCODER
from models.contact_types.trainer import examples_of, train
from models.contact_types.typer import FILE_NAME, packed
from models.encoder import TextEncoder

FOLDER = PACKAGED / CONTACT_TYPES.name


def main() -> None:
    """Train, write, and say what the catalogue must know."""
    encoder = TextEncoder(PACKAGED / UTTERANCE_ENCODER.name)
    with (FOLDER / "examples.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["text"], row["label"]) for row in csv.DictReader(file)]
    examples = examples_of(rows, lambda text: encoder.encode(text).vector)
    model = train(
        examples,
        languages=("en",),
        encoder=encoder.name,
        progress=_say,
    )
    data = packed(model)
    (FOLDER / FILE_NAME).write_bytes(data)
    _say(f"{FILE_NAME}: {len(data)} bytes, sha256 {sha256(data).hexdigest()}")
    _say(f"accuracy in cross-validation: {model.about.accuracy:.1%}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
