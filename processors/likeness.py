"""How likely two contacts of one customer are about one issue."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from schemas.conversation import Brief, Meaning

DAY_S = 86_400.0


class Rules(NamedTuple):
    """What a joint is worth, in log-odds, and how far apart two contacts may lie.

    Measured on pairs of messages of Banking77 (1,232 messages, 77 reasons): the log-likelihood
    ratio of one reason against two crosses zero at a cosine of 0.40 and rises by 1.3 per 0.1; one
    contact type against two is worth more than stated here, but says partly the same as the
    meaning. `base` stands for one contact in four being a repeat, the middle of what the field
    reports; `per_day` lets that fade.
    """

    window: timedelta = timedelta(days=30)
    base: float = -1.0
    per_day: float = -0.1
    same_type: float = 2.5
    other_type: float = -1.5
    meaning_middle: float = 0.40
    meaning_slope: float = 12.0
    meaning_most: float = 4.0
    confident: float = 0.5


class Likeness(NamedTuple):
    """An earlier contact that may be about the same issue as a later one, by their places."""

    earlier: int
    later: int
    confidence: float
    meaning: float | None


def likely(
    contacts: Sequence[Brief], meanings: Iterable[Meaning], rules: Rules, most: int
) -> list[Likeness]:
    """List for each contact the `most` likeliest earlier ones that are likely enough.

    `contacts` come in order of their starts. The answer is exact: cosines are computed from whole
    numbers, so that they are the same on every machine.
    """
    if not contacts:
        return []
    starts = np.array([one.started_at.timestamp() for one in contacts])
    ends = np.array([one.ended_at.timestamp() for one in contacts])
    names = {name: n for n, name in enumerate(sorted({c.contact_type or "" for c in contacts}), 1)}
    types = np.array([names[one.contact_type] if one.contact_type else 0 for one in contacts])
    sums = _sums(contacts, meanings)
    lengths = np.sqrt((sums * sums).sum(axis=1)) if sums is not None else None
    window = rules.window.total_seconds()
    least = math.log(rules.confident / (1 - rules.confident))
    found: list[Likeness] = []
    for later in range(1, len(contacts)):
        gaps = np.maximum(starts[later] - ends[:later], 0.0)
        near = np.flatnonzero(gaps <= window)
        if not len(near):
            continue
        odds = rules.base + rules.per_day * gaps[near] / DAY_S + _types(types, near, later, rules)
        cosines = _cosines(sums, lengths, near, later)
        if cosines is not None:
            told = rules.meaning_slope * (cosines - rules.meaning_middle)
            bounded = np.clip(told, -rules.meaning_most, rules.meaning_most)
            odds += np.where(np.isnan(bounded), 0.0, bounded)
        # The likeliest first; of equals the latest.
        best = np.lexsort((-near, -np.round(odds, 6)))[:most]
        found += [
            Likeness(
                int(near[n]),
                later,
                round(1 / (1 + math.exp(-float(odds[n]))), 3),
                _number(cosines, int(n)),
            )
            for n in best
            if odds[n] >= least
        ]
    return found


def _types(
    types: NDArray[np.int64], near: NDArray[np.intp], later: int, rules: Rules
) -> NDArray[np.float64]:
    known = (types[near] != 0) & (types[later] != 0)
    worth = np.where(types[near] == types[later], rules.same_type, rules.other_type)
    return np.where(known, worth, 0.0)


def _cosines(
    sums: NDArray[np.float64] | None,
    lengths: NDArray[np.float64] | None,
    near: NDArray[np.intp],
    later: int,
) -> NDArray[np.float64] | None:
    """Compare meanings; NaN where one of the two is not known."""
    if sums is None or lengths is None or not lengths[later]:
        return None
    products = sums[near[0] : later] @ sums[later]
    size = lengths[near] * lengths[later]
    answer: NDArray[np.float64] = np.full(len(near), np.nan)
    np.divide(products[near - near[0]], size, out=answer, where=size > 0)
    return answer


def _number(cosines: NDArray[np.float64] | None, place: int) -> float | None:
    if cosines is None or math.isnan(cosines[place]):
        return None
    return round(float(cosines[place]), 3)


def _sums(contacts: Sequence[Brief], meanings: Iterable[Meaning]) -> NDArray[np.float64] | None:
    """Add up what was said in each contact, in whole numbers; None where nothing is known."""
    places = {one.id: n for n, one in enumerate(contacts)}
    told = [one for one in meanings if one.interaction in places]
    if not told:
        return None
    width = max(len(one.vector) for one in told)
    told = [one for one in told if len(one.vector) == width]
    told.sort(key=lambda one: places[one.interaction])
    vectors = np.frombuffer(b"".join(one.vector for one in told), np.int8).reshape(-1, width)
    of, first = np.unique([places[one.interaction] for one in told], return_index=True)
    sums = np.zeros((len(contacts), width))
    sums[of] = np.add.reduceat(vectors, first, axis=0, dtype=np.int64)
    return sums
