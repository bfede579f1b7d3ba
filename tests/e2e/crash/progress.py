"""How far a cluster is, as its own store says: to place faults, and to time what follows them."""

from __future__ import annotations

import time
from collections.abc import Callable

from schemas.errors import Unavailable
from tests.e2e.crash.ground import Home
from tests.e2e.crash.workers import Crew

LOOK_S = 0.05
ASK_S = 1.0
STILL_S = 240.0


class Progress:
    """Counts what all stages have applied, of `work` records in all."""

    def __init__(self, home: Home, work: int, crew: Crew) -> None:
        backend = home.wiring.backend()
        self._log, self._store = backend.log, backend.store
        self._stages = home.wiring.topology.stages
        self._work = work
        self._crew = crew
        self._asked_at = 0.0
        self.done = 0

    def look(self) -> bool:
        """Look again, if the store answers; tell whether anything has moved."""
        self._crew.look()
        before = self.done
        try:
            self.done = sum(
                offset + 1
                for stage in self._stages
                for offset in self._store.positions(stage.name).values()
            )
        except Unavailable:
            return False
        return self.done > before

    @property
    def part(self) -> float:
        """Give the part of the work that is done, from 0; repeated records may exceed 1."""
        return self.done / self._work

    def is_over(self) -> bool:
        """Tell whether no record waits for any stage; no more often than once a second."""
        if time.monotonic() - self._asked_at < ASK_S:
            return False
        self._asked_at = time.monotonic()
        try:
            # In order: a stage commits after it has written, so nothing is on its way between two.
            return not any(
                self._log.lag(stage.reads, self._store.positions(stage.name), 1)
                for stage in self._stages
            )
        except Unavailable:
            return False

    def until(self, holds: Callable[[], bool]) -> float:
        """Wait until something holds; give the seconds that it took.

        Raises:
            AssertionError: nothing has moved for minutes.
        """
        began = moved = time.monotonic()
        while not holds():
            if self.look():
                moved = time.monotonic()
            if time.monotonic() - moved > STILL_S:
                said = "\n".join(worker.says() for worker in self._crew.workers.values())
                raise AssertionError(f"nothing moves at {self.part:.0%}; workers say:\n{said}")
            time.sleep(LOOK_S)
        return time.monotonic() - began

    def until_part(self, part: float) -> bool:
        """Wait until this part is done; tell whether anything is left to do then."""
        over = False

        def is_there() -> bool:
            nonlocal over
            over = self.part < part and self.is_over()
            return over or self.part >= part

        self.until(is_there)
        return not over

    def until_moves(self) -> float | None:
        """Wait until something moves; give the seconds, or None where nothing is left to do."""
        self.look()
        moved = False

        def does_move() -> bool:
            nonlocal moved
            moved = self.look()
            return moved or self.is_over()

        seconds = self.until(does_move)
        return seconds if moved else None
