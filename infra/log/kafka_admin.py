"""Kafka's topics as the catalogue wants them: what differs, mending it, and refusing to start."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kafka import errors  # type: ignore[import-untyped]  # it ships no types
from kafka.admin import (  # type: ignore[import-untyped]  # it ships no types
    ConfigResource,
    ConfigResourceType,
    KafkaAdminClient,
    OffsetSpec,
)
from kafka.structs import TopicPartition  # type: ignore[import-untyped]  # it ships no types

from infra.log.kafka_broker import broker_of
from infra.log.kafka_cluster import KafkaCluster
from infra.log.topic_shapes import ADD, APPLY, LOGGED, Difference, Shape, differences, wanted_shape
from schemas.errors import ConfigError, Unavailable

SHOWN_S = 10.0
LOOK_S = 0.1
_ANSWER_MS = 10_000
_DENIED = (
    errors.AuthorizationError,
    errors.SaslAuthenticationFailedError,
    errors.UnsupportedSaslMechanismError,
    errors.IllegalSaslStateError,
)
_WRONG = (
    errors.InvalidReplicationFactorError,
    errors.InvalidConfigurationError,
    errors.InvalidPartitionsError,
    errors.InvalidTopicError,
    errors.KafkaConfigurationError,
    errors.PolicyViolationError,
)


@dataclass(frozen=True)
class TopicState:
    """A topic as it is on Kafka; `in_sync` counts the copies of its worst partition."""

    topic: str
    name: str
    partitions: int
    replication: int
    in_sync: int
    records: int
    config: dict[str, str]


class AdminConnection:
    """A connection for administration, opened when it is first used; for one thread."""

    def __init__(self, cluster: KafkaCluster) -> None:
        self.cluster = cluster
        self._client: Any = None

    def client(self) -> Any:
        """Give kafka-python's client. Raises its errors: use it inside `translated`."""
        if self._client is None:
            broker_of(self.cluster).greet()  # kafka-python does not say that a password is wrong
            # It warns on standard error of what it then raises.
            logging.getLogger("kafka").setLevel(logging.CRITICAL)
            self._client = KafkaAdminClient(
                bootstrap_servers=self.cluster.brokers.split(","),
                client_id="threadline-admin",
                request_timeout_ms=_ANSWER_MS,
                bootstrap_timeout_ms=_ANSWER_MS,
                **self.cluster.security.kafka_python(),
            )
        return self._client

    @contextmanager
    def translated(self, doing: str) -> Iterator[Any]:
        """Give the client; say what it raises in our words, `doing` tells what was going on.

        Raises:
            Unavailable: no answer within seconds.
            ConfigError: access is denied, or Kafka refuses what was asked.
        """
        where = f"Kafka at {self.cluster.brokers}, {doing}"
        try:
            yield self.client()
        except _DENIED as error:
            raise ConfigError(f"{where}: not allowed: {error}") from error
        except _WRONG as error:
            raise ConfigError(f"{where}: {error}") from error
        except errors.KafkaError as error:
            raise Unavailable(f"{where}: {error}") from error

    def close(self) -> None:
        """Give the connection back."""
        if self._client is not None:
            self._client.close()
            self._client = None


