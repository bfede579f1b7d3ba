"""The embedded engine against a bare SQLite loop that does the same work on the same records.

Both read a log in batches, decode, keep a count per key, encode, append an output, store the
count, move the offset and commit. The engine adds what makes it an engine: contexts, fences,
dead letters, one shape for every stage.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import apsw

from infra.log.base import NewRecord
from infra.log.sqlite import SqliteLog
from infra.search.fts5 import Fts5Search
from infra.sqlite import Database
from infra.store.sqlite import SqliteStore
from schemas.base import decode, encode
from schemas.events import Channel, Party, Role
from schemas.ids import derive
from schemas.ledger import Receipt, Step
from schemas.utterance import Utterance
from streams.delivery import Backend
from streams.runners.lane import Lane
from streams.topology import Context, Emit, Message, Stage

BATCH = 500


def records(count: int) -> list[NewRecord]:
    """Make utterances of about 500 bytes over a tenth as many interactions."""
    from datetime import UTC, datetime

    at = datetime(2026, 11, 2, tzinfo=UTC)
    party = Party(role=Role.CUSTOMER, name="Ana", identifiers=("email:ana@example.com",))
    made = []
    for n in range(count):
        value = Utterance(
            id=f"u{n}", interaction=f"i{n % (count // 10)}", tenant="acme", channel=Channel.CHAT,
            at=at, party=party, text="my router has been offline since monday morning " * 6,
        )  # fmt: skip
        made.append(NewRecord("utterances", value.interaction, value.id, 0, encode(value)))
    return made


def process(batch: Sequence[Message], ctx: Context) -> Iterator[Emit]:
    """Count utterances per interaction and hand in a receipt for each."""
    ctx.prefetch(message.key for message in batch)
    for message in batch:
        said = message.value
        assert isinstance(said, Utterance)
        held = ctx.load(message.key, Receipt)
        items = (*(held.items if held else ())[-9:], said.id)
        receipt = Receipt(
            tenant=said.tenant, interaction=message.key, step=Step.TAGGED, items=items
        )
        ctx.save(message.key, receipt)
        yield Emit("receipts", message.key, derive("bench", 1, message.id, 0), receipt)


def prepared(folder: Path, name: str, given: list[NewRecord]) -> Database:
    """Make a file that holds the records and nothing else."""
    database = Database(folder / name)
    database.migrate()
    Fts5Search.migrate(database.connection)
    log = SqliteLog(database)
    for start in range(0, len(given), 10_000):
        log.append(given[start : start + 10_000])
    return database


def engine(database: Database, count: int) -> float:
    """Run the engine; give records per second of process time."""
    backend = Backend(SqliteLog(database), SqliteStore(database), Fts5Search(database.connection))
    stage = Stage("bench", 1, ("utterances",), ("receipts",), process, batch=BATCH)
    lane = Lane(stage, backend, now_ms=lambda: 0)
    began = time.process_time()
    while lane.step():
        pass
    return count / (time.process_time() - began)


def bare(database: Database, count: int) -> float:
    """Run the same statements by hand; give records per second of process time."""
    run, many = database.connection.execute, database.connection.executemany
    topics = dict(database.rows("SELECT name, id FROM topic"))
    source, target = topics["utterances"], topics["receipts"]
    began = time.process_time()
    applied: int = 0
    while True:
        rows = database.rows(
            "SELECT key, id, at, value, seq FROM log WHERE topic = ? AND seq > ?"
            " ORDER BY seq LIMIT ?",
            (source, applied, BATCH),
        )
        if not rows:
            return count / (time.process_time() - began)
        _bare_batch(run, many, rows, target)
        applied = int(rows[-1][4])


def _bare_batch(run, many, rows, target) -> None:  # type: ignore[no-untyped-def]  # bare on purpose
    keys = list({row[0] for row in rows})
    state = dict(
        run(
            "SELECT key, value FROM state WHERE stage = 'bench' AND key IN"
            " (SELECT value FROM carray(?))",
            (apsw.carray(tuple(keys)),),
        ).fetchall()
    )
    held = {key: decode(value, Receipt) for key, value in state.items()}
    outputs = []
    for key, _, _, value, _ in rows:
        said = decode(value, Utterance)
        known = held.get(key)
        items = (*(known.items if known else ())[-9:], said.id)
        held[key] = Receipt(tenant=said.tenant, interaction=key, step=Step.TAGGED, items=items)
        outputs.append((key, derive("bench", 1, said.id, 0), encode(held[key])))
    run("BEGIN IMMEDIATE")
    last = run(
        "UPDATE counter SET value = value + ? WHERE name = 'log' RETURNING value", (len(outputs),)
    ).fetchone()[0]
    first = last - len(outputs) + 1
    many(
        "INSERT INTO log VALUES (?, ?, ?, ?, 0, ?)",
        [(target, first + n, key, id, value) for n, (key, id, value) in enumerate(outputs)],
    )
    many(
        "INSERT OR REPLACE INTO state VALUES ('bench', ?, ?)",
        [(key, encode(held[key])) for key in keys],
    )
    run("INSERT OR REPLACE INTO position VALUES ('bench', 'utterances', ?)", (rows[-1][4],))
    run("COMMIT")


def main() -> None:
    """Print the ratio of medians over interleaved rounds."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--records", type=int, default=40_000)
    arguments.add_argument("--rounds", type=int, default=5)
    given = arguments.parse_args()
    made = records(given.records)
    speeds: dict[str, list[float]] = {"bare": [], "engine": []}
    for number in range(given.rounds):
        with tempfile.TemporaryDirectory() as folder:
            for name, run in (("bare", bare), ("engine", engine)):
                database = prepared(Path(folder), f"{name}{number}.db", made)
                speeds[name].append(run(database, given.records))
                database.close()
    ratios = [e / b for e, b in zip(speeds["engine"], speeds["bare"], strict=True)]
    for name, measured in speeds.items():
        print(f"{name:>8}: {statistics.median(measured):>9,.0f} records per core-second")
    print(f"   ratio: {statistics.median(ratios):.2f} (target 0.60 or more)")


if __name__ == "__main__":
    main()
