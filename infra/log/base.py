"""What a log must do, whoever keeps it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

Positions = dict[str, int]
"""The last offset applied per partition; a partition that is missing starts at its beginning."""


class NewRecord(NamedTuple):
    """A record to append. `at` is in ms since 1970 UTC."""

    topic: str
    key: str
    id: str
    at: int
    value: bytes


class Record(NamedTuple):
    """A record that was read. `partition` and `offset` say where it stands in the log."""

    topic: str
    key: str
    id: str
    at: int
    value: bytes
    partition: str
    offset: int


class Log(Protocol):
    """Topics of records, appended at the end and read in order per partition."""

    def append(self, records: Sequence[NewRecord]) -> None:
        """Append records; inside a store's transaction they become visible with it, or earlier."""

    def admit(self, records: Sequence[NewRecord]) -> tuple[str, ...]:
        """Append input records, each id once, and return the ids that are new.

        Raises:
            Unavailable: the log cannot be written now.
        """

    def read(self, topics: Collection[str], after: Mapping[str, int], limit: int) -> list[Record]:
        """Read at most `limit` records of some topics behind the given positions."""

    def lag(self, topics: Collection[str], after: Mapping[str, int], limit: int = 1_000_000) -> int:
        """Count the records behind the given positions, up to `limit`."""
