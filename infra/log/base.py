"""What a log must do, whoever keeps it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

Positions = dict[str, int]
"""The last offset applied per partition; a partition that is missing starts at its beginning.

A partition is named by its topic, or by `topic/number` where a topic has several.
"""


def copartitions(topics: Collection[str], partition: str) -> tuple[str, ...]:
    """Name the partitions that hold the same keys as `partition`, one per topic.

    A stage's state belongs to such a group: equal keys lie in partitions of equal number.
    """
    _, slash, number = partition.partition("/")
    return tuple(f"{topic}{slash}{number}" for topic in sorted(topics))


Position = tuple[str, int]
"""Where one record stands: its partition and offset. No two records stand at the same place."""


class NewRecord(NamedTuple):
    """A record to append. `at` is in ms since 1970 UTC.

    `headers` are for people and tools that look at Kafka; no stage reads them.
    """

    topic: str
    key: str
    id: str
    at: int
    value: bytes
    headers: tuple[tuple[str, str], ...] = ()


class Record(NamedTuple):
    """A record that was read. `partition` and `offset` say where it stands in the log."""

    topic: str
    key: str
    id: str
    at: int
    value: bytes
    partition: str
    offset: int

    @property
    def position(self) -> Position:
        """Say where it stands: records of equal ids may differ, those of equal positions do not."""
        return self.partition, self.offset


class Log(Protocol):
    """Topics of records, appended at the end and read in order per partition."""

    def append(self, records: Sequence[NewRecord]) -> None:
        """Append records; inside a store's transaction they become visible with it, or earlier.

        When this returns, the log has them for good, or will have with the transaction.

        Raises:
            Unavailable: the log cannot be written now.
        """

    def read(self, topics: Collection[str], after: Mapping[str, int], limit: int) -> list[Record]:
        """Read at most `limit` records of some topics behind the given positions."""

    def values(self, topic: str, key: str) -> Iterable[bytes]:
        """Stream the values of one key of a topic, oldest first."""

    def positions_at(self, topics: Collection[str], at: int) -> Positions:
        """Give the positions behind which lies what was appended at or after a time, ms UTC."""

    def discard(self, topic: str, ids: Collection[str]) -> None:
        """Remove some records of a topic, inside a transaction."""

    def truncate(self, topic: str) -> None:
        """Remove all records of a topic, for a replay that writes them again."""

    def lag(self, topics: Collection[str], after: Mapping[str, int], limit: int = 1_000_000) -> int:
        """Count the records behind the given positions, up to `limit`."""

    def lags(self, topics: Collection[str], after: Mapping[str, int]) -> dict[str, int]:
        """Count the records behind the given positions, per partition that has any."""
