"""A stateful stage on PostgreSQL against a bare psycopg loop that does the same reads and writes.

Run `python -m tests.bench.bench_state`; it needs a PostgreSQL (`--url`, by default the one of
`make servers`) and works in a database of its own. Both count events per key: 500 events of 600
bytes at a time are decoded, the state of their keys is read, counted up and written together with
the position in one commit, and an output is encoded for each event. The bare loop is what one
writes by hand: `= ANY`, `executemany`, upserts. Wall time, alternating runs.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import psycopg

from infra.log.base import NewRecord, Record
from infra.log.memory import MemoryLog
from infra.search.memory import MemorySearch
from infra.store.postgres import PostgresStore
from schemas.base import decode, encode
from schemas.events import Channel, Party, Role
from schemas.ids import derive
from schemas.ledger import Receipt, Step
from schemas.utterance import Utterance
from streams.delivery import Backend, Delivery
from streams.topology import Context, Emit, Message, Stage

BATCH = 500
PARTITIONS = 4


def batches(events: int) -> list[list[Record]]:
    """Make events of 600 bytes over a tenth as many keys, as four partitions would give them."""
    party = Party(role=Role.CUSTOMER, name="Ana", identifiers=("email:ana@example.com",))
    log = MemoryLog(PARTITIONS)
    for n in range(events):
        value = Utterance(
            id=f"u{n}", interaction=f"i{n * 7919 % (events // 10)}", tenant="acme",
            channel=Channel.CHAT, at=datetime(2026, 11, 2, tzinfo=UTC), party=party,
            text="my router has been offline since monday morning " * 8,
        )  # fmt: skip
        log.append([NewRecord("utterances", value.interaction, value.id, 0, encode(value))])
    made: list[list[Record]] = []
    after: dict[str, int] = {}
    everything = log.read(("utterances",), after, events)
    by_partition: dict[str, list[Record]] = {}
    for record in everything:
        by_partition.setdefault(record.partition, []).append(record)
    for held in by_partition.values():
        made += [held[start : start + BATCH] for start in range(0, len(held), BATCH)]
    return made


def process(batch: Sequence[Message], ctx: Context) -> Iterator[Emit]:
    """Count utterances per interaction and hand in a receipt for each."""
    ctx.prefetch(message.key for message in batch)
    for message in batch:
        said = message.value
        assert isinstance(said, Utterance)
        held = ctx.load(message.key, Receipt)
        receipt = counted(said, held)
        ctx.save(message.key, receipt)
        yield Emit("receipts", message.key, derive("bench", 1, message.id, 0), receipt)


def counted(said: Utterance, held: Receipt | None) -> Receipt:
    """Keep the last ten utterances of an interaction."""
    items = (*(held.items if held else ())[-9:], said.id)
    return Receipt(tenant=said.tenant, interaction=said.interaction, step=Step.TAGGED, items=items)


def engine(url: str, work: list[list[Record]]) -> float:
    """Run the engine; give events per second."""
    store = PostgresStore(url)
    stage = Stage("bench", 1, ("utterances",), ("receipts",), process, batch=BATCH)
    delivery = Delivery(stage, Backend(MemoryLog(), store, MemorySearch()), lambda: 0)
    positions = store.positions("bench")
    began = time.perf_counter()
    for records in work:
        positions = delivery.deliver(records, positions, {})
    took = time.perf_counter() - began
    store.close()
    return sum(map(len, work)) / took


def bare(url: str, work: list[list[Record]]) -> float:
    """Do the same by hand; give events per second."""
    with psycopg.connect(url) as connection:
        connection.execute("SELECT 1")
        connection.commit()
        began = time.perf_counter()
        for records in work:
            _bare_batch(connection, records)
        return sum(map(len, work)) / (time.perf_counter() - began)


def _bare_batch(connection: psycopg.Connection, records: list[Record]) -> None:
    keys = list({record.key for record in records})
    cursor = connection.cursor(binary=True)
    cursor.execute("SELECT key, value FROM state WHERE stage = 'bare' AND key = ANY(%s)", (keys,))
    held = {key: decode(value, Receipt) for key, value in cursor}
    outputs = []
    for record in records:
        said = decode(record.value, Utterance)
        held[record.key] = counted(said, held.get(record.key))
        id = derive("bench", 1, record.id, 0)
        outputs.append(NewRecord("receipts", record.key, id, 0, encode(held[record.key])))
    seen = records[0].offset - 1
    moved = cursor.execute(
        "INSERT INTO position VALUES ('bare', %s, %s) ON CONFLICT (stage, partition) DO UPDATE"
        " SET applied = excluded.applied WHERE position.applied = %s",
        (records[0].partition, records[-1].offset, seen),
    )
    assert moved.rowcount == 1
    cursor.executemany(
        "INSERT INTO state VALUES ('bare', %s, %s)"
        " ON CONFLICT (stage, key) DO UPDATE SET value = excluded.value",
        [(key, encode(held[key])) for key in keys],
    )
    connection.commit()


def main() -> None:
    """Print the ratio of medians over alternating rounds."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--url", default="postgresql://threadline@127.0.0.1:15432/threadline")
    arguments.add_argument("--events", type=int, default=40_000)
    arguments.add_argument("--rounds", type=int, default=5)
    given = arguments.parse_args()
    work = batches(given.events)
    speeds: dict[str, list[float]] = {"bare": [], "engine": []}
    name = f"bench_{time.time_ns()}"
    with psycopg.connect(given.url, autocommit=True) as admin:
        for _ in range(given.rounds):
            for kind, run in (("bare", bare), ("engine", engine)):
                admin.execute(f"CREATE DATABASE {name}".encode())
                url = f"{given.url.rpartition('/')[0]}/{name}"
                store = PostgresStore(url)
                store.migrate()
                store.close()
                speeds[kind].append(run(url, work))
                admin.execute(f"DROP DATABASE {name}".encode())
    ratios = [e / b for e, b in zip(speeds["engine"], speeds["bare"], strict=True)]
    for kind, measured in speeds.items():
        print(f"{kind:>8}: {statistics.median(measured):>9,.0f} events per second")
    print(f"   ratio: {statistics.median(ratios):.2f} (target 0.70 or more)")


if __name__ == "__main__":
    main()
