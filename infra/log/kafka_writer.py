"""Writing to Kafka: a batch is written when the brokers have acknowledged all of it."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Sequence
from dataclasses import replace

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from infra.log.base import NewRecord
from infra.log.kafka_broker import Ear, build, client_settings, in_our_words
from infra.log.kafka_cluster import LARGEST_LETTER, KafkaCluster, largest
from infra.log.kafka_records import ID_HEADER
from schemas.errors import InvalidEvent, ThreadlineError, Unavailable

ACKNOWLEDGED_S = 15.0
"""Seconds within which the brokers must have acknowledged a record."""

_SLICE_S = 0.005
_ROOM_S = 0.05


class _Batch:
    """What became of the records that one call handed over."""

    def __init__(self) -> None:
        self.handed = 0
        # Any thread may serve the callbacks of all: appending to a list is safe, counting is not.
        self.outcomes: list[None] = []
        self.failure: KafkaError | None = None

    def settle(self, error: KafkaError | None, _: Message) -> None:
        if error is not None and self.failure is None:
            self.failure = error
        self.outcomes.append(None)

    @property
    def pending(self) -> bool:
        return len(self.outcomes) < self.handed


class KafkaWriter:
    """One producer for all threads of a process."""

    def __init__(self, cluster: KafkaCluster) -> None:
        self._cluster = cluster
        self._ear = Ear(cluster)
        self._lock = threading.Lock()
        self._producer: Producer | None = None

    def write(self, records: Sequence[NewRecord], prefix: str) -> None:
        """Write records to topics of that prefix; return when all of them were acknowledged.

        Raises:
            InvalidEvent: `too_large`; nothing was written if this could be seen before.
            Unavailable: not all were acknowledged; some may be there.
            ConfigError: a topic is missing, or access is denied.
        """
        for record in records:
            refuse_too_large(record)
        producer, batch = self._open(), _Batch()
        stopped = self._hand_over(producer, records, prefix, batch)
        # Bounded by the producer: it gives up on a record by itself, and says so.
        while batch.pending:
            producer.flush(_SLICE_S)  # in slices, since other threads may write without end
        failure = stopped or (
            in_our_words(batch.failure, self._cluster, f"writing {_topics(records)}")
            if batch.failure
            else None
        )
        if failure is None:
            self._ear.clear()
            return
        if batch.failure is not None and (
            # One that has timed out may wait for ever to know what became of its last record.
            batch.failure.fatal() or batch.failure.code() == KafkaError._MSG_TIMED_OUT
        ):
            self._replace(producer)
        raise self._ear.refusal or failure

    def _hand_over(
        self, producer: Producer, records: Sequence[NewRecord], prefix: str, batch: _Batch
    ) -> ThreadlineError | None:
        cluster = self._cluster
        for topic, key, id, at, value, more in records:
            headers: list[tuple[str, str | bytes | None]] = [(ID_HEADER, id.encode())]
            headers += [(name, text.encode()) for name, text in more]
            deadline = time.monotonic() + ACKNOWLEDGED_S
            while True:
                try:
                    producer.produce(
                        prefix + topic,
                        value,
                        key.encode(),
                        on_delivery=batch.settle,
                        timestamp=at,
                        headers=headers,
                    )
                except BufferError:
                    producer.poll(_ROOM_S)
                    if time.monotonic() > deadline:
                        return Unavailable(
                            f"Kafka at {cluster.brokers}, writing {topic}: there is no room"
                        )
                except KafkaException as error:
                    if error.args[0].fatal():
                        self._replace(producer)
                    return in_our_words(error, cluster, f"writing {topic}")
                else:
                    batch.handed += 1
                    break
        return None

    def _open(self) -> Producer:
        with self._lock:
            if self._producer is None:
                settings = client_settings(self._cluster, self._ear)
                self._producer = build(
                    Producer,
                    settings
                    | {
                        "acks": "all",
                        "enable.idempotence": True,
                        "linger.ms": 3,
                        "compression.type": "lz4",
                        "partitioner": "murmur2_random",
                        "message.max.bytes": LARGEST_LETTER + (1 << 20),
                        "delivery.timeout.ms": int(ACKNOWLEDGED_S * 1000),
                        "request.timeout.ms": 10_000,
                        "queue.buffering.max.kbytes": 128 << 10,
                    },
                )
            return self._producer

    def _replace(self, broken: Producer) -> None:
        """Drop a producer that will never write again, so that the next call makes another."""
        with self._lock:
            if self._producer is broken:
                self._producer = None


def writer_of(cluster: KafkaCluster) -> KafkaWriter:
    """Give the one writer of this process to a cluster, whatever the prefix."""
    return _writer(replace(cluster, prefix=""))


@functools.cache
def _writer(cluster: KafkaCluster) -> KafkaWriter:
    return KafkaWriter(cluster)


def refuse_too_large(record: NewRecord) -> None:
    """Raise InvalidEvent for a record that no log on Kafka will ever take."""
    size = len(record.key) * 4 + len(record.value)
    if size > largest(record.topic):
        raise InvalidEvent(
            "too_large",
            f"a record of {record.topic} has {size >> 20} MiB;"
            f" Kafka takes {largest(record.topic) >> 20} MiB",
        )


def _topics(records: Sequence[NewRecord]) -> str:
    return ", ".join(sorted({record.topic for record in records}))
