"""Races on a real broker: entrants copy the same events from one topic to another, in turn.

Every run has topics and a database of its own. The broker's clock decides: it stamps what is
written to the target, so that starting and stopping cost nobody anything.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # its types forget NewTopic
    AdminClient,
    NewTopic,
)

from infra.dev.running import Running
from infra.log.base import NewRecord
from infra.log.kafka_broker import KafkaBroker
from infra.log.kafka_cluster import KafkaCluster
from infra.log.kafka_writer import writer_of
from infra.store.postgres import PostgresStore
from schemas.base import encode
from schemas.topics import DEAD_LETTERS
from tests.bench.cluster import ROOT, ended, running
from tests.bench.race_work import SOURCE, TARGET, event

PARTITIONS = 4
_LOOK_S = 0.1
_CHUNK = 10_000
_LONGEST_S = 300.0


@dataclass(frozen=True)
class Course:
    """Where one run happens: topics behind a prefix, and a database."""

    brokers: str
    prefix: str
    store: str

    @property
    def log(self) -> str:
        """Give the URL of the log."""
        return f"kafka://{self.brokers}?prefix={self.prefix}"

    @property
    def cluster(self) -> KafkaCluster:
        """Say where Kafka is and what topics are called there."""
        return KafkaCluster.parse(self.log)


@dataclass(frozen=True)
class Entrant:
    """A program that copies until it is ended."""

    name: str
    command: Callable[[Course], Sequence[str]]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Lap:
    """One run: events per second, and core-seconds of the entrant."""

    rate: float
    cpu_s: float


@contextmanager
def course(kafka: Running, postgres: Running, events: int) -> Iterator[Course]:
    """Lay out topics with events and an empty database; take both away in the end."""
    name = f"bench{uuid.uuid4().hex[:12]}"
    brokers = kafka.url.partition("://")[2]
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    made = Course(brokers, f"{name}.", f"{postgres.url.rpartition('/')[0]}/{name}")
    admin = AdminClient({"bootstrap.servers": brokers, "log_level": 0})
    names = [made.cluster.topic(topic) for topic in (SOURCE, TARGET, DEAD_LETTERS.name)]
    try:
        store = PostgresStore(made.store)
        store.migrate()
        store.close()
        stamped = {"message.timestamp.type": "LogAppendTime", "retention.ms": "-1"}
        for one in admin.create_topics(
            [NewTopic(topic, PARTITIONS, 1, config=stamped) for topic in names]
        ).values():
            one.result(timeout=10)
        time.sleep(1)  # the broker creates first and knows later
        _fill(made, events)
        yield made
    finally:
        for one in admin.delete_topics(names).values():
            one.result(timeout=10)
        with psycopg.connect(postgres.url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _fill(made: Course, events: int) -> None:
    writer, prefix = writer_of(made.cluster), made.prefix
    for first in range(0, events, _CHUNK):
        given = [event(number) for number in range(first, min(events, first + _CHUNK))]
        writer.write(
            [NewRecord(SOURCE, one.interaction, one.id, 0, encode(one)) for one in given], prefix
        )


def run(entrant: Entrant, made: Course, events: int) -> Lap:
    """Let an entrant copy all events; give how fast it was."""
    broker = KafkaBroker(made.cluster)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **entrant.environment}
    program = subprocess.Popen(entrant.command(made), cwd=ROOT, env=environment)
    deadline = time.monotonic() + _LONGEST_S
    try:
        while sum(broker.ends([TARGET]).values()) < events:
            if program.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"{entrant.name} did not finish: {program.returncode}")
            time.sleep(_LOOK_S)
    finally:
        cpu_s = ended(program)
    written = sum(broker.ends([TARGET]).values())
    if written != events:
        raise SystemExit(f"{entrant.name} wrote {written:,} records for {events:,} events")
    first_ms, last_ms = _stamps(made)
    return Lap(events / (last_ms - first_ms) * 1000, cpu_s)


def _stamps(made: Course) -> tuple[int, int]:
    """Give when the first and the last record of the target were written, in ms."""
    consumer = Consumer(
        {"bootstrap.servers": made.brokers, "group.id": f"{made.prefix}look", "log_level": 0}
    )
    stamps = []
    for place, end in KafkaBroker(made.cluster).ends([TARGET]).items():
        for offset in (0, end - 1) if end else ():
            consumer.assign([TopicPartition(*place, offset)])
            message = consumer.poll(10)
            assert message is not None
            stamps.append(message.timestamp()[1])
    consumer.close()
    return min(stamps), max(stamps)


def race(entrants: Sequence[Entrant], events: int, rounds: int) -> dict[str, list[Lap]]:
    """Let everybody run in turn, `rounds` times; the order turns too."""
    laps: dict[str, list[Lap]] = {entrant.name: [] for entrant in entrants}
    with running("kafka", "postgres") as (kafka, postgres):
        for number in range(rounds):
            turn = number % len(entrants)
            for entrant in [*entrants[turn:], *entrants[:turn]]:
                with course(kafka, postgres, events) as made:
                    laps[entrant.name].append(run(entrant, made, events))
    return laps


def report(laps: Mapping[str, Sequence[Lap]], targets: Mapping[str, float]) -> None:
    """Print medians, and of the first entrant the ratios to the others."""
    ours, *_ = laps
    print(f"{'':<24}{'events/s':>10}{'min':>10}{'max':>10}{'core-s':>8}")
    for name, run_ in laps.items():
        rates = [lap.rate for lap in run_]
        cpu_s = statistics.median(lap.cpu_s for lap in run_)
        print(
            f"{name:<24}{statistics.median(rates):>10,.0f}{min(rates):>10,.0f}{max(rates):>10,.0f}"
            f"{cpu_s:>8.1f}"
        )
    for name, target in targets.items():
        ratios = [a.rate / b.rate for a, b in zip(laps[ours], laps[name], strict=True)]
        print(
            f"{ours} / {name}: {statistics.median(ratios):.2f} (target {target:.1f} or more;"
            f" {' '.join(f'{ratio:.2f}' for ratio in ratios)})"
        )
