"""How far a figure may be off for want of items: bootstrap intervals."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]
Statistic = Callable[[Indices], float]

ROUNDS = 1_000
LEVEL = 0.95


def interval(
    statistic: Statistic,
    n: int,
    generator: np.random.Generator,
    *,
    groups: Sequence[Hashable] | None = None,
    rounds: int = ROUNDS,
    level: float = LEVEL,
) -> tuple[float, float]:
    """Give the percentile bootstrap interval of `statistic`, a function of indices of items.

    Items are drawn with replacement; with `groups` (the call, the author: one per item) whole
    groups are, since items of one group are no independent evidence (cluster bootstrap; Efron
    and Tibshirani 1993, ch. 13 and 8). Rounds whose statistic is not a number are left out; with
    none left, both ends are NaN.
    """
    if n == 0:
        return float("nan"), float("nan")
    if groups is None:
        drawn = [statistic(generator.integers(0, n, n)) for _ in range(rounds)]
    else:
        members = _members(groups, n)
        many = len(members)
        drawn = [
            statistic(np.concatenate([members[at] for at in generator.integers(0, many, many)]))
            for _ in range(rounds)
        ]
    values = np.array(drawn, dtype=np.float64)
    values = values[~np.isnan(values)]
    if not len(values):
        return float("nan"), float("nan")
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def ratio_of_sums(above: Sequence[float], below: Sequence[float]) -> Statistic:
    """Make the statistic Σabove / Σbelow, such as errors per word over calls."""
    over, under = np.asarray(above, np.float64), np.asarray(below, np.float64)

    def statistic(at: Indices) -> float:
        total = under[at].sum()
        return float(over[at].sum() / total) if total else float("nan")

    return statistic


def _members(groups: Sequence[Hashable], n: int) -> list[Indices]:
    if len(groups) != n:
        raise ValueError(f"{n} items, but {len(groups)} groups")
    places: dict[Hashable, list[int]] = {}
    for at, group in enumerate(groups):
        places.setdefault(group, []).append(at)
    return [np.array(found, dtype=np.int64) for found in places.values()]
