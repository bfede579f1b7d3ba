"""What a log must do, whoever keeps it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
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


class Admission(StrEnum):
    """What became of an input record: new, known already, or another content under a known id."""

    NEW = "new"
    KNOWN = "known"
    REUSED = "reused"


class Log(Protocol):
    """Topics of records, appended at the end and read in order per partition."""

    def append(self, records: Sequence[NewRecord]) -> None:
        """Append records; inside a store's transaction they become visible with it, or earlier."""

    def admit(self, records: Sequence[NewRecord]) -> list[Admission]:
        """Append input records, each id once; say of each what became of it.

        Raises:
            Unavailable: the log cannot be written now.
        """

    def read(self, topics: Collection[str], after: Mapping[str, int], limit: int) -> list[Record]:
        """Read at most `limit` records of some topics behind the given positions."""

    def discard(self, topic: str, ids: Collection[str]) -> None:
        """Remove some records of a topic, inside a transaction."""

    def truncate(self, topic: str) -> None:
        """Remove all records of a topic, for a replay that writes them again."""

    def lag(self, topics: Collection[str], after: Mapping[str, int], limit: int = 1_000_000) -> int:
        """Count the records behind the given positions, up to `limit`."""
