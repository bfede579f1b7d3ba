"""Let time pass: the one place where a clock enters the topology, as records on `ticks`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from infra.log.base import NewRecord
from schemas.alert import Tick
from schemas.base import encode
from schemas.ids import derive
from schemas.topics import TICKS
from streams.delivery import Backend

TICK_KEY = "tick"
NEWS_MS = 1_000
BUSY_MS = 10_000
QUIET_MS = 60_000


class Clock:
    """Writes ticks: every `NEWS_MS` while there is news, every `QUIET_MS` without.

    While the pipeline is busy it may wait for a pause, at most `BUSY_MS`.
    """

    def __init__(self, backend: Backend, now_ms: Callable[[], int]) -> None:
        self._backend = backend
        self._now_ms = now_ms
        self._ticked_at = 0

    def is_due(self, *, news: bool, busy: bool) -> bool:
        """Tell whether it is time for a tick."""
        since = self._now_ms() - self._ticked_at
        return since >= (NEWS_MS if news else QUIET_MS) and (not busy or since > BUSY_MS)

    def tick(self, *, idle: bool) -> None:
        """Write a tick; `idle` says that nothing is left to process.

        Raises:
            Unavailable: the log cannot be written now.
        """
        now = self._now_ms()
        self._ticked_at = now
        tick = Tick(now=datetime.fromtimestamp(now / 1000, UTC), idle=idle)
        record = NewRecord(TICKS.name, TICK_KEY, derive(TICK_KEY, now), now, encode(tick))
        with self._backend.store.transaction():
            self._backend.log.append([record])
