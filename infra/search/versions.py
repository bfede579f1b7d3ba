"""Compare which versions of utterances the store has with those that are indexed."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from infra.search.base import Search, tie_of
from schemas.utterance import Tagged

NAMED = 1000
"""Ids of a kind that a difference names; beyond that it only counts."""


class Versions:
    """The versions of many utterances, in 16 bytes each."""

    def __init__(self, versions: Iterable[tuple[str, int]]) -> None:
        ties, numbers = array("q"), array("q")
        for id_, version in versions:
            ties.append(tie_of(id_))
            numbers.append(version)
        found = np.array(ties, np.int64)
        order = np.argsort(found, kind="stable")
        self.ties = found[order]
        self.numbers = np.array(numbers, np.int64)[order]

    def place(self, id_: str) -> int | None:
        """Find where an utterance stands; None where it does not."""
        tie = tie_of(id_)
        place = int(np.searchsorted(self.ties, tie))
        return place if place < len(self.ties) and self.ties[place] == tie else None

    def lacks(self, id_: str, version: int) -> bool:
        """Tell whether an utterance is missing or here in an older version."""
        place = self.place(id_)
        return place is None or bool(self.numbers[place] < version)


@dataclass
class Ids:
    """How many utterances, and the first thousand of their ids."""

    count: int = 0
    ids: list[str] = field(default_factory=list)

    def add(self, id_: str) -> None:
        """Count one more."""
        self.count += 1
        if len(self.ids) < NAMED:
            self.ids.append(id_)


@dataclass
class Difference:
    """What differs between a store and an index, seen from the index."""

    stored: int = 0
    missing: Ids = field(default_factory=Ids)
    older: Ids = field(default_factory=Ids)
    newer: Ids = field(default_factory=Ids)
    extra: Ids = field(default_factory=Ids)
    """Indexed but not stored, or indexed twice."""

    def kinds(self) -> Iterator[tuple[str, Ids]]:
        """Yield the kinds of differences that there are."""
        for name in ("missing", "older", "newer", "extra"):
            found: Ids = getattr(self, name)
            if found.count:
                yield name, found


def compare(stored: Iterable[Sequence[Tagged]], search: Search) -> Difference:
    """Compare ids and versions of all utterances of the store with the index's.

    What is written while it runs may show up as a difference.
    """
    indexed = Versions(search.versions())
    seen = np.zeros(len(indexed.ties), np.bool_)
    found = Difference()
    for tagged in (one for batch in stored for one in batch):
        said = tagged.utterance
        found.stored += 1
        place = indexed.place(said.id)
        if place is None:
            found.missing.add(said.id)
            continue
        seen[place] = True
        if indexed.numbers[place] < said.version:
            found.older.add(said.id)
        elif indexed.numbers[place] > said.version:
            found.newer.add(said.id)
    if not seen.all():
        _unseen(search, indexed, seen, found)
    return found


def _unseen(
    search: Search, indexed: Versions, seen: npt.NDArray[np.bool_], found: Difference
) -> None:
    """Name what is indexed beyond the store, by reading the index once more."""
    left = set(indexed.ties[~seen].tolist())
    once: set[int] = set()
    for id_, _ in search.versions():
        tie = tie_of(id_)
        if tie not in left:
            continue
        place = int(np.searchsorted(indexed.ties, tie))
        # The first of two is the one that was compared.
        if seen[place] and tie not in once:
            once.add(tie)
        else:
            found.extra.add(id_)
