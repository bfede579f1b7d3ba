"""What happens to a cluster while it works: each scenario is a list of faults and their moments."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from infra.dev.running import Running
from tests.e2e.crash.ground import Servers
from tests.e2e.crash.progress import Progress
from tests.e2e.crash.workers import Crew

JOIN_S = 6.0
"""Seconds that a worker gets to start and to take its part."""


@dataclass
class Stage:
    """Where a scenario is played, and what came of it.

    `hits` counts the faults that fell while there was work left; `resumed` has the seconds from
    the end of a fault until something moved again.
    """

    servers: Servers
    crew: Crew
    progress: Progress
    rng: random.Random
    faults: int = 0
    hits: int = 0
    resumed: list[float] = field(default_factory=list)

    def at(self, part: float) -> bool:
        """Wait for the moment of the next fault; tell whether work is left."""
        hit = self.progress.until_part(part)
        self.faults += 1
        self.hits += hit
        return hit

    def moments(self, number: int) -> Iterator[float]:
        """Spread some moments over nine tenths of the work, each somewhere in its own stretch."""
        for place in range(number):
            yield 0.02 + 0.88 * (place + self.rng.random()) / number

    def note_resumed(self, hit: bool) -> None:
        """Measure how long it takes until something moves."""
        seconds = self.progress.until_moves() if hit else None
        if seconds is not None:
            self.resumed.append(seconds)

    def server(self, name: str) -> Running:
        """Give one of the servers."""
        return self.servers.running[name]

    def wait(self, seconds: float) -> None:
        """Let time pass; workers that end meanwhile are started again."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            self.progress.look()
            time.sleep(0.2)


Play = Callable[[Stage], None]


def kill_worker(times: int) -> Play:
    """Kill the only worker without warning and start it again at once."""

    def play(stage: Stage) -> None:
        worker = stage.crew.join("a")
        for moment in stage.moments(times):
            hit = stage.at(moment)
            worker.kill()
            worker.start_again()
            stage.note_resumed(hit)

    return play


def join_and_leave(times: int) -> Play:
    """Let a second worker join and the first one leave, again and again."""

    def play(stage: Stage) -> None:
        stage.crew.join("a")
        for number, moment in enumerate(stage.moments(times)):
            old, new = ("a", "b") if number % 2 == 0 else ("b", "a")
            hit = stage.at(moment)
            stage.crew.join(new)
            stage.wait(JOIN_S)
            stage.crew.leave(old)
            stage.note_resumed(hit)

    return play


def stop_server(name: str, seconds: float) -> Play:
    """Stop a server in good order, and start it again after a while."""

    def play(stage: Stage) -> None:
        stage.crew.join("a")
        hit = stage.at(0.3)
        stage.server(name).stop()
        stage.wait(seconds)
        stage.server(name).start_again()
        stage.note_resumed(hit)

    return play


def restart_postgres(stage: Stage) -> None:
    """Restart PostgreSQL in good order, and later kill it without warning."""
    stage.crew.join("a")
    postgres = stage.server("postgres")
    for moment, end in ((0.3, postgres.stop), (0.6, postgres.kill)):
        hit = stage.at(moment)
        end()
        postgres.start_again()
        stage.note_resumed(hit)


def wake_the_dead(seconds: float, times: int) -> Play:
    """Freeze the only worker, let another take its place, and then let the first go on."""

    def play(stage: Stage) -> None:
        stage.crew.join("w0")
        for number, moment in enumerate(stage.moments(times)):
            hit = stage.at(moment)
            frozen = stage.crew.workers[f"w{number}"]
            frozen.freeze()
            began = time.monotonic()
            stage.crew.join(f"w{number + 1}")
            stage.note_resumed(hit)
            stage.wait(max(seconds - (time.monotonic() - began), 0))
            frozen.thaw()

    return play
