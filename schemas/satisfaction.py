"""What is read to estimate how satisfied a customer was, and the estimate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from schemas.base import Contract
from schemas.utterance import Sentiment


class Said(NamedTuple):
    """One turn as the estimate sees it: from whom, and how it begins."""

    is_customer: bool
    text: str
    sentiment: Sentiment | None = None


class Satisfaction(Contract, frozen=True, kw_only=True):
    """How satisfied the customer seemed, 1 (not at all) to 5; an estimate and no answer of theirs.

    `turns` is how many of the customer's turns it rests on.
    """

    score: float
    turns: int
    engine: str


Rate = Callable[[Sequence[Said]], Satisfaction | None]
"""Estimates an interaction from its turns in order."""
