"""What confluent-kafka clients share: settings, errors in our words, questions about topics."""

from __future__ import annotations

import functools
import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from typing import Any, TypeVar

from confluent_kafka import KafkaError, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # its types forget OffsetSpec
    AdminClient,
    OffsetSpec,
)

from infra.log.kafka_cluster import KafkaCluster
from schemas.errors import ConfigError, InvalidEvent, ThreadlineError, Unavailable

ANSWER_S = 10.0
"""Seconds within which a broker must answer."""

_SLICE_S = 0.05
_PARTITIONS_KNOWN_S = 60.0
_LOG = logging.getLogger(__name__)
_MISSING = {
    KafkaError.UNKNOWN_TOPIC_OR_PART,
    KafkaError.TOPIC_EXCEPTION,
    KafkaError._UNKNOWN_TOPIC,
    KafkaError._UNKNOWN_PARTITION,
}
_DENIED = {
    KafkaError._AUTHENTICATION,
    KafkaError.SASL_AUTHENTICATION_FAILED,
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.GROUP_AUTHORIZATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
    KafkaError.UNSUPPORTED_SASL_MECHANISM,
}
_MOVING = {
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.REPLICA_NOT_AVAILABLE,
    KafkaError.FENCED_LEADER_EPOCH,
    KafkaError.UNKNOWN_LEADER_EPOCH,
}
"""Said while partitions find their leader: of a new topic, or when a broker has ended."""

_TOO_LARGE = {KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.RECORD_LIST_TOO_LARGE}

T = TypeVar("T")
Ends = dict[tuple[str, int], int]
"""An offset per topic (as it is called there) and number."""


class Ear:
    """Hears what a client says besides its answers: refused sign-ins, broken connections."""

    def __init__(self, cluster: KafkaCluster) -> None:
        self._cluster = cluster
        self.refusal: ConfigError | None = None
        self.alone = False

    def hear(self, error: KafkaError) -> None:
        """Take note of an error; the client goes on trying by itself."""
        _LOG.debug("Kafka client: %s", error.str())
        code, text = error.code(), error.str()
        if code == KafkaError._ALL_BROKERS_DOWN:
            self.alone = True
        if code in _DENIED or "certificate verify failed" in text:
            self.refusal = ConfigError(f"Kafka at {self._cluster.brokers} lets us not in: {text}")

    def clear(self) -> None:
        """Forget it all: the broker has answered."""
        self.refusal, self.alone = None, False


def client_settings(cluster: KafkaCluster, ear: Ear) -> dict[str, Any]:
    """Give the settings that every confluent-kafka client of ours has."""
    return {
        "bootstrap.servers": cluster.brokers,
        "client.id": "threadline",
        "error_cb": ear.hear,
        "log_level": 0,  # it would write to standard error; what matters comes by error_cb
        "socket.keepalive.enable": True,
        "reconnect.backoff.max.ms": 1000,
        **cluster.security.confluent(),
    }


def build(maker: Callable[[dict[str, Any]], T], settings: dict[str, Any]) -> T:
    """Make a client. Raises ConfigError for settings that it does not take."""
    try:
        return maker(settings)
    except KafkaException as error:
        raise ConfigError(f"Kafka's client does not take its settings: {_text(error)}") from error


def in_our_words(
    error: KafkaError | KafkaException, cluster: KafkaCluster, doing: str
) -> ThreadlineError:
    """Translate an error; `doing` says what was going on: `reading inbound`."""
    cause = error.args[0] if isinstance(error, KafkaException) else error
    code, text = cause.code(), cause.str()
    where = f"Kafka at {cluster.brokers}"
    if code in _MISSING:
        return ConfigError(
            f"{where}, {doing}: a topic is missing ({text}); `threadline topics apply` creates it"
        )
    if code in _DENIED:
        return ConfigError(f"{where}, {doing}: not allowed: {text}")
    if code in _TOO_LARGE:
        return InvalidEvent("too_large", f"{where}, {doing}: the record is too large: {text}")
    return Unavailable(f"{where}, {doing}: {text}")


