"""A log in memory, with partitions, for tests: it has Kafka's looseness and none of its weight."""

from __future__ import annotations

import random
import zlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from infra.log.base import NewRecord, Positions, Record


class MemoryLog:
    """Keeps order per partition only; with `mixing` a read interleaves partitions at random."""

    def __init__(self, partitions: int = 1, mixing: random.Random | None = None) -> None:
        self._partitions = partitions
        self._mixing = mixing
        self._records: dict[str, list[Record]] = defaultdict(list)
        self._ends: dict[str, int] = defaultdict(int)

    def append(self, records: Sequence[NewRecord]) -> None:
        """Append at once: outputs of a batch that never commits stay, as they do on Kafka."""
        for record in records:
            number = zlib.crc32(record.key.encode()) % self._partitions
            partition = f"{record.topic}/{number}" if self._partitions > 1 else record.topic
            self._ends[partition] += 1
            held = self._records[partition]
            held.append(Record(*record[:5], partition=partition, offset=self._ends[partition]))

    def read(self, topics: Collection[str], after: Mapping[str, int], limit: int) -> list[Record]:
        """Read at most `limit` records, each partition in its order."""
        waiting = [
            [record for record in held if record.offset > after.get(partition, 0)]
            for partition, held in self._records.items()
            if _topic_of(partition) in topics
        ]
        waiting = [held for held in waiting if held]
        found: list[Record] = []
        while waiting and len(found) < limit:
            chosen = self._mixing.randrange(len(waiting)) if self._mixing else 0
            found.append(waiting[chosen].pop(0))
            if not waiting[chosen]:
                del waiting[chosen]
        return found

    def values(self, topic: str, key: str) -> list[bytes]:
        """List the values of one key of a topic, oldest first."""
        return [
            record.value
            for partition, held in self._records.items()
            if _topic_of(partition) == topic
            for record in held
            if record.key == key
        ]

    def positions_at(self, topics: Collection[str], at: int) -> Positions:
        """Give the positions behind which lies what was appended at or after a time, ms UTC."""
        return {
            partition: max((r.offset for r in held if r.at < at), default=0)
            for partition, held in self._records.items()
            if _topic_of(partition) in topics
        }

    def discard(self, topic: str, ids: Collection[str]) -> None:
        """Remove some records of a topic; the others keep their offsets."""
        for partition, held in self._records.items():
            if _topic_of(partition) == topic:
                self._records[partition] = [r for r in held if r.id not in ids]

    def truncate(self, topic: str) -> None:
        """Remove all records of a topic."""
        for partition in [p for p in self._records if _topic_of(p) == topic]:
            del self._records[partition]

    def lag(self, topics: Collection[str], after: Mapping[str, int], limit: int = 1_000_000) -> int:
        """Count the records behind the given positions, up to `limit`."""
        return min(sum(self.lags(topics, after).values()), limit)

    def lags(self, topics: Collection[str], after: Mapping[str, int]) -> dict[str, int]:
        """Count the records behind the given positions, per partition that has any."""
        behind = {
            partition: sum(record.offset > after.get(partition, 0) for record in held)
            for partition, held in self._records.items()
            if _topic_of(partition) in topics
        }
        return {partition: count for partition, count in behind.items() if count}


def _topic_of(partition: str) -> str:
    return partition.partition("/")[0]
