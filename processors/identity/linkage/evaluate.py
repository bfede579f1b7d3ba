"""Compare clusters with a truth: pairwise and cluster precision, recall and F1."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple

Groups = Sequence[Hashable]
"""A cluster's name per record."""


class Score(NamedTuple):
    """Precision, recall and F1, with the counts behind them; without any claims precision is 1."""

    claimed: int
    true: int
    right: int

    @property
    def precision(self) -> float:
        """Give the share of what was claimed that is true."""
        return self.right / self.claimed if self.claimed else 1.0

    @property
    def recall(self) -> float:
        """Give the share of what is true that was claimed."""
        return self.right / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        """Give the harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def pairwise(found: Groups, truth: Groups) -> Score:
    """Score all pairs of records that are in one cluster."""
    return Score(
        _pairs(Counter(found)),
        _pairs(Counter(truth)),
        _pairs(Counter(zip(found, truth, strict=True))),
    )


def labelled(found: Groups, labels: Mapping[tuple[int, int], bool]) -> Score:
    """Score only the pairs of positions that have a label."""
    claimed = {pair for pair in labels if found[pair[0]] == found[pair[1]]}
    true = {pair for pair, same in labels.items() if same}
    return Score(len(claimed), len(true), len(claimed & true))


def clusterwise(found: Groups, truth: Groups) -> Score:
    """Score whole clusters: one is right when it holds exactly the records of a true one."""
    claimed, true = _clusters(found), _clusters(truth)
    return Score(len(claimed), len(true), len(claimed & true))


def joined(size: int, pairs: Iterable[tuple[int, int]]) -> list[int]:
    """Join positions along pairs; give the smallest of each one's cluster."""
    parent = list(range(size))

    def root(one: int) -> int:
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    for a, b in pairs:
        first, second = sorted((root(a), root(b)))
        parent[second] = first
    return [root(one) for one in range(size)]


def _pairs(sizes: Counter[Hashable]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes.values())


def _clusters(groups: Groups) -> set[frozenset[int]]:
    members: dict[Hashable, list[int]] = {}
    for place, name in enumerate(groups):
        members.setdefault(name, []).append(place)
    return {frozenset(one) for one in members.values()}
