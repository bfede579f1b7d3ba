"""Estimate how satisfied a customer was, from the turns of an interaction."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import mul
from pathlib import Path

import msgspec

from models.catalogue import SATISFACTION, read_json_weights
from models.satisfaction_text import Context, contexts_of
from schemas.satisfaction import Said, Satisfaction

ENGINE = f"{SATISFACTION.name}/{SATISFACTION.version}"
RATINGS = (1, 2, 3, 4, 5)
EVENED = 0.85
"""How much of the prior is divided out: raters call nearly every turn a 3."""
LAST = 3
MOST_TURNS = 200
"""Older turns are left out, so that a thread of years costs no more with every message."""


class SatisfactionWeights(msgspec.Struct, frozen=True):
    """Multinomial logistic regression on standardised features.

    `features` holds per feature its mean, its scale and one weight per rating; `prior` is how
    often each rating was given in training.
    """

    bias: tuple[float, ...]
    prior: tuple[float, ...]
    features: dict[str, tuple[float, float, tuple[float, ...]]]

    def chances(self, found: Mapping[str, float]) -> list[float]:
        """Give the chance of each rating, if all were about equally common."""
        values = [
            (found.get(name, 0.0) - mean) / scale
            for name, (mean, scale, _) in self.features.items()
        ]
        per_rating = zip(*(weights for _, _, weights in self.features.values()), strict=True)
        logits = [
            bias + sum(map(mul, values, weights))
            for bias, weights in zip(self.bias, per_rating, strict=True)
        ]
        logits = [
            logit - EVENED * math.log(share)
            for logit, share in zip(logits, self.prior, strict=True)
        ]
        top = max(logits)
        raised = [math.exp(logit - top) for logit in logits]
        return [one / sum(raised) for one in raised]

    def rating(self, found: Mapping[str, float]) -> int:
        """Name the likeliest rating of a turn."""
        chances = self.chances(found)
        return RATINGS[chances.index(max(chances))]

    def score(self, found: Mapping[str, float]) -> float:
        """Give the expected rating of a turn, 1-5."""
        chances = self.chances(found)
        return sum(rating * chance for rating, chance in zip(RATINGS, chances, strict=True))


class SatisfactionRater:
    """Estimates with the shipped weights.

    Raises:
        ConfigError: the weights are missing, or are not those that the catalogue knows.
    """

    def __init__(self, folder: Path) -> None:
        self.name = ENGINE
        self.weights = read_json_weights(SATISFACTION, folder, SatisfactionWeights)
        # A chat is rated anew with every message, and all but that one are known.
        self._score = lru_cache(maxsize=4096)(self._score_of)

    def _score_of(self, context: Context) -> float:
        return self.weights.score(context.features())

    def __call__(self, dialogue: Sequence[Said]) -> Satisfaction | None:
        """Estimate an interaction from its turns in order; None where the customer says nothing.

        Half of the score is the mean over the customer's turns, half that over the last `LAST`:
        what is remembered is how it ended.
        """
        scores = [self._score(context) for context in contexts_of(dialogue[-MOST_TURNS:])]
        if not scores:
            return None
        return Satisfaction(score=overall(scores), turns=len(scores), engine=self.name)


def overall(scores: Sequence[float]) -> float:
    """Sum up the scores of the turns of one interaction."""
    end = scores[-LAST:]
    return round(sum(scores) / len(scores) / 2 + sum(end) / len(end) / 2, 2)
