"""Put a corpus through one system: by the real door, with copies beside it, until idle."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

from infra.log.base import NewRecord
from tests.e2e.command_home import MODELS, SPEECH
from tests.e2e.same_answers.answers import Answers, answers_of
from tests.e2e.same_answers.corpus import Corpus, copies, strays
from threadline.cli.run import run_until_idle
from threadline.settings import load_settings
from threadline.wiring import Wiring

LATER = timedelta(minutes=10)


@dataclass(frozen=True)
class System:
    """Where a corpus goes: variables of the environment besides the usual ones.

    `prepare` makes what the system wants to find; `settle` waits until readers see everything.
    """

    name: str
    environ: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[Wiring], None] = lambda _: None
    settle: Callable[[], None] = lambda: None

    def open(self, home: Path) -> Wiring:
        """Open a home on this system."""
        usual = {"THREADLINE_MODELS": str(MODELS), "THREADLINE_SPEECH_MODEL": SPEECH}
        return Wiring(load_settings(home, {**usual, **self.environ}))


@dataclass
class Clock:
    """A clock that stands still until it is told: both systems must read the same times."""

    now: datetime

    def ms(self) -> int:
        """Read the clock: ms since 1970 UTC."""
        return int(self.now.timestamp() * 1000)

    def read(self) -> datetime:
        """Read the clock."""
        return self.now.astimezone(UTC)


@contextmanager
def standing(clock: Clock) -> Iterator[None]:
    """Let this process read another clock."""
    with (
        mock.patch("threadline.wiring.now_ms", clock.ms),
        mock.patch("threadline.cli.ingest.now", clock.read),
    ):
        yield


def put_through(
    system: System, corpus: Corpus, home: Path, say: Callable[[str], None] = lambda _: None
) -> Answers:
    """Take a corpus in, early and late and once more, run until idle, and ask.

    Early files come with copies of their records, written beside the door; then the system runs
    until idle. Then come the late files, everything early again, and more copies.
    """
    home.mkdir(parents=True, exist_ok=True)
    (home / "threadline.toml").write_text(corpus.settings, "utf-8")
    wiring = system.open(home)
    system.prepare(wiring)
    clock = Clock(corpus.now)
    log = wiring.backend(durable=True).log
    began = time.monotonic()

    def told(what: str) -> None:
        say(f"{system.name}: {what} after {time.monotonic() - began:.0f} s")

    with standing(clock):
        for batch in corpus.early:
            batch.take_in(wiring)
        _write(wiring, [*copies(log, 7, clock.ms()), *strays(clock.ms())])
        told("early inputs are in")
        run_until_idle(wiring, show=False)
        told("idle")
        clock.now += LATER
        for batch in corpus.late:
            batch.take_in(wiring)
        for batch in corpus.early:
            batch.take_in(wiring)
        _write(wiring, [*copies(log, 5, clock.ms())])
        told("late inputs are in")
        run_until_idle(wiring, show=False)
        told("idle")
        system.settle()
        answers = answers_of(wiring, clock.read())
        told("asked")
        return answers


def _write(wiring: Wiring, records: list[NewRecord]) -> None:
    log, store, _ = wiring.backend(durable=True)
    with store.transaction():
        log.append(records)