class KafkaBroker:
    """Answers questions about topics. Safe to call from many threads.

    Every method raises Unavailable when the cluster does not answer within seconds, and
    ConfigError when a topic is missing or access is denied.
    """

    def __init__(self, cluster: KafkaCluster) -> None:
        self._cluster = cluster
        self._ear = Ear(cluster)
        self._admin: AdminClient | None = None
        self._lock = threading.Lock()
        self._partitions: dict[str, tuple[float, int]] = {}

    def greet(self) -> None:
        """Return when the cluster answers and has let us in."""
        self._ask(
            lambda admin: {"": admin.describe_cluster(request_timeout=ANSWER_S)}, "signing in"
        )

    def partitions(self, topics: Collection[str]) -> dict[str, int]:
        """Count the partitions of our topics; the counts may be a minute old."""
        now = time.monotonic()
        with self._lock:
            known = {name: count for name, (at, count) in self._partitions.items() if at > now}
        unknown = [name for name in topics if name not in known]
        if unknown:
            asked = TopicCollection([self._cluster.topic(name) for name in unknown])
            answers = self._ask(
                lambda admin: admin.describe_topics(asked, request_timeout=ANSWER_S),
                f"looking for {', '.join(sorted(unknown))}",
            )
            counted = {self._cluster.ours(name): len(a.partitions) for name, a in answers.items()}
            with self._lock:
                for name, count in counted.items():
                    self._partitions[name] = (now + _PARTITIONS_KNOWN_S, count)
            known |= counted
        return {name: known[name] for name in topics}

    def places(self, topics: Collection[str]) -> list[tuple[str, int]]:
        """List the partitions of our topics, by their names and numbers there."""
        return [
            (self._cluster.topic(name), number)
            for name, count in self.partitions(topics).items()
            for number in range(count)
        ]

    def ends(self, topics: Collection[str]) -> Ends:
        """Give the offset that the next record of each partition will have."""
        return self._offsets(topics, OffsetSpec.latest())  # type: ignore[no-untyped-call]  # it has no types

    def starts(self, topics: Collection[str]) -> Ends:
        """Give the offset of the oldest record that each partition still has."""
        return self._offsets(topics, OffsetSpec.earliest())  # type: ignore[no-untyped-call]  # it has no types

    def offsets_at(self, topics: Collection[str], at: int) -> Ends:
        """Give the offset of the first record per partition that is not older than `at`, ms UTC."""
        found = self._offsets(topics, OffsetSpec.for_timestamp(at))
        if any(offset < 0 for offset in found.values()):
            ends = self.ends(topics)
            found = {place: ends[place] if o < 0 else o for place, o in found.items()}
        return found

    def remove_before(self, offsets: Mapping[tuple[str, int], int]) -> None:
        """Remove the records of partitions that stand before the given offsets."""
        doomed = [TopicPartition(*place, offset) for place, offset in offsets.items() if offset > 0]
        if doomed:
            self._ask(
                lambda admin: admin.delete_records(
                    doomed, request_timeout=ANSWER_S, operation_timeout=ANSWER_S
                ),
                "removing records",
            )

    def _offsets(self, topics: Collection[str], spec: OffsetSpec) -> Ends:
        asked = {TopicPartition(*place): spec for place in self.places(topics)}
        if not asked:
            return {}
        answers = self._ask(
            lambda admin: admin.list_offsets(asked, request_timeout=ANSWER_S),
            f"asking how far {', '.join(sorted(topics))} go",
        )
        return {(key.topic, key.partition): answer.offset for key, answer in answers.items()}

    def _ask(
        self, ask: Callable[[AdminClient], Mapping[Any, Future[Any]]], doing: str
    ) -> dict[Any, Any]:
        deadline = time.monotonic() + ANSWER_S
        while True:
            admin = self._open()
            try:
                found = {k: self._wait(admin, one, deadline) for k, one in ask(admin).items()}
            except NotYet:
                self._replace(admin)
                raise self._ear.refusal or Unavailable(
                    f"Kafka at {self._cluster.brokers}, {doing}: no answer in {ANSWER_S:.0f} s"
                ) from None
            except KafkaException as error:
                code = error.args[0].code()
                if code == KafkaError._TIMED_OUT:
                    self._replace(admin)
                moving = code in _MOVING
                if not moving or self._ear.refusal or time.monotonic() > deadline:
                    raise self._ear.refusal or in_our_words(error, self._cluster, doing) from error
                time.sleep(_SLICE_S)
                self._look_again(admin)
            else:
                self._ear.clear()
                return found

    def _look_again(self, admin: AdminClient) -> None:
        """Learn the leaders anew: by itself the client asks the old ones for minutes."""
        try:
            admin.list_topics(timeout=ANSWER_S)
        except KafkaException as error:
            _LOG.debug("Kafka does not say who leads: %s", error)

    def _open(self) -> AdminClient:
        with self._lock:
            if self._admin is None:
                self._admin = build(AdminClient, client_settings(self._cluster, self._ear))
            return self._admin

    def _replace(self, silent: AdminClient) -> None:
        """Drop a client that got no answer: it may never find a broker again that was away."""
        with self._lock:
            if self._admin is silent:
                self._admin = None

    def _wait(self, admin: AdminClient, future: Future[Any], deadline: float) -> Any:
        while True:
            try:
                return future.result(timeout=_SLICE_S)
            except NotYet:
                if self._ear.refusal or time.monotonic() > deadline + 1:
                    raise
            finally:
                admin.poll(0)  # lets the ear hear


@functools.cache
def broker_of(cluster: KafkaCluster) -> KafkaBroker:
    """Give the one connection of this process for questions about a cluster's topics."""
    return KafkaBroker(cluster)


def _text(error: KafkaException) -> str:
    cause = error.args[0]
    return cause.str() if isinstance(cause, KafkaError) else str(cause)
