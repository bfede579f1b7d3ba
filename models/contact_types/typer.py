"""Tell what a text is about, or that it is about nothing that was taught."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
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


class Judgement(NamedTuple):
    """The likeliest type of a text, how sure it is among the types, and how alike it is to any.

    Texts are of a type at all from `Scope.threshold` of `likeness` on.
    """

    type: str
    confidence: float
    likeness: float


class ContactTyper:
    """Logistic regression on the search vector and on the words of a text; see `trainer.py`.

    Takes the bytes of a file that `source` names. May be called from several threads at once; a
    text's answer depends on that text only.

    Raises:
        ConfigError: the bytes are no model, or one of another format.
    """

    def __init__(self, data: bytes, source: str) -> None:
        self.name = f"contact-types/{sha256(data).hexdigest()[:8]}"
        self._model = model = _parse(data, source)
        self.about = model.about
        self.languages = frozenset(model.about.languages)
        self._types = tuple(model.about.types)
        self._vocabulary = NgramVocabulary(model.about.terms, model.idf)

    @classmethod
    def load(cls, path: Path) -> ContactTyper:
        """Read a file.

        Raises:
            ConfigError: it is missing, or no model.
        """
        try:
            return cls(path.read_bytes(), str(path))
        except OSError as error:
            raise ConfigError(f"cannot read the contact types {path}: {error.strerror}") from error

    def tell(self, text: str, vector: bytes) -> ContactAnswer:
        """Tell the type of a text whose search vector (int8 bytes) is known."""
        return self.tell_all([text], [vector])[0]

    def tell_all(self, texts: Sequence[str], vectors: Sequence[bytes]) -> list[ContactAnswer]:
        """Do what `tell` does for each of some texts, in less time."""
        nothing = ContactAnswer(engine=self.name)
        return [
            nothing
            if found.type == UNKNOWN or found.likeness < self.about.scope.threshold
            else ContactAnswer(
                engine=self.name, type=found.type, confidence=round(found.confidence, 4)
            )
            for found in self.judge_all(texts, vectors)
        ]

    def judge(self, text: str, vector: bytes) -> Judgement:
        """Weigh all types for a text."""
        return self.judge_all([text], [vector])[0]

    def judge_all(self, texts: Sequence[str], vectors: Sequence[bytes]) -> list[Judgement]:
        """Weigh all types for each of some texts."""
        if not texts:
            return []
        model, about = self._model, self.about
        units = np.stack(list(map(unit_vector, vectors)))
        # Text by text: what a product of matrices adds up first depends on its size.
        alone = units[:, None, :]
        logits = (alone @ model.dense)[:, 0] + model.bias
        if len(model.landmarks):
            logits = logits + (kernel(alone, model.landmarks) @ model.pulls)[:, 0]
        for row, weighed in zip(logits, self._vocabulary.weigh_all(texts), strict=True):
            if len(weighed.columns):
                row += about.mix * (weighed.weights @ model.sparse[weighed.columns])
        best = logits.argmax(axis=1)
        largest = np.take_along_axis(logits, best[:, None], axis=1)
        spread = np.exp((logits - largest) / about.temperature)
        sure = 1 / spread.sum(axis=1)
        cosines = (model.centroids @ units[:, :, None])[:, :, 0].max(axis=1)
        likeness = about.scope.score(largest[:, 0], cosines)
        names = [self._types[column] for column in best.tolist()]
        return list(map(Judgement, names, sure.tolist(), likeness.tolist()))


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


def _parse(data: bytes, source: str) -> Model:
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            about = msgspec.json.decode(file["about"].tobytes(), type=About)
            arrays = {name: file[name].astype(np.float32) for name in ARRAYS}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, msgspec.DecodeError) as e:
        raise ConfigError(f"{source} is no file of contact types: {e}") from e
    if about.format != FORMAT:
        raise ConfigError(f"{source} has format {about.format}; train it anew for {FORMAT}")
    lengths = np.linalg.norm(arrays["landmarks"], axis=1, keepdims=True)
    arrays["landmarks"] /= np.maximum(lengths, 1e-6)
    return Model(about, **arrays)
