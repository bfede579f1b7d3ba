"""Run the whole topology in one process, on one file."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import wait
from dataclasses import dataclass

from schemas.errors import Unavailable
from schemas.topics import TICKS
from streams.delivery import Backend
from streams.runners.asking import Engines
from streams.runners.clock import Clock
from streams.runners.lane import AskingLane, Lane
from streams.runners.runner import StageProgress
from streams.topology import Topology

log = logging.getLogger(__name__)

POLL_S = 0.05
PATIENCE_MS = 500
PROGRESS_MS = 500
RETRY_S = (0.1, 0.5, 2.0, 5.0, 15.0)


@dataclass(frozen=True)
class Pace:
    """How far stages that ask engines may read ahead."""

    speech: int = 4
    text: int = 64


class EmbeddedRunner:
    """Steps through the stages in one thread; engines work in their own.

    `now_ms` is the clock. `sidelines` are extra lanes with their own I/O (notifications), stepped
    after the stages.
    """

    def __init__(
        self,
        topology: Topology,
        backend: Backend,
        engines: Engines,
        now_ms: Callable[[], int],
        *,
        sidelines: Sequence[Lane] = (),
        pace: Pace | None = None,
    ) -> None:
        pace = pace or Pace()
        self._backend = backend
        self._now_ms = now_ms
        self._lanes: list[Lane] = []
        for stage in topology.stages:
            if stage.asks is None:
                self._lanes.append(Lane(stage, backend, now_ms))
            else:
                ahead = pace.speech if stage.remembers else pace.text
                self._lanes.append(AskingLane(stage, backend, now_ms, engines, ahead))
        self._lanes += sidelines
        self._clock = Clock(backend, now_ms)
        self._waited_since = 0
        self.wake = threading.Event()
        self.last_error = ""

    def run_until_idle(
        self, on_progress: Callable[[list[StageProgress]], None] | None = None
    ) -> int:
        """Process everything that is there, let time pass once, and finish.

        Returns the number of records delivered.

        Raises:
            Unavailable: something stayed unavailable through every retry.
        """
        total, ticked, shown = 0, False, 0
        while True:
            moved = self._pass()
            total += moved
            if on_progress is not None and self._now_ms() - shown >= PROGRESS_MS:
                shown = self._now_ms()
                on_progress(self.progress())
            if moved or self._await_engines(POLL_S):
                continue
            if ticked:
                return total
            self._clock.tick(idle=True)
            ticked = True

    def run(self, stop: threading.Event) -> None:
        """Process whatever comes until `stop` is set; the batch in hand is finished first.

        What is unavailable is tried again for as long as it takes; `last_error` says what it is.
        Time passes as soon as the stages that do not wait for engines have nothing left.
        """
        seen = 0
        while not stop.is_set():
            try:
                moved = self._pass()
            except Unavailable as error:
                # Serving goes on, and says what it waits for; nothing was committed halfway.
                self.last_error = str(error)
                log.warning("the pipeline waits: %s", error)
                stop.wait(RETRY_S[-1])
                continue
            self.last_error = ""
            is_news = self._news() != seen or any(lane.is_behind() for lane in self._lanes)
            if self._clock.is_due(news=is_news, busy=moved > 0):
                seen = self._news()
                self._clock.tick(idle=not moved and not self._await_engines(0))
            elif not moved and not self._await_engines(POLL_S):
                self.wake.wait(POLL_S)
                self.wake.clear()

    def progress(self) -> list[StageProgress]:
        """Tell how far each stage is."""
        return [
            StageProgress(lane.stage.name, lane.delivered, lane.lag(100_000))
            for lane in self._lanes
        ]

    def delivered(self) -> dict[str, int]:
        """Count the records delivered since the start, per stage; safe from any thread."""
        return {lane.stage.name: lane.delivered for lane in self._lanes}

    def _pass(self) -> int:
        moved = sum(self._step(lane) for lane in self._lanes if not lane.stage.patient)
        if not moved or self._now_ms() - self._waited_since >= PATIENCE_MS:
            moved += sum(self._drain(lane) for lane in self._lanes if lane.stage.patient)
            self._waited_since = self._now_ms()
        return moved

    def _drain(self, lane: Lane) -> int:
        """Step until there is less than a batch left: it would only grow while it waits again."""
        total = moved = self._step(lane)
        while moved >= lane.stage.batch:
            moved = self._step(lane)
            total += moved
        return total

    def _step(self, lane: Lane) -> int:
        for pause in (*RETRY_S, None):
            try:
                return lane.step()
            except Unavailable:
                lane.reset()
                if pause is None:
                    raise
                self.wake.wait(pause)
        return 0

    def _news(self) -> int:
        """Count what was delivered, leaving out the stages that time itself keeps busy."""
        return sum(lane.delivered for lane in self._lanes if TICKS.name not in lane.stage.reads)

    def _await_engines(self, seconds: float) -> bool:
        """Wait until engines have answered, at most some seconds; tell whether any is busy."""
        awaited = [one for one in (lane.awaited() for lane in self._lanes) if one is not None]
        if not awaited:
            return False
        wait(awaited, timeout=seconds)
        return True
