"""Tell what a text is about, or that it is about nothing that was taught."""

from __future__ import annotations

import io
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.contact_types.ngrams import NgramVocabulary
from schemas.answers import ContactAnswer
from schemas.errors import ConfigError

Floats = NDArray[np.float32]

FORMAT = 1
STEEPNESS = 4.0
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
    """What a file of contact types says of itself. Figures are of cross-validation."""

    format: int
    languages: tuple[str, ...]
    encoder: str
    mix: float
    temperature: float
    scope: Scope
    accuracy: float
    types: dict[str, Checked]
    terms: tuple[str, ...]


class Model(NamedTuple):
    """All that a file holds, one column per type; there is no centroid of what is unknown.

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


class ContactTyper:
    """Logistic regression on the search vector and on the words of a text; see `trainer.py`.

    May be called from several threads at once; a text's answer depends on that text only.

    Raises:
        ConfigError: the file is missing, broken, or of another format.
    """

    def __init__(self, path: Path) -> None:
        data = _read(path)
        self.name = _name(data)
        self._model = model = _parse(path, data)
        self.about = model.about
        self._types = tuple(model.about.types)
        self.languages = frozenset(model.about.languages)
        self._vocabulary = NgramVocabulary(model.about.terms, model.idf)

    def tell(self, text: str, vector: bytes) -> ContactAnswer:
        """Tell the type of a text whose search vector (int8 bytes) is known."""
        model, about = self._model, self._model.about
        unit = unit_vector(vector)
        logits = unit @ model.dense + model.bias
        if len(model.landmarks):
            logits = logits + kernel(unit, model.landmarks) @ model.pulls
        weighed = self._vocabulary.weigh(text)
        if len(weighed.columns):
            logits = logits + about.mix * (weighed.weights @ model.sparse[weighed.columns])
        cosine = np.max(model.centroids @ unit)
        best = int(np.argmax(logits))
        is_alike = about.scope.score(logits[best], cosine) >= about.scope.threshold
        if self._types[best] == UNKNOWN or not is_alike:
            return ContactAnswer(engine=self.name)
        spread = np.exp((logits - logits[best]) / about.temperature)
        sure = round(float(1 / spread.sum()), 4)
        return ContactAnswer(engine=self.name, type=self._types[best], confidence=sure)


def kernel(units: Floats, landmarks: Floats) -> Floats:
    """Compare unit vectors with landmarks: exp(4 (cosine - 1)), 0-1."""
    found: Floats = np.exp(STEEPNESS * (units @ landmarks.T - 1))
    return found


def unit_vector(vector: bytes) -> Floats:
    """Read a search vector from its bytes, with length 1; all zeros stay so."""
    values = np.frombuffer(vector, dtype=np.int8).astype(np.float32)
    return values / max(float(np.linalg.norm(values)), 1e-6)


def packed(model: Model) -> bytes:
    """Write a model as the bytes of a file; equal models give equal bytes."""
    arrays = {name: getattr(model, name).astype(np.float16) for name in ("sparse", "centroids")}
    arrays |= {name: getattr(model, name) for name in ("dense", "bias", "pulls", "idf")}
    arrays["landmarks"] = np.rint(model.landmarks * 127).astype(np.int8)
    arrays["about"] = np.frombuffer(msgspec.json.encode(model.about), dtype=np.uint8)
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def _name(data: bytes) -> str:
    return f"contact-types/{sha256(data).hexdigest()[:8]}"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot read the contact types {path}: {error.strerror}") from error


def _parse(path: Path, data: bytes) -> Model:
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            about = msgspec.json.decode(file["about"].tobytes(), type=About)
            arrays = {name: file[name].astype(np.float32) for name in ARRAYS}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, msgspec.DecodeError) as e:
        raise ConfigError(f"{path} is no file of contact types: {e}") from e
    if about.format != FORMAT:
        raise ConfigError(f"{path} has format {about.format}; train it anew for {FORMAT}")
    lengths = np.linalg.norm(arrays["landmarks"], axis=1, keepdims=True)
    arrays["landmarks"] /= np.maximum(lengths, 1e-6)
    return Model(about, **arrays)
