"""What is learnt of contact types in each language, and the file that keeps it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from schemas.errors import ConfigError

Floats = NDArray[np.float32]

FORMAT = 2
ENGLISH = "en"
"""What the encoder was trained to read, and what a text of no language is read as."""

UNKNOWN = "unknown"
"""A type of this name holds examples of what is about nothing: greetings, small talk."""

FILE_NAME = "contact-types.npz"
ARRAYS = ("dense", "bias", "landmarks", "pulls", "sparse", "idf", "centroids")


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """How alike to its examples a text must be to be of a type at all.

    The score is the largest logit plus the cosine to the nearest centroid, each in standard
    deviations of what cross-validation gave; below `threshold` a text is about something else.
    """

    logit_mean: float
    logit_deviation: float
    cosine_mean: float
    cosine_deviation: float
    threshold: float

    def score(self, logit: Floats, cosine: Floats) -> Floats:
        """Score texts by their largest logit and cosine."""
        logits = (logit - self.logit_mean) / self.logit_deviation
        return logits + (cosine - self.cosine_mean) / self.cosine_deviation


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What cross-validation found for one type: shares of 0-1."""

    examples: int
    recall: float
    precision: float | None
    mistaken_for: str | None = None


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What the contact types of one language say of themselves. Figures are of cross-validation.

    A type is told from a confidence of `least` on: of those that were, seven in ten were right.
    `told` is the share of the examples of a type that were told one, `right` the share of types
    told that were right.
    """

    language: str
    encoder: str
    mix: float
    temperature: float
    scope: Scope
    least: float
    accuracy: float
    told: float
    right: float
    types: dict[str, Checked]
    terms: tuple[str, ...]


class Model(NamedTuple):
    """What was learnt in one language, one column per type; no centroid of what is unknown.

    `dense` and `bias` weigh the search vector, `pulls` its likeness to the `landmarks` (none in a
    model of many examples), `sparse` the n-grams.
    """

    about: About
    dense: Floats
    bias: Floats
    landmarks: Floats
    pulls: Floats
    sparse: Floats
    idf: Floats
    centroids: Floats


def packed(models: Sequence[Model]) -> bytes:
    """Write models, one per language, as the bytes of a file; equal ones give equal bytes."""
    head = _Head(format=FORMAT, languages=tuple(model.about.language for model in models))
    arrays: dict[str, NDArray[Any]] = {"head": _written(head)}
    for model in models:
        arrays |= {f"{model.about.language}/{name}": one for name, one in _arrays(model).items()}
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    return file.getvalue()


class _Head(msgspec.Struct, frozen=True):
    format: int
    languages: tuple[str, ...] = ()


def _arrays(model: Model) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {
        name: getattr(model, name).astype(np.float16) for name in ("sparse", "centroids")
    }
    arrays |= {name: getattr(model, name) for name in ("dense", "bias", "pulls", "idf")}
    arrays["landmarks"] = np.rint(model.landmarks * 127).astype(np.int8)
    arrays["about"] = _written(model.about)
    return arrays


def _written(struct: msgspec.Struct) -> NDArray[np.uint8]:
    return np.frombuffer(msgspec.json.encode(struct), dtype=np.uint8)


def unpacked(data: bytes, source: str) -> list[Model]:
    """Read the bytes of a file that `source` names.

    Raises:
        ConfigError: they are none, or of another format.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            # Format 1 had no head, and described itself.
            name = "head" if "head" in file else "about"
            head = msgspec.json.decode(file[name].tobytes(), type=_Head)
            if head.format != FORMAT:
                raise ConfigError(f"{source} has format {head.format}; train it anew for {FORMAT}")
            return [_model(file, language) for language in head.languages]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, msgspec.DecodeError) as e:
        raise ConfigError(f"{source} is no file of contact types: {e}") from e


def _model(file: Mapping[str, NDArray[Any]], language: str) -> Model:
    about = msgspec.json.decode(file[f"{language}/about"].tobytes(), type=About)
    arrays = {name: file[f"{language}/{name}"].astype(np.float32) for name in ARRAYS}
    lengths = np.linalg.norm(arrays["landmarks"], axis=1, keepdims=True)
    arrays["landmarks"] /= np.maximum(lengths, 1e-6)
    return Model(about, **arrays)
