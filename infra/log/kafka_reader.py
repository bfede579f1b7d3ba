"""Reading topics of Kafka from positions that the caller keeps."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping, Sequence

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from infra.log.base import Record
from infra.log.kafka_broker import (
    ANSWER_S,
    Ear,
    KafkaBroker,
    build,
    client_settings,
    in_our_words,
)
from infra.log.kafka_cluster import KafkaCluster
from infra.log.kafka_records import RecordReader, record_reader
from schemas.errors import Unavailable

FETCHING = {
    "enable.auto.commit": False,
    "auto.offset.reset": "earliest",
    "fetch.wait.max.ms": 500,
    # What is fetched ahead of one partition stands before what comes of another.
    "queued.min.messages": 5_000,
    "queued.max.messages.kbytes": 32 << 10,
    # With enough read ahead the client would rest for a second.
    "fetch.queue.backoff.ms": 5,
}
"""Settings of whoever reads: positions are ours to keep; little is read ahead."""

_CHUNK = 1_000
_SLICE_S = 0.1
_START = -1


class KafkaReader:
    """Reads some topics; for one thread. It goes on where it ended unless told otherwise."""

    def __init__(self, cluster: KafkaCluster, broker: KafkaBroker, topics: Collection[str]) -> None:
        self._cluster = cluster
        self._broker = broker
        self._topics = tuple(sorted(topics))
        self._ear = Ear(cluster)
        self._record = record_reader(cluster)
        self._consumer = build(
            Consumer,
            client_settings(cluster, self._ear)
            | FETCHING
            | {"group.id": cluster.group("reader"), "enable.partition.eof": True},
        )
        self._applied: dict[tuple[str, int], int] = {}
        """The last offset that the caller has, per partition; -1: none."""
        self._next: dict[tuple[str, int], int] = {}

    def read(self, after: Mapping[str, int], limit: int) -> list[Record]:
        """Read at most `limit` records behind positions; `[]` at the end of all partitions.

        Raises:
            Unavailable: there are records, and they did not come within seconds.
            ConfigError: a topic is missing, or access is denied.
        """
        self._go_to(after)
        found = self._take(limit, 0)
        if found:
            return found
        ends = self._broker.ends(self._topics)
        deadline = time.monotonic() + ANSWER_S
        while any(self._next.get(place, 0) < end for place, end in ends.items()):
            found = self._take(limit, _SLICE_S)
            if found:
                return found
            if time.monotonic() > deadline:
                raise self._ear.refusal or Unavailable(
                    f"Kafka at {self._cluster.brokers}, reading {', '.join(self._topics)}:"
                    f" records are there, and none came in {ANSWER_S:.0f} s"
                )
        return []

    def close(self) -> None:
        """Give the connections back."""
        self._consumer.close()

    def _go_to(self, after: Mapping[str, int]) -> None:
        wanted = {
            place: after.get(self._cluster.partition(*place), _START)
            for place in self._broker.places(self._topics)
        }
        if wanted == self._applied:
            return
        moved = [place for place, offset in wanted.items() if self._applied.get(place) != offset]
        known = [TopicPartition(*place) for place in moved if place in self._applied]
        if known:
            self._consumer.incremental_unassign(known)
        # By number and not "from the beginning": for that the client waits half a second.
        starts = self._broker.starts(self._topics)
        for place in moved:
            self._next[place] = max(wanted[place] + 1, starts[place])
        self._consumer.incremental_assign(
            [TopicPartition(*place, self._next[place]) for place in moved]
        )
        self._applied = wanted

    def _take(self, limit: int, wait_s: float) -> list[Record]:
        return list(self._records(take(self._consumer, limit, wait_s)))

    def _records(self, messages: Sequence[Message]) -> Iterator[Record]:
        for message in messages:
            place, offset, error = place_of(message), message.offset() or 0, message.error()
            if error is None:
                self._applied[place] = offset
                self._next[place] = offset + 1
                yield record_of_message(self._record, message)
            elif error.code() == KafkaError._PARTITION_EOF:
                self._next[place] = max(offset, self._next.get(place, 0))
            else:
                raise in_our_words(error, self._cluster, f"reading {place[0]}")


def scan(
    cluster: KafkaCluster,
    starts: Mapping[tuple[str, int], int],
    ends: Mapping[tuple[str, int], int],
) -> Iterator[Record]:
    """Stream what partitions have from one offset to before another, each in its order.

    Raises:
        Unavailable: records did not come within seconds.
    """
    ear, record_of = Ear(cluster), record_reader(cluster)
    settings = client_settings(cluster, ear) | FETCHING
    settings |= {"group.id": cluster.group("reader"), "enable.partition.eof": True}
    consumer = build(Consumer, settings)
    left = {place: end for place, end in ends.items() if end > starts[place]}
    try:
        consumer.assign([TopicPartition(*place, starts[place]) for place in left])
        deadline = time.monotonic() + ANSWER_S
        while left:
            for message in take(consumer, _CHUNK, _SLICE_S):
                deadline = time.monotonic() + ANSWER_S
                place, offset, error = place_of(message), message.offset() or 0, message.error()
                if error is not None and error.code() != KafkaError._PARTITION_EOF:
                    raise in_our_words(error, cluster, f"reading {place[0]}")
                if error is None and offset < left.get(place, 0):
                    yield record_of_message(record_of, message)
                if offset + (error is None) >= left.get(place, 0):
                    left.pop(place, None)
            if time.monotonic() > deadline:
                raise ear.refusal or Unavailable(
                    f"Kafka at {cluster.brokers}: no records came in {ANSWER_S:.0f} s"
                )
    finally:
        consumer.close()


def take(consumer: Consumer, limit: int, wait_s: float) -> list[Message]:
    """Take what has been fetched, at most `limit`; wait for the first, if `wait_s` says so."""
    # Asked for many, the client would wait for all of them.
    messages = consumer.consume(1, wait_s) if wait_s else []
    if len(messages) < limit:
        messages += consumer.consume(limit - len(messages), 0)
    return messages


def place_of(message: Message) -> tuple[str, int]:
    """Give the topic there and the number of the partition that a message is about."""
    return message.topic() or "", message.partition() or 0


def record_of_message(read: RecordReader, message: Message) -> Record:
    """Make a record of a message without error."""
    return read(
        *place_of(message),
        message.offset() or 0,
        message.timestamp()[1],
        message.key(),
        message.value(),
        message.headers(),  # type: ignore[arg-type]  # a consumer always gives a list
    )
