"""Two workers against one, on a stage whose work is not the broker's: texts through the encoder.

Both rounds tag the same English texts, one encoder thread per worker. What servers and workers
take of the machine is printed too: with as many workers as cores, the servers take their part
from the workers.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import count
from typing import NamedTuple

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from infra.log.base import NewRecord
from infra.log.kafka_records import partition_of
from schemas.base import encode
from schemas.events import Channel, Party, Role
from schemas.topics import TAGGED, UTTERANCES
from schemas.utterance import Utterance
from tests.bench.bench_models import CORES, texts
from tests.bench.cluster import PARTITIONS, Cluster, cluster, core_seconds

WARM = 400
_LOOK_S = 0.05
_PARTY = Party(role=Role.CUSTOMER, identifiers=("email:ana@example.com",))


class Lap(NamedTuple):
    """Texts per second, and the part of the machine's cores that each program took, 0 to 1."""

    rate: float
    shares: dict[str, float]


def said(first: int, asked: Sequence[str]) -> list[NewRecord]:
    """Make utterances whose keys fill all partitions alike."""
    numbers = count(first)
    made = []
    for at, text in enumerate(asked):
        key = next(
            name for name in (f"i{n}" for n in numbers)
            if partition_of(name, PARTITIONS) == at % PARTITIONS
        )  # fmt: skip
        value = Utterance(
            id=f"u{first}-{at}", interaction=key, tenant="acme", channel=Channel.SOCIAL,
            at=datetime(2026, 11, 2, tzinfo=UTC), party=_PARTY, text=text, language="en",
        )  # fmt: skip
        made.append(NewRecord(UTTERANCES.name, key, value.id, 0, encode(value)))
    return made


def lap(workers: int, asked: Sequence[str], engine: str) -> Lap:
    """Let workers tag the texts; warm them up before."""
    with ExitStack() as ends:
        made = ends.enter_context(cluster(engine, THREADLINE_WORKERS="1"))
        made.wiring.topics().prepare()
        programs = [ends.enter_context(made.worker("--stages", "tag")) for _ in range(workers)]
        _wait_for_members(made, workers)
        log = made.wiring.backend().log
        log.append(said(0, [f"{text}?" for text in asked[:WARM]]))
        _wait_for_records(made, WARM)
        watched = {name: one.process.pid for name, one in made.servers.items()}
        watched |= {f"worker {n}": program.pid for n, program in enumerate(programs, 1)}
        before = {name: core_seconds(pid) for name, pid in watched.items()}
        began = time.monotonic()
        log.append(said(1_000_000, asked))
        _wait_for_records(made, WARM + len(asked))
        took = time.monotonic() - began
        shares = {
            name: (core_seconds(pid) - before[name]) / took / CORES for name, pid in watched.items()
        }
    return Lap(len(asked) / took, shares)


def _wait_for_members(made: Cluster, members: int) -> None:
    """Wait until so many workers have partitions."""
    kafka = made.wiring.kafka
    admin = AdminClient({"bootstrap.servers": kafka.brokers, "log_level": 0})
    group = kafka.group("tag")
    while _held(admin, group) != (members, PARTITIONS):
        time.sleep(_LOOK_S)


def _held(admin: AdminClient, group: str) -> tuple[int, int]:
    """Count the members that have partitions, and these."""
    try:
        found = admin.describe_consumer_groups([group])[group].result(timeout=10)
    except KafkaException:
        return 0, 0  # a new group is not known at once
    held = [one.assignment.topic_partitions for one in found.members if one.assignment]
    return sum(map(bool, held)), sum(map(len, held))


def _wait_for_records(made: Cluster, records: int) -> None:
    log = made.wiring.backend().log
    while log.lag((TAGGED.name,), {}) < records:
        time.sleep(_LOOK_S)


def main() -> None:
    """Print the ratio of medians over alternating rounds."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--texts", type=int, default=8_000)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--engine", choices=("faust", "confluent"), default="faust")
    given = arguments.parse_args()
    known = texts()
    if not known:
        raise SystemExit("no texts: set THREADLINE_DATA")
    asked = [f"{known[n % len(known)]} {n}" for n in range(given.texts)]
    laps: dict[int, list[Lap]] = {1: [], 2: []}
    for number in range(given.rounds):
        for workers in (1, 2) if number % 2 == 0 else (2, 1):
            laps[workers].append(lap(workers, asked, given.engine))
    for workers, found in laps.items():
        rate = statistics.median(one.rate for one in found)
        shares = ", ".join(
            f"{name} {statistics.median(one.shares[name] for one in found):.0%}"
            for name in found[0].shares
        )
        print(f"{workers} workers: {rate:,.0f} texts/s; of {CORES} cores: {shares}")
    ratios = [two.rate / one.rate for one, two in zip(laps[1], laps[2], strict=True)]
    each = " ".join(f"{ratio:.2f}" for ratio in ratios)
    print(f"two workers / one: {statistics.median(ratios):.2f} (target 1.8 or more; {each})")


if __name__ == "__main__":
    main()
