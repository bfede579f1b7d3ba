"""What shape each topic must have on Kafka, and how far one that is there differs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from infra.log.kafka_cluster import largest
from schemas.topics import TOPICS, Topic

APPLY = "`threadline topics apply` mends it"
ADD = "`threadline topics apply --add-partitions` adds them, once nothing waits and nobody works"
TOO_MANY = "Kafka takes no partitions away: set THREADLINE_PARTITIONS to what is there"
TOO_MANY_FOR_ONE = "delete the topic, apply, and replay the stage that writes it"
REASSIGN = "Kafka's own tool for reassigning partitions changes it"

_DAY_MS = 86_400_000
_ENVELOPE = 64 << 10
"""Bytes of a batch besides key and value of its one record."""

LOGGED: tuple[Topic, ...] = tuple(topic for topic in TOPICS.values() if topic.logged)


@dataclass(frozen=True)
class Shape:
    """Partitions, copies of each, and settings of a topic."""

    partitions: int
    replication: int
    config: dict[str, str]


@dataclass(frozen=True)
class Difference:
    """A topic that is not as it must be; with one that `matters` no worker starts."""

    topic: str
    what: str
    wanted: str
    found: str
    matters: bool
    remedy: str

    def __str__(self) -> str:
        return f"{self.topic}: {self.what} is {self.found}, wanted {self.wanted}; {self.remedy}"


def wanted_shape(topic: Topic, partitions: int, replication: int) -> Shape:
    """Give the shape that a topic of the catalogue must have."""
    keep = -1 if topic.keep_days is None else topic.keep_days * _DAY_MS
    return Shape(
        1 if topic.single else partitions,
        replication,
        {
            "cleanup.policy": "delete",
            "retention.ms": str(keep),
            "retention.bytes": "-1",
            "min.insync.replicas": "2" if replication >= 3 else "1",
            "max.message.bytes": str(largest(topic.name) + _ENVELOPE),
            # A replay since a time asks by the time of writing that we gave.
            "message.timestamp.type": "CreateTime",
        },
    )


def differences(topic: Topic, wanted: Shape, found: Shape | None) -> list[Difference]:
    """List how the topic that was found differs; None: there is none."""
    if found is None:
        many = f"{wanted.partitions} partitions" if wanted.partitions > 1 else "1 partition"
        return [Difference(topic.name, "topic", many, "missing", True, APPLY)]
    return [*_counts(topic, wanted, found), *_settings(topic, wanted, found)]


def _counts(topic: Topic, wanted: Shape, found: Shape) -> Iterable[Difference]:
    if found.partitions != wanted.partitions:
        remedy = ADD
        if found.partitions > wanted.partitions:
            remedy = TOO_MANY_FOR_ONE if topic.single else TOO_MANY
        yield Difference(
            topic.name, "partitions", str(wanted.partitions), str(found.partitions), True, remedy
        )
    if found.replication < wanted.replication:
        yield Difference(
            topic.name,
            "replication",
            str(wanted.replication),
            str(found.replication),
            False,
            REASSIGN,
        )


def _settings(topic: Topic, wanted: Shape, found: Shape) -> Iterable[Difference]:
    for name, value in wanted.config.items():
        is_there = found.config.get(name, "unknown")
        if is_there != value and not _more_than_enough(name, value, is_there):
            matters = not (name.startswith("retention.") and _longer(value, is_there))
            yield Difference(topic.name, name, value, is_there, matters, APPLY)


def _longer(wanted: str, found: str) -> bool:
    return found == "-1" or (wanted != "-1" and found.isdigit() and int(found) > int(wanted))


def _larger(wanted: str, found: str) -> bool:
    return found.isdigit() and int(found) >= int(wanted)


_ENOUGH: dict[str, Callable[[str, str], bool]] = {
    "max.message.bytes": _larger,
    "min.insync.replicas": _larger,
}


def _more_than_enough(name: str, wanted: str, found: str) -> bool:
    return name in _ENOUGH and _ENOUGH[name](wanted, found)
