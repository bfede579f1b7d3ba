"""Play scenarios on a corpus, and compare what remains with an embedded home left in peace."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from infra.log.base import Positions
from schemas.topics import INBOUND, TICKS, TOPICS
from tests.e2e.crash.corpus import Corpus
from tests.e2e.crash.ground import Home, Servers
from tests.e2e.crash.progress import Progress
from tests.e2e.crash.scenarios import Play, Stage
from tests.e2e.crash.state import FinalState, Verdict, compare, expected_state, state_of
from tests.e2e.crash.workers import Crew, Manner, threadline

CHUNK = 5_000
WRITTEN = [name for name, topic in TOPICS.items() if topic.logged and topic not in (INBOUND, TICKS)]
"""Topics that stages write."""


@dataclass(frozen=True)
class Row:
    """What came of one scenario.

    `repeated` counts records that faults had written to the log again, `conflicts` batches that the
    fence refused; `gave_up` has the last words of workers that ended by themselves; `resumed` is
    in seconds.
    """

    engine: str
    scenario: str
    events: int
    faults: int
    hits: int
    verdict: Verdict
    repeated: int
    conflicts: int
    gave_up: tuple[str, ...]
    resumed: tuple[float, ...]
    seconds: float


@dataclass(frozen=True)
class Suite:
    """One corpus, one undisturbed run of it, and servers to play on."""

    corpus: Corpus
    servers: Servers
    folder: Path
    seed: int

    @cached_property
    def reference(self) -> Home:
        """Give the embedded home through which the corpus went in peace."""
        home = Home(self.folder / "reference", {})
        self.corpus.feed(home.wiring.door(), home.wiring.backend().log)
        threadline(home, "run", "--until-idle")
        return home

    @cached_property
    def records(self) -> Mapping[str, int]:
        """Count the records of every topic that stages write, of the home left in peace."""
        log = self.reference.wiring.backend().log
        return {name: log.lag((name,), {}) for name in WRITTEN}

    @cached_property
    def repeated(self) -> int:
        """Count the records that come again even in peace: what copies and old evidence say."""
        return repeated_in(self.reference)

    @cached_property
    def expected(self) -> FinalState:
        """Give the state that every scenario must end with."""
        search = f"{self.servers.running['elasticsearch'].url}?prefix=reference"
        return expected_state(self.reference, self.folder / "reference-export", search)

    def play(
        self,
        name: str,
        play: Play,
        *,
        engine: str,
        manner: Manner | None = None,
        idle_s: int | None = None,
    ) -> Row:
        """Play a scenario on a new cluster, wait until it is idle, and compare.

        `idle_s` is how long PostgreSQL bears a transaction in which nothing happens.
        """
        expected, usual = self.expected, self.records
        home = self.servers.new_home(_plain(engine, name), self.folder, engine, idle_s=idle_s)
        threadline(home, "topics", "apply")
        self.corpus.feed(home.wiring.door(), home.wiring.backend().log)
        crew = Crew(home, manner or Manner())
        progress = Progress(home, work_of(home, usual), crew)
        stage = Stage(self.servers, crew, progress, random.Random(f"{self.seed} {name}"))
        began = time.monotonic()
        try:
            play(stage)
            progress.until(progress.is_over)
            for last in list(crew.workers):
                crew.leave(last)
        finally:
            crew.end()
        # Under a name that the groups know: they hold its partitions for it.
        threadline(home, "run", "--until-idle", worker=last)
        seconds = time.monotonic() - began
        verdict = compare(expected, state_of(home, home.path / "export"))
        return Row(
            engine=engine,
            scenario=name,
            events=self.corpus.events,
            faults=stage.faults,
            hits=stage.hits,
            verdict=verdict,
            repeated=max(repeated_in(home) - self.repeated, 0),
            conflicts=crew.conflicts(),
            gave_up=tuple(crew.gave_up),
            resumed=tuple(stage.resumed),
            seconds=seconds,
        )


def repeated_in(home: Home) -> int:
    """Count the records of these topics whose id stands before them already."""
    log = home.wiring.backend().log
    repeated = 0
    for name in WRITTEN:
        ids: list[str] = []
        after: Positions = {}
        while records := log.read((name,), after, CHUNK):
            ids += [one.id for one in records]
            after |= {one.partition: one.offset for one in records}
        repeated += len(ids) - len(set(ids))
    return repeated


def work_of(home: Home, records: Mapping[str, int]) -> int:
    """Count the records that all stages together must apply."""
    log = home.wiring.backend().log
    counts = {**records, INBOUND.name: log.lag((INBOUND.name,), {})}
    return sum(counts.get(topic, 0) for s in home.wiring.topology.stages for topic in s.reads)


def _plain(*words: str) -> str:
    return "".join(letter for word in words for letter in word.lower() if letter.isalnum())


HEADER = (
    "engine",
    "scenario",
    "events",
    "faults (in the work)",
    "lost",
    "duplicates",
    "equal",
    "written again",
    "refused by the fence",
    "workers that ended",
    "resumes after",
    "took",
)


def cells(row: Row) -> tuple[str, ...]:
    """Write a row for the table."""
    verdict = row.verdict
    return (
        row.engine,
        row.scenario,
        f"{row.events:,}",
        f"{row.faults} ({row.hits})",
        f"{len(verdict.lost):,}",
        f"{len(verdict.twice):,}",
        "yes" if verdict.equal else "NO",
        f"{row.repeated:,}",
        f"{row.conflicts:,}",
        f"{len(row.gave_up)}",
        f"{statistics.median(row.resumed):.1f} s" if row.resumed else "",
        f"{row.seconds:.0f} s",
    )


def markdown(rows: list[Row]) -> str:
    """Write the table."""
    lines = [HEADER, ("---",) * len(HEADER), *map(cells, rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
