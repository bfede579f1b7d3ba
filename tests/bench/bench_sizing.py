"""What a message costs on a cluster: time per stage, memory, and bytes that stay.

Chat messages are let in at the door, then one worker works on one stage after the other, so that
each has the machine to itself. English texts of `THREADLINE_DATA`, or made-up ones.
"""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import psycopg
from msgspec import structs

from infra.engines import Engines
from infra.search.elastic_client import connect
from schemas.events import Body, Channel, Event, Kind, Party, Role
from tests.bench.bench_models import texts
from tests.bench.cluster import Cluster, cluster, core_seconds

_LOOK_S = 0.02
_CHUNK = 500
_BEGAN = datetime(2026, 11, 2, tzinfo=UTC)
_TEXT = "my router has been offline since monday morning and nobody answers the phone"


class Cost(NamedTuple):
    """What a stage took: records, seconds from its first batch to its last, core-seconds."""

    records: int
    seconds: float
    core_s: float


def messages(number: int) -> Iterator[Event]:
    """Make messages of 10 to an interaction and 50 to a customer, a second apart."""
    known = texts() or [_TEXT]
    for n in range(number):
        yield Event(
            id=f"evt-{n:08}", tenant="acme", source="bench", channel=Channel.CHAT,
            kind=Kind.MESSAGE, interaction=f"chat-{n // 10:07}",
            occurred_at=_BEGAN + timedelta(seconds=n), body=Body(text=known[n % len(known)]),
            party=Party(role=Role.CUSTOMER, identifiers=(f"email:c{n // 50}@example.com",)),
        )  # fmt: skip


def let_in(made: Cluster, number: int) -> Cost:
    """Admit all messages, as many at a time as one request may hold."""
    door, given = made.wiring.door(), list(messages(number))
    began, core_s = time.monotonic(), time.process_time()
    for first in range(0, number, _CHUNK):
        door.admit(given[first : first + _CHUNK])
    return Cost(number, time.monotonic() - began, time.process_time() - core_s)


def work(made: Cluster, stage: str, engines: Engines) -> Cost:
    """Let one worker do one stage until nothing waits for it."""
    runner, stop = made.wiring.runner(engines, [stage]), threading.Event()
    batches: list[tuple[float, float, float]] = []

    def note(_: str, seconds: float) -> None:
        batches.append((time.monotonic(), seconds, time.process_time()))

    runner.observe = note  # type: ignore[attr-defined]  # a cluster's runner has it
    thread = threading.Thread(target=runner.run, args=(stop,))
    before = time.process_time()
    thread.start()
    while made.wiring.waiting()[stage]:
        time.sleep(_LOOK_S)
    stop.set()
    thread.join()
    records = runner.delivered()[stage]
    if not batches:
        return Cost(records, 0, 0)
    first, last = batches[0], batches[-1]
    return Cost(records, last[0] - first[0] + first[1], last[2] - before)


def kept(made: Cluster) -> dict[str, int]:
    """Count the bytes that the servers keep."""
    prefix = made.wiring.kafka.prefix
    logs = made.servers["kafka"].folder.glob(f"data/{prefix}*/*.log")
    with psycopg.connect(made.environ["THREADLINE_STORE"]) as connection:
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    assert row is not None
    client = connect(made.servers["elasticsearch"].url).client
    names = list(client.indices.get_alias(index=f"{prefix.rstrip('.')}-*"))
    client.indices.flush(index=names)
    stats = client.indices.stats(index=names, metric="store")
    client.close()
    return {
        "Kafka": sum(path.stat().st_size for path in logs),
        "PostgreSQL": row[0],
        "Elasticsearch": stats["_all"]["primaries"]["store"]["size_in_bytes"],
    }


def idle(made: Cluster) -> tuple[float, float]:
    """Give what a worker takes that has nothing to do: MiB, and the part of a core."""
    with made.worker() as program:
        time.sleep(20)
        before = core_seconds(program.pid)
        time.sleep(20)
        return _resident(program.pid), (core_seconds(program.pid) - before) / 20


def loaded(made: Cluster, number: int) -> float:
    """Give the MiB that a worker of all stages has after so many messages more."""
    door = made.wiring.door()
    given = [structs.replace(one, id=f"more-{one.id}") for one in messages(number)]
    with made.worker() as program:
        for first in range(0, number, _CHUNK):
            door.admit(given[first : first + _CHUNK])
        while any(made.wiring.waiting().values()):
            time.sleep(1)
        return _resident(program.pid)


def _resident(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


def main() -> None:
    """Print what messages cost."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--messages", type=int, default=10_000)
    arguments.add_argument("--engine", choices=("faust", "confluent"), default="faust")
    given = arguments.parse_args()
    with cluster(given.engine) as made:
        made.wiring.topics().prepare()
        empty = kept(made)
        mib, part = idle(made)
        print(f"an idle worker, all stages, {given.engine}: {mib:.0f} MiB, {part:.1%} of a core")
        costs = {"door": let_in(made, given.messages)}
        engines = made.wiring.engines()
        for stage in made.wiring.topology.stages:
            costs[stage.name] = work(made, stage.name, engines)
        engines.close()
        print(f"{'':<12}{'records':>9}{'records/s':>11}{'us of a core':>14}")
        for name, cost in costs.items():
            if cost.records:
                print(
                    f"{name:<12}{cost.records:>9,}{cost.records / cost.seconds:>11,.0f}"
                    f"{cost.core_s / cost.records * 1e6:>14,.0f}"
                )
        for name, size in kept(made).items():
            print(f"{name}: {(size - empty[name]) / given.messages:,.0f} bytes per message")
        print(
            f"a worker of all stages after that many more: {loaded(made, given.messages):.0f} MiB"
        )


if __name__ == "__main__":
    main()
