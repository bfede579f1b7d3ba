"""What precision to expect of accepting proposals, from the model and from people's decisions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import sqrt
from typing import NamedTuple

MODEL_WORTH = 30.0
"""The model's own word counts as much as so many decisions of people."""
LEAST_ACCEPTED = 0.5
"""What is rather wrong than right is never accepted in bulk, however sure the others are."""
Z_95 = 1.96


class Expected(NamedTuple):
    """The expected share of right proposals among `size`, with a 95 % interval.

    `accepted` and `rejected` are people's decisions on proposals at least as probable.
    """

    size: int
    precision: float
    low: float
    high: float
    accepted: int = 0
    rejected: int = 0


def expected(
    probabilities: Sequence[float], decided: Iterable[tuple[float, bool]] = ()
) -> Expected:
    """Estimate the precision of accepting these proposals; `decided` are (probability, accepted).

    The mean of the probabilities counts as `MODEL_WORTH` decisions, people's as they are, and the
    interval is Wilson's (1927) for that many: the model alone never makes it narrow.
    """
    if not probabilities:
        return Expected(0, 1.0, 0.0, 1.0)
    least = min(probabilities)
    verdicts = [accepted for probability, accepted in decided if probability >= least]
    accepted = sum(verdicts)
    worth = MODEL_WORTH + len(verdicts)
    mean = sum(probabilities) / len(probabilities)
    share = (mean * MODEL_WORTH + accepted) / worth
    centre = share + Z_95**2 / (2 * worth)
    reach = Z_95 * sqrt(share * (1 - share) / worth + Z_95**2 / (4 * worth**2))
    scale = 1 + Z_95**2 / worth
    return Expected(
        len(probabilities),
        share,
        max(0.0, (centre - reach) / scale),
        min(1.0, (centre + reach) / scale),
        accepted,
        len(verdicts) - accepted,
    )


def acceptable(
    probabilities: Sequence[float], precision: float, decided: Iterable[tuple[float, bool]] = ()
) -> int:
    """Count how many of the most probable proposals together are expected to be so precise.

    `probabilities` fall. Of equal ones all are counted, or none.
    """
    known = sorted(decided, reverse=True)
    total, accepted, seen, best = 0.0, 0, 0, 0
    for count, probability in enumerate(probabilities, 1):
        if probability < LEAST_ACCEPTED:
            break
        total += probability
        while seen < len(known) and known[seen][0] >= probability:
            accepted += known[seen][1]
            seen += 1
        if count < len(probabilities) and probabilities[count] == probability:
            continue
        share = (total / count * MODEL_WORTH + accepted) / (MODEL_WORTH + seen)
        if share >= precision:
            best = count
    return best