class TopicsAdmin:
    """Compares Kafka's topics with the catalogue, and mends them; for one thread.

    Every method raises Unavailable when the cluster does not answer within seconds, and
    ConfigError when access is denied or the cluster refuses what the settings ask for.
    """

    def __init__(self, cluster: KafkaCluster, partitions: int, replication: int) -> None:
        self._connection = AdminConnection(cluster)
        self._cluster = cluster
        self._wanted = {t.name: wanted_shape(t, partitions, replication) for t in LOGGED}

    def plan(self) -> list[Difference]:
        """List what is not as it must be."""
        found = self._shapes()
        return [
            difference
            for topic in LOGGED
            for difference in differences(topic, self._wanted[topic.name], found.get(topic.name))
        ]

    def apply(self, *, add_partitions: bool = False) -> list[Difference]:
        """Create topics and change settings; give what remains.

        Partitions are added only if asked for: that moves keys to other partitions, so it must
        happen while nothing waits and nobody works, and a replay must follow.
        """
        planned = self.plan()
        self._create([one.topic for one in planned if one.found == "missing"])
        changed = {one.topic for one in planned if one.remedy == APPLY and one.found != "missing"}
        self._configure(changed)
        if add_partitions:
            self._add([one.topic for one in planned if one.remedy == ADD])
        return self.plan()

    def prepare(self) -> None:
        """Create all topics where there is none yet, then check.

        Where some are there and some are not, something was lost or never applied: that is for
        people to look at.

        Raises:
            ConfigError: as `check`.
        """
        planned = self.plan()
        missing = [one.topic for one in planned if one.found == "missing"]
        if len(missing) == len(self._wanted):
            self._create(missing)
        self.check()

    def check(self) -> None:
        """Refuse to work on topics that are not as they must be.

        Raises:
            ConfigError: naming each difference that matters, and its remedy.
        """
        wrong = [str(one) for one in self.plan() if one.matters]
        if wrong:
            listed = "".join(f"\n  {line}" for line in wrong)
            raise ConfigError(
                f"the topics on Kafka at {self._cluster.brokers} are not as they must be:{listed}"
            )

    def describe(self) -> list[TopicState]:
        """Describe the topics that are there."""
        found = self._described()
        configs = self._configs(list(found))
        counts = self._records(found)
        return [
            TopicState(
                topic=self._cluster.ours(name),
                name=name,
                partitions=len(partitions),
                replication=_least(partitions, "replica_nodes"),
                in_sync=_least(partitions, "isr_nodes"),
                records=counts[name],
                config={key: configs[name][key] for key in self._keys()},
            )
            for name, partitions in found.items()
        ]

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def _shapes(self) -> dict[str, Shape]:
        found = self._described()
        configs = self._configs(list(found))
        return {
            self._cluster.ours(name): Shape(
                len(partitions),
                _least(partitions, "replica_nodes"),
                {key: configs[name].get(key, "unknown") for key in self._keys()},
            )
            for name, partitions in found.items()
        }

    def _described(self) -> dict[str, list[dict[str, Any]]]:
        names = [self._cluster.topic(topic.name) for topic in LOGGED]
        with self._connection.translated("looking for topics") as client:
            answers = client.describe_topics(names)
        return {
            one["name"]: one["partitions"]
            for one in sorted(answers, key=lambda one: names.index(one["name"]))
            if not one["error_code"]
        }

    def _configs(self, names: list[str]) -> dict[str, dict[str, str]]:
        if not names:
            return {}
        asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
        with self._connection.translated("reading the settings of topics") as client:
            answers = client.describe_configs(asked, config_filter="all")["topic"]
        return {
            name: {key: str(entry["value"]) for key, entry in answers[name].items()}
            for name in names
        }

    def _records(self, found: Mapping[str, list[dict[str, Any]]]) -> dict[str, int]:
        places = [
            TopicPartition(name, one["partition_index"])
            for name, partitions in found.items()
            for one in partitions
        ]
        with self._connection.translated("counting records") as client:
            first = client.list_partition_offsets(dict.fromkeys(places, OffsetSpec.EARLIEST))
            last = client.list_partition_offsets(dict.fromkeys(places, OffsetSpec.LATEST))
        counts = dict.fromkeys(found, 0)
        for place in places:
            counts[place.topic] += last[place].offset - first[place].offset
        return counts

    def _keys(self) -> list[str]:
        return list(next(iter(self._wanted.values())).config)

    def _create(self, topics: list[str]) -> None:
        for topic in topics:
            shape = self._wanted[topic]
            made = {
                self._cluster.topic(topic): {
                    "num_partitions": shape.partitions,
                    "replication_factor": shape.replication,
                    "configs": shape.config,
                }
            }
            with self._connection.translated(f"creating {topic}") as client:
                try:
                    client.create_topics(made, wait_for_metadata=True)
                except errors.TopicAlreadyExistsError:
                    continue  # somebody else applies too; what differs, the next plan says

    def _configure(self, topics: set[str]) -> None:
        changes = [
            ConfigResource(
                ConfigResourceType.TOPIC,
                self._cluster.topic(topic),
                configs=self._wanted[topic].config,
            )
            for topic in sorted(topics)
        ]
        if changes:
            with self._connection.translated("changing the settings of topics") as client:
                client.alter_configs(changes)

    def _add(self, topics: list[str]) -> None:
        more = {self._cluster.topic(topic): self._wanted[topic].partitions for topic in topics}
        if more:
            with self._connection.translated("adding partitions") as client:
                client.create_partitions(more)
            self._wait_for(more)

    def _wait_for(self, partitions: Mapping[str, int]) -> None:
        """Wait until every broker's answer shows them: it comes a moment after the change."""
        deadline = time.monotonic() + SHOWN_S
        while time.monotonic() < deadline:
            found = {name: len(those) for name, those in self._described().items()}
            if all(found.get(name) == count for name, count in partitions.items()):
                return
            time.sleep(LOOK_S)
        raise Unavailable(f"Kafka at {self._cluster.brokers} does not show the new partitions")


def _least(partitions: list[dict[str, Any]], key: str) -> int:
    return min(len(one[key]) for one in partitions)
