"""The pipeline with its ledger against the same pipeline without any, in one run.

Run `python -m tests.bench.bench_ledger [models|bare]`. Messages of chats, five each, are let in by
the door and go through every stage into the embedded file. Without the ledger no stage hands in a
receipt, the door tells nobody, and there is no ledger stage. `models` asks the packaged encoder for
every text, as the pipeline does; `bare` answers at once, which shows the ledger beside nothing but
reading, writing and committing. Target: at most 5 % of the pipeline's throughput.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from infra.admission import Door
from infra.engines import Engines
from infra.log.base import NewRecord
from infra.log.sqlite import SqliteLog
from infra.search.fts5 import Fts5Search
from infra.sqlite import Database
from infra.store.sqlite import SqliteStore
from schemas.answers import Answer, Ask, TextAnswer
from schemas.base import encode
from schemas.events import Body, Channel, Event, Kind, Party, Role
from schemas.ledger import LedgerRules
from schemas.topics import ARRIVALS, RECEIPTS
from streams.delivery import Backend
from streams.pipeline import PipelineRules, pipeline
from streams.runners.asking import Engines as AnyEngines
from streams.runners.embedded import EmbeddedRunner, Pace
from streams.runners.follow_up import FollowUp
from streams.topology import Context, Emit, Message, Process, Topology
from tests.bench.bench_models import CORES, MODELS, texts

AT = datetime(2026, 11, 2, tzinfo=UTC)
PER_CHAT = 5
AT_THE_DOOR = 200


class Instant:
    """Answers at once."""

    def submit(self, ask: Ask) -> Future[Answer]:
        """Give a finished answer."""
        done: Future[Answer] = Future()
        done.set_result(TextAnswer(language="en"))
        return done

    def cache_key(self, ask: Ask) -> str:
        """Name an answer."""
        return encode(ask).hex()


class QuietLog(SqliteLog):
    """A log that takes no arrivals."""

    def append(self, records: Sequence[NewRecord]) -> None:
        """Append all but arrivals."""
        super().append([one for one in records if one.topic != ARRIVALS.name])


def events(count: int) -> list[Event]:
    """Make chats of customers out of texts."""
    said = texts()
    return [
        Event(
            id=f"e{n}", tenant="acme", source="bench", channel=Channel.CHAT, kind=Kind.MESSAGE,
            interaction=f"chat-{n // PER_CHAT}", occurred_at=AT + timedelta(seconds=n),
            party=Party(
                role=Role.CUSTOMER, identifiers=(f"email:c{n // PER_CHAT % 997}@example.com",)
            ),
            body=Body(text=said[n % len(said)]),
        )
        for n in range(count)
    ]  # fmt: skip


def without_ledger(topology: Topology) -> Topology:
    """Take out the ledger, and every receipt."""
    return Topology(
        tuple(
            replace(stage, process=_without_receipts(stage.process))
            for stage in topology.stages
            if stage.name != "ledger"
        )
    )


def _without_receipts(process: Process) -> Process:
    def quiet(batch: Sequence[Message], ctx: Context) -> Iterable[Emit]:
        return _others(process(batch, ctx))

    return quiet


def _others(emits: Iterable[Emit]) -> Iterator[Emit]:
    return (emit for emit in emits if emit.topic != RECEIPTS.name)


def run(path: Path, given: Sequence[Event], engines: AnyEngines, *, ledger: bool) -> float:
    """Let events in and process them; give events per core-second.

    Not per second, so that a busy machine matters less.
    """
    database = Database(path)
    database.migrate()
    Fts5Search.migrate(database.connection)
    log = SqliteLog(database) if ledger else QuietLog(database)
    store = SqliteStore(database)
    backend = Backend(log, store, Fts5Search(database.connection))
    whole = pipeline(PipelineRules())
    topology = whole if ledger else without_ledger(whole)
    follow_up = FollowUp(backend, whole, LedgerRules(), _now)
    runner = EmbeddedRunner(
        topology, backend, engines, _now,
        sidelines=(follow_up,) if ledger else (), pace=Pace(text=128 * CORES),
    )  # fmt: skip
    door = Door(log, store, _now)
    began = time.process_time()
    for start in range(0, len(given), AT_THE_DOOR):
        door.admit(given[start : start + AT_THE_DOOR])
    runner.run_until_idle()
    took = time.process_time() - began
    database.close()
    return len(given) / took


def _now() -> int:
    return time.time_ns() // 1_000_000


def bench(name: str, count: int, rounds: int) -> None:
    """Print the medians over interleaved rounds, and what the ledger costs."""
    given = events(count)
    engines: AnyEngines = (
        Engines(Path, models=MODELS, languages=("en", "de"), analysed=("en", "de"))
        if name == "models"
        else Instant()
    )
    speeds: dict[bool, list[float]] = {True: [], False: []}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds):
            for ledger in (True, False) if number % 2 else (False, True):
                path = Path(folder) / f"{number}-{ledger}.db"
                speeds[ledger].append(run(path, given, engines, ledger=ledger))
                path.unlink()
    ratios = [w / o for w, o in zip(speeds[True], speeds[False], strict=True)]
    print(f"{name}: {count} messages, {rounds} rounds")
    print(f"  without ledger {statistics.median(speeds[False]):8,.0f} messages per core-second")
    print(f"     with ledger {statistics.median(speeds[True]):8,.0f} messages per core-second")
    low, high = min(ratios), max(ratios)
    cost = 1 - statistics.median(ratios)
    spent = statistics.median(
        1000 / w - 1000 / o for w, o in zip(speeds[True], speeds[False], strict=True)
    )
    print(f"  {spent:.3f} ms per message of {1000 / statistics.median(speeds[True]):.3f} ms")
    print(f"  cost {cost:.1%} (from {1 - high:.1%} to {1 - low:.1%}; target 5 %)")


def main() -> None:
    """Print what the ledger costs, with models and beside nothing else."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("what", nargs="*", default=["models", "bare"])
    arguments.add_argument("--messages", type=int, default=4_000)
    arguments.add_argument("--rounds", type=int, default=5)
    given = arguments.parse_args()
    for name in given.what:
        bench(name, given.messages, given.rounds)


if __name__ == "__main__":
    main()
