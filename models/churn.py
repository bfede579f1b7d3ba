"""Tell from one line whether the customer means to leave: a linear model over words and brands."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import msgspec

from models.catalogue import CHURN_INTENT, read_json_weights
from models.churn_text import (
    clauses_of,
    features_of,
    may_speak_of_going,
    speaks_of_going,
    tokens_of,
)
from schemas.utterance import ChurnIntent

ENGINE = f"{CHURN_INTENT.name}/{CHURN_INTENT.version}"
LANGUAGES = ("en", "de")
"""What it reads: trained on English; German through a glossary, untrained (see its card)."""


class ChurnWeights(msgspec.Struct, frozen=True):
    """What the model knows: per feature its weight and its inverse document frequency."""

    bias: float
    features: dict[str, tuple[float, float]]

    def score(self, tokens: Sequence[str]) -> float:
        """Give a score from 0 to 1, above 0.5 where a line says that its writer leaves.

        Half of it is that of the whole line, half that of the clause which sounds most like it:
        "You are so bad, I am leaving". A line without any word of going or staying scores 0: the
        training lines know too little of what else customers talk about.
        """
        if not speaks_of_going(tokens):
            return 0.0
        whole, parts = self._score(tokens), clauses_of(tokens)
        best = max(map(self._score, parts)) if len(parts) > 1 else whole
        return (whole + best) / 2

    def _score(self, tokens: Sequence[str]) -> float:
        """Logistic regression on binary features times inverse document frequency, unit length."""
        if not speaks_of_going(tokens):
            return 0.0
        # In a fixed order: sums of floats depend on the order of their terms.
        found = sorted({one for one in features_of(tokens) if one in self.features})
        known = [self.features[name] for name in found]
        length = math.sqrt(sum(idf * idf for _, idf in known)) or 1.0
        return 1 / (1 + math.exp(-self.bias - sum(w * idf for w, idf in known) / length))


class ChurnReader:
    """Reads lines with the shipped weights.

    Raises:
        ConfigError: the weights are missing, or are not those that the catalogue knows.
    """

    def __init__(self, folder: Path) -> None:
        self.name = ENGINE
        self._weights = read_json_weights(CHURN_INTENT, folder, ChurnWeights)

    def read(
        self,
        text: str,
        language: str | None = None,
        own: Sequence[str] = (),
        others: Sequence[str] = (),
    ) -> ChurnIntent | None:
        """Say how much a line sounds like leaving us; None in a language it cannot read.

        `own` are the names by which the line calls us, `others` the competitors that it names.
        """
        if language is not None and language not in LANGUAGES:
            return None
        score = 0.0
        if may_speak_of_going(text):
            score = self._weights.score(tokens_of(text, own, others, language))
        return ChurnIntent(score=round(score, 4), engine=self.name)
