"""A member of a Kafka consumer group that reads from positions which somebody else keeps."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Mapping

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from infra.log.base import Positions, Record
from infra.log.kafka_broker import Ear, broker_of, build, client_settings, in_our_words
from infra.log.kafka_cluster import KafkaCluster
from infra.log.kafka_reader import FETCHING, place_of, record_of_message, take
from infra.log.kafka_records import record_reader
from schemas.errors import ConfigError

_LOG = logging.getLogger(__name__)

SESSION_S = 10
HEARTBEAT_S = 3
LONGEST_BATCH_S = 3600
"""Seconds between two polls after which the group takes a member for dead."""

OUSTED_AGAIN_S = 60.0
"""Whoever loses its name twice within this time shares it with somebody who lives."""

_OUSTED = {KafkaError._FATAL, KafkaError._FENCED, KafkaError.FENCED_INSTANCE_ID}

Partitions = frozenset[str]


class GroupReader:
    """Reads the share of some topics that the group gives to this member; for one thread.

    `positions` says where to begin whenever partitions come: the store is the truth, and what the
    group remembers a hint. `member` names this worker for static membership: whoever comes back
    under that name within the session gets its partitions at once. Equal numbers of topics that
    have equally many partitions go to one member.
    """

    def __init__(
        self,
        cluster: KafkaCluster,
        stage: str,
        topics: Collection[str],
        positions: Callable[[], Positions],
        *,
        member: str = "",
    ) -> None:
        self._cluster = cluster
        self._topics = tuple(sorted(topics))
        self._group = cluster.group(stage)
        self._member = member
        self._positions = positions
        self._ear = Ear(cluster)
        self._broker = broker_of(cluster)
        self._record = record_reader(cluster)
        self._consumer = build(Consumer, self._settings())
        self._told: list[list[TopicPartition]] = []
        self._unplaced: list[TopicPartition] = []
        self._assigned: Partitions = frozenset()
        self._joined = False
        self._heard = False
        self._ousted_at: float | None = None

    def poll(self, limit: int, wait_s: float) -> list[Record]:
        """Give the next records, at most `limit`, waiting for the first at most `wait_s` seconds.

        A broker that is away gives no records: the client looks for it by itself.

        Raises:
            Unavailable: `positions` could not be read; the same call may be made again.
            ConfigError: a topic is missing, access is denied, or another live member has this name.
        """
        if not self._joined:
            self._join()
        # First what the group has to say: a place that it has taken back must not be taken up.
        messages = take(self._consumer, limit, wait_s)
        if self._ear.refusal is not None:
            raise self._ear.refusal
        if any(error.code() in _OUSTED for one in messages if (error := one.error())):
            # Told once and never again: it must not be lost with what is left out below.
            self._begin_anew()
            return []
        if self._told or self._unplaced:
            # What was read belongs to partitions that are gone, or are about to be placed anew.
            self._follow()
            return []
        records: list[Record] = []
        for message in messages:
            error = message.error()
            if error is None:
                records.append(record_of_message(self._record, message))
            elif error.code() != KafkaError._MAX_POLL_EXCEEDED:
                topic = place_of(message)[0] or self._group
                raise in_our_words(error, self._cluster, f"reading {topic}")
        return records

    def commit(self, positions: Mapping[str, int]) -> None:
        """Tell the group how far this member is, without waiting: a hint, for lag and restarts."""
        offsets = [
            TopicPartition(*self._cluster.place(name), offset + 1)
            for name, offset in positions.items()
            if name in self._assigned
        ]
        if offsets:
            try:
                self._consumer.commit(offsets=offsets, asynchronous=True)
            except KafkaException as error:
                _LOG.debug("group %s does not take offsets: %s", self._group, error)

    def assigned(self) -> Partitions | None:
        """Name the partitions that this member holds, None before the group has answered.

        Safe from any thread.
        """
        return self._assigned if self._heard else None

    def close(self) -> None:
        """Leave the group; a named member's partitions wait for it until its session ends."""
        self._consumer.close()
        self._assigned = frozenset()

    def _settings(self) -> dict[str, object]:
        settings = client_settings(self._cluster, self._ear) | FETCHING
        if self._member:
            settings["group.instance.id"] = f"{self._group}-{self._member}"
        return settings | {
            "group.id": self._group,
            "session.timeout.ms": SESSION_S * 1000,
            "heartbeat.interval.ms": HEARTBEAT_S * 1000,
            "max.poll.interval.ms": LONGEST_BATCH_S * 1000,
            # Equal numbers of all topics to one member: a stage's state belongs to a number.
            "partition.assignment.strategy": "range",
            "queued.min.messages": 20_000,
        }

    def _begin_anew(self) -> None:
        """Join again with a new client, after the old one has lost the member's name for good.

        It may have lost it to itself: a commit that it made while the broker was away comes from
        somebody else once it has joined again.
        """
        now, before = time.monotonic(), self._ousted_at
        if before is not None and now - before < OUSTED_AGAIN_S:
            raise ConfigError(
                f"group {self._group}: another live worker has the name {self._member!r};"
                " names must be unique"
            )
        _LOG.warning("group %s: %r joins again", self._group, self._member)
        self._ousted_at = now
        self.close()
        self._ear = Ear(self._cluster)
        self._consumer = build(Consumer, self._settings())
        self._told, self._unplaced, self._joined = [], [], False

    def _join(self) -> None:
        self._broker.partitions(self._topics)  # a missing topic would only be waited for
        self._consumer.subscribe(
            [self._cluster.topic(name) for name in self._topics],
            on_assign=self._hear_assign,
            on_revoke=self._hear_revoke,
        )
        self._joined = True

    # The client calls these while it is asked for records; to fail in there would be too early.
    def _hear_assign(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        consumer.assign([])
        self._told.append(partitions)

    def _hear_revoke(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        consumer.unassign()
        self._told.append([])

    def _follow(self) -> None:
        """Do what the group has told, then start reading where the store stands."""
        while self._told:
            self._unplaced = self._told.pop(0)
            self._heard = True
            if not self._unplaced:
                self._assigned = frozenset()
        if self._unplaced:
            self._place()

    def _place(self) -> None:
        positions, starts = self._positions(), self._broker.starts(self._topics)
        placed, names = [], set()
        for one in self._unplaced:
            name = self._cluster.partition(one.topic, one.partition)
            start = starts.get((one.topic, one.partition), 0)
            offset = max(positions.get(name, -1) + 1, start)
            placed.append(TopicPartition(one.topic, one.partition, offset))
            names.add(name)
        self._consumer.assign(placed)
        self._unplaced = []
        self._assigned = frozenset(names)
