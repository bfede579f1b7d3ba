"""A worker on a cluster: some stages of the topology, on the partitions that it is given."""

from __future__ import annotations

import gc
import logging
import threading
import time
from collections.abc import Callable, Sequence

from schemas.errors import Unavailable
from schemas.health import StageHealth, WorkerStatus
from schemas.topics import TICKS
from streams.delivery import Backend
from streams.runners.asking import Engines
from streams.runners.clock import Clock
from streams.runners.feeds import Feeds
from streams.runners.lane import Lane
from streams.runners.runner import StageProgress
from streams.runners.share import Observe, Share
from streams.topology import Stage, Topology

log = logging.getLogger(__name__)

BEAT_S = 0.1
LOOK_S = 0.25
PROGRESS_S = 0.5
CHECK_S = 5.0
SETTLED_S = 2.0
MANY_OBJECTS = 10_000
SLOW = 12
"""How much longer than others a stage may go without progress whose engine hears recordings."""


class Stalled(Unavailable):
    """Records wait, and nothing has moved for too long: leave, so that somebody starts anew."""


class ClusterWorker:
    """Runs stages through consumer groups, lets time pass, does what is beside the stages.

    `stages` are those that this worker takes part in, of `topology`. Time passes, alerts go out,
    and what is overdue is followed up, where the worker holds the partitions of `ticks`.
    `open_backend` gives log, store and search for one thread. `observe` is told of every batch.
    """

    def __init__(
        self,
        topology: Topology,
        stages: Sequence[Stage],
        open_backend: Callable[[], Backend],
        engines: Engines,
        now_ms: Callable[[], int],
        open_feeds: Callable[[Sequence[Share]], Feeds],
        open_sidelines: Callable[[Backend], Sequence[Lane]],
        *,
        stall_s: float = 300.0,
    ) -> None:
        self._topology = topology
        self._desk = open_backend()
        self._stop = threading.Event()
        self._shares = [
            Share(stage, open_backend, engines, now_ms, self._stop, self._note) for stage in stages
        ]
        self._feeds = open_feeds(self._shares)
        self._clock = Clock(self._desk, now_ms)
        self._sidelines = open_sidelines(self._desk)
        self._stall_s = stall_s
        self._seen = 0
        self._checked_at = -CHECK_S
        self.observe: Observe = lambda stage, seconds: None
        self.wake = threading.Event()
        self.last_error = ""
        self._health: tuple[StageHealth, ...] = ()
        self._stalled = False

    def run(self, stop: threading.Event) -> None:
        """Process whatever comes until `stop` is set; batches in hand are finished and told.

        Raises:
            Conflict: another worker keeps taking what this one holds.
            Stalled: records wait, and nothing has moved for `stall_s`.
        """
        self._begin()
        try:
            while not stop.wait(BEAT_S):
                self._raise_failure()
                self._beat()
                self._check()
        finally:
            self._leave()
        self._raise_failure()

    def run_until_idle(
        self, on_progress: Callable[[list[StageProgress]], None] | None = None
    ) -> int:
        """Process until no stage of the topology has anything left, on any worker.

        Where this worker watches, time then passes once, as in the embedded runner. Returns the
        records delivered here.
        """
        self._begin()
        ticked = not self._watches
        shown = 0.0
        try:
            while True:
                time.sleep(LOOK_S)
                self._raise_failure()
                self._check()
                if on_progress is not None and time.monotonic() - shown >= PROGRESS_S:
                    shown = time.monotonic()
                    on_progress(self.progress())
                # Twice: what is written while one looks may be for a stage looked at before.
                if any(self._waiting().values()) or any(self._waiting().values()):
                    continue
                if ticked:
                    if self._step_aside():
                        continue
                    return sum(share.delivered for share in self._shares)
                self._clock.tick(idle=True)
                ticked = True
        finally:
            self._leave()

    def progress(self) -> list[StageProgress]:
        """Tell how far each stage of this worker is; what waits, waits for any worker."""
        waiting = self._waiting()
        return [
            StageProgress(share.stage.name, share.delivered, waiting[share.stage.name])
            for share in self._shares
        ]

    def delivered(self) -> dict[str, int]:
        """Count the records delivered here since the start, per stage; safe from any thread."""
        return {share.stage.name: share.delivered for share in self._shares}

    def status(self) -> WorkerStatus:
        """Say how this worker is, as of the last look; safe from any thread."""
        return WorkerStatus(
            ready=all(self._feeds.assigned(share.stage.name) is not None for share in self._shares),
            stalled=self._stalled,
            last_error=self.last_error,
            stages=self._health,
        )

    def _waiting(self) -> dict[str, int]:
        """Count what waits for each stage, in their order.

        A stage commits after it has written, so a count of zero for one and then for those after
        it means that nothing is on its way between them.
        """
        return {
            stage.name: self._desk.log.lag(stage.reads, self._desk.store.positions(stage.name))
            for stage in self._topology.stages
        }

    def _beat(self) -> None:
        """Let time pass and send what is to be sent, where this worker is the one to do so."""
        watching = [
            share
            for share in self._shares
            if TICKS.name in share.stage.reads and self._feeds.assigned(share.stage.name)
        ]
        if not watching:
            return
        news = sum(share.news for share in watching)
        try:
            is_news = news != self._seen or any(one.is_behind() for one in self._sidelines)
            if self._clock.is_due(news=is_news, busy=False):
                self._seen = news
                self._clock.tick(idle=self._is_settled() and not any(self._waiting().values()))
            for sideline in self._sidelines:
                sideline.step()
            self.last_error = ""
        except Unavailable as error:
            if self.last_error != str(error):
                log.warning("the worker waits: %s", error)
            self.last_error = str(error)

    def _step_aside(self) -> bool:
        """Do what is beside the stages, where time passed here; tell whether they have work now."""
        if not self._watches:
            return False
        for sideline in self._sidelines:
            while sideline.step():
                continue
        return any(self._waiting().values())

    @property
    def _watches(self) -> bool:
        return any(TICKS.name in share.stage.reads for share in self._shares)

    def _is_settled(self) -> bool:
        """Tell whether nothing has moved here for a while, before others are asked."""
        quiet = min(time.monotonic() - share.progressed_at for share in self._shares)
        return quiet >= SETTLED_S

    def _check(self) -> None:
        """Look how far the partitions held are; leave when they stand still."""
        if time.monotonic() - self._checked_at < CHECK_S:
            return
        self._checked_at = time.monotonic()
        try:
            self._health = tuple(self._health_of(share) for share in self._shares)
        except Unavailable as error:
            self.last_error = str(error)
            return
        for share, health in zip(self._shares, self._health, strict=True):
            limit = self._stall_s * (SLOW if share.stage.remembers else 1)
            if health.idle_s > limit:
                self._stalled = True
                cause = f": {share.last_error}" if share.last_error else ""
                raise Stalled(f"{share.stage.name} has stood still for {limit:.0f} s{cause}")

    def _health_of(self, share: Share) -> StageHealth:
        """Say how far a share is; one that has nothing to do is not idle."""
        name = share.stage.name
        held = self._feeds.assigned(name) or frozenset()
        behind = self._desk.log.lags(share.stage.reads, self._desk.store.positions(name))
        lag = {partition: behind.get(partition, 0) for partition in sorted(held)}
        if not any(lag.values()):
            share.progressed_at = time.monotonic()
        return StageHealth(
            stage=name,
            lag=lag,
            idle_s=round(time.monotonic() - share.progressed_at, 1) if any(lag.values()) else 0.0,
            delivered=share.delivered,
            conflicts=share.conflicts,
            last_error=share.last_error,
        )

    def _note(self, stage: str, seconds: float) -> None:
        self.observe(stage, seconds)

    def _begin(self) -> None:
        # Batches make many objects and no cycles. Looking for some among all that is loaded, again
        # and again, took a fifth of a stage's time.
        gc.collect()
        gc.freeze()
        gc.set_threshold(MANY_OBJECTS, 10, 10)
        self._feeds.start()

    def _leave(self) -> None:
        self._stop.set()
        self._feeds.stop()

    def _raise_failure(self) -> None:
        failure = self._feeds.failure()
        if failure is not None:
            raise failure
