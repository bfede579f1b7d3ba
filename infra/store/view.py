"""A table of rows that people read: how values become rows, and which of several stays."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from infra.store.sql import Sql


class View(NamedTuple):
    """A table with one row per value: how to insert it, its key, its age, and its columns.

    Of two values of equal rank the later stays, or the first where `first` is set.
    """

    insert: str
    key: Callable[[Any], Hashable]
    rank: Callable[[Any], int]
    row: Callable[[Any], tuple[object, ...]]
    first: bool = False

    def newest(self, values: Iterable[Any]) -> list[Any]:
        """Keep of each row only what is to be written."""
        kept: dict[Hashable, Any] = {}
        for value in values:
            held = kept.get(self.key(value))
            newer = 1 if held is None else self.rank(value) - self.rank(held)
            if newer > 0 or (newer == 0 and not self.first):
                kept[self.key(value)] = value
        return list(kept.values())

    def write(self, sql: Sql, values: Iterable[Any]) -> None:
        """Write values that are the newest of their rows."""
        sql.write(self.insert, [self.row(value) for value in values])


def milliseconds(at: datetime) -> int:
    """Give a time as ms since 1970 UTC."""
    return round(at.timestamp() * 1000)
