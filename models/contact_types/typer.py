"""Tell what a text is about, or that it is about nothing that was taught."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import numpy as np

from models.contact_types.letters import without_marks
from models.contact_types.model import ENGLISH, UNKNOWN, Floats, Model, unpacked
from models.contact_types.ngrams import NgramVocabulary
from schemas.answers import ContactAnswer
from schemas.errors import ConfigError

STEEPNESS = 4.0


class Judgement(NamedTuple):
    """The likeliest type of a text, how sure it is among the types, and how alike it is to any.

    Texts are of a type at all from `Scope.threshold` of `likeness` on.
    """

    type: str
    confidence: float
    likeness: float


class ContactTyper:
    """What was taught in each language: a text is told by what was taught in its own.

    Takes the bytes of a file that `source` names. May be called from several threads at once; a
    text's answer depends on that text and its language only.

    Raises:
        ConfigError: the bytes are no model, or one of another format.
    """

    def __init__(self, data: bytes, source: str) -> None:
        self.name = f"contact-types/{sha256(data).hexdigest()[:8]}"
        self._taught = {one.about.language: Taught(one) for one in unpacked(data, source)}
        self.languages = frozenset(self._taught)

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

    def taught(self, language: str | None) -> Taught | None:
        """Find what was taught in a language.

        What has no language is read as English; where that was not taught, as the only language.
        """
        if language is not None:
            return self._taught.get(language)
        only = next(iter(self._taught.values())) if len(self._taught) == 1 else None
        return self._taught.get(ENGLISH, only)

    def tell(self, text: str, vector: bytes, language: str | None = None) -> ContactAnswer | None:
        """Tell the type of a text whose search vector (int8 bytes) is known.

        None where nothing was taught in its language.
        """
        return self.tell_all([text], [vector], [language])[0]

    def tell_all(
        self, texts: Sequence[str], vectors: Sequence[bytes], languages: Sequence[str | None]
    ) -> list[ContactAnswer | None]:
        """Do what `tell` does for each of some texts, in less time."""
        found: list[ContactAnswer | None] = [None] * len(texts)
        for language in dict.fromkeys(languages):
            taught = self.taught(language)
            which = [at for at, one in enumerate(languages) if one == language]
            if taught is None:
                continue
            told = taught.tell_all([texts[at] for at in which], [vectors[at] for at in which])
            for at, one in zip(which, told, strict=True):
                found[at] = self._answer(one)
        return found

    def _answer(self, told: Judgement | None) -> ContactAnswer:
        if told is None:
            return ContactAnswer(engine=self.name)
        return ContactAnswer(engine=self.name, type=told.type, confidence=round(told.confidence, 4))


class Taught:
    """Logistic regression on the search vector and on the words of a text; see `trainer.py`."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.about = model.about
        self._types = tuple(model.about.types)
        self._vocabulary = NgramVocabulary(model.about.terms, model.idf)

    def tell_all(self, texts: Sequence[str], vectors: Sequence[bytes]) -> list[Judgement | None]:
        """Tell the types of texts, where there is one and it is sure enough."""
        return [found if self.is_told(found) else None for found in self.judge_all(texts, vectors)]

    def is_told(self, found: Judgement) -> bool:
        """Tell whether a judgement is worth an answer."""
        return (
            found.type != UNKNOWN
            and found.likeness >= self.about.scope.threshold
            and found.confidence >= self.about.least
        )

    def judge(self, text: str, vector: bytes) -> Judgement:
        """Weigh all types for a text."""
        return self.judge_all([text], [vector])[0]

    def judge_all(self, texts: Sequence[str], vectors: Sequence[bytes]) -> list[Judgement]:
        """Weigh all types for each of some texts."""
        if not texts:
            return []
        model, about = self._model, self.about
        units = unit_vectors(vectors)
        # Text by text: what a product of matrices adds up first depends on its size.
        alone = units[:, None, :]
        logits = (alone @ model.dense)[:, 0] + model.bias
        if len(model.landmarks):
            logits = logits + (kernel(alone, model.landmarks) @ model.pulls)[:, 0]
        words = self._vocabulary.weigh_all(spelt(texts, about.language))
        for row, weighed in zip(logits, words, strict=True):
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


def unit_vectors(vectors: Sequence[bytes]) -> Floats:
    """Read search vectors from their bytes, a row each with length 1; all zeros stay so."""
    whole = np.frombuffer(b"".join(vectors), dtype=np.int8)
    values = whole.reshape(len(vectors), len(vectors[0]) if vectors else 0).astype(np.float32)
    lengths = np.linalg.norm(values, axis=1, keepdims=True)
    units: Floats = values / np.maximum(lengths, np.float32(1e-6))
    return units


def spelt(texts: Sequence[str], language: str) -> Sequence[str]:
    """Spell texts as their n-grams are counted: in other languages than English without marks."""
    return texts if language == ENGLISH else [without_marks(text, language) for text in texts]
