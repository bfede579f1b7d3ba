"""The log on Kafka: order per key, positions kept elsewhere, nothing removed but by retention."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from infra.log.base import NewRecord, Positions, Record
from infra.log.kafka_broker import Ends, broker_of
from infra.log.kafka_cluster import KafkaCluster
from infra.log.kafka_reader import KafkaReader, scan
from infra.log.kafka_records import partition_of
from infra.log.kafka_security import KafkaSecurity
from infra.log.kafka_writer import writer_of

_CHUNK = 1000


class KafkaLog:
    """A log on a Kafka cluster; for one thread. Connections for writing are shared by all.

    A position is the offset of the last record applied; -1 or none: before the first. Every
    method raises Unavailable when the cluster does not answer within seconds, and ConfigError
    when a topic is missing or access is denied.
    """

    def __init__(self, url: str, *, security: KafkaSecurity | None = None) -> None:
        self._cluster = KafkaCluster.parse(url, security)
        self._broker = broker_of(self._cluster)
        self._writer = writer_of(self._cluster)
        self._readers: dict[frozenset[str], KafkaReader] = {}

    def append(self, records: Sequence[NewRecord]) -> None:
        """Append records at once; a batch that is not committed afterwards leaves them there.

        Raises:
            InvalidEvent: `too_large`: a record that can never be written.
            Unavailable: not all were acknowledged; some may be there.
        """
        if records:
            # A producer waits half a minute for a topic that is not there; this does not.
            self._broker.partitions({record.topic for record in records})
            self._writer.write(records, self._cluster.prefix)

    def read(self, topics: Collection[str], after: Mapping[str, int], limit: int) -> list[Record]:
        """Read at most `limit` records behind positions, each partition in its order."""
        chosen = frozenset(topics)
        reader = self._readers.get(chosen)
        if reader is None:
            reader = KafkaReader(self._cluster, self._broker, chosen)
            self._readers[chosen] = reader
        return reader.read(after, limit)

    def values(self, topic: str, key: str) -> Iterator[bytes]:
        """Stream the values of one key, oldest first; only its partition is read."""
        place = (
            self._cluster.topic(topic),
            partition_of(key, self._broker.partitions([topic])[topic]),
        )
        for record in self._scan(topic, {place: self._broker.ends([topic])[place]}):
            if record.key == key:
                yield record.value

    def positions_at(self, topics: Collection[str], at: int) -> Positions:
        """Give the positions behind which lies what was appended at or after a time, ms UTC."""
        return {
            self._cluster.partition(*place): offset - 1
            for place, offset in self._broker.offsets_at(topics, at).items()
        }

    def discard(self, topic: str, ids: Collection[str]) -> None:
        """Remove some records: append the others again, then remove all that stand before those.

        A crash in between leaves some twice; readers collapse them, and so does the next call.
        """
        doomed, ends = frozenset(ids), self._broker.ends([topic])
        if not any(record.id in doomed for record in self._scan(topic, ends)):
            return
        seen, chunk = set(doomed), list[NewRecord]()
        for record in self._scan(topic, ends):
            if record.id not in seen:
                seen.add(record.id)
                chunk.append(NewRecord(*record[:5]))
            if len(chunk) == _CHUNK:
                self.append(chunk)
                chunk = []
        self.append(chunk)
        self._broker.remove_before(ends)

    def truncate(self, topic: str) -> None:
        """Remove all records that the topic has now."""
        self._broker.remove_before(self._broker.ends([topic]))

    def lags(self, topics: Collection[str], after: Mapping[str, int]) -> dict[str, int]:
        """Count the offsets behind the given positions that the log still has, per partition."""
        starts, ends = self._broker.starts(topics), self._broker.ends(topics)
        found: dict[str, int] = {}
        for place, end in ends.items():
            name = self._cluster.partition(*place)
            behind = end - max(after.get(name, -1) + 1, starts[place])
            if behind > 0:
                found[name] = behind
        return found

    def lag(self, topics: Collection[str], after: Mapping[str, int], limit: int = 1_000_000) -> int:
        """Count the offsets behind the given positions that the log still has, up to `limit`."""
        return min(sum(self.lags(topics, after).values()), limit)

    def _scan(self, topic: str, ends: Ends) -> Iterator[Record]:
        return scan(self._cluster, self._broker.starts([topic]), ends)

    def close(self) -> None:
        """Give the readers' connections back; the writer stays for the other threads."""
        for reader in self._readers.values():
            reader.close()
        self._readers.clear()
