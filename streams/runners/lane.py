"""One stage inside a runner: reading ahead, waiting for engines, delivering what is ready."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future

from infra.log.base import Positions, Record
from schemas.answers import Answer
from schemas.errors import Conflict
from streams.delivery import Answers, Backend, Delivery
from streams.runners.asking import Engines, Pending, Questions, answers_of
from streams.topology import Stage


class Lane:
    """A stage whose batches can be processed at once."""

    def __init__(self, stage: Stage, backend: Backend, now_ms: Callable[[], int]) -> None:
        self.stage = stage
        self._backend = backend
        self._delivery = Delivery(stage, backend, now_ms)
        self._positions: Positions | None = None
        self.delivered = 0

    @property
    def positions(self) -> Positions:
        """The positions that are committed, as far as this lane knows."""
        if self._positions is None:
            self._positions = self._backend.store.positions(self.stage.name)
        return self._positions

    def lag(self, limit: int = 1_000_000) -> int:
        """Count the records that wait for this stage."""
        return self._backend.log.lag(self.stage.reads, self.positions, limit)

    def step(self) -> int:
        """Deliver the next batch, if there is one; give the number of records."""
        records = self._delivery.read(self.positions)
        return self._deliver(records, {}) if records else 0

    def awaited(self) -> Future[Answer] | None:
        """Give the engine answer to wait for before the next step, where there is any."""
        return None

    def is_behind(self) -> bool:
        """Tell whether it waits for the next tick with work left over from the last one."""
        return False

    def reset(self) -> None:
        """Forget what was read ahead; the store knows where to go on."""
        self._positions = None

    def _deliver(self, records: list[Record], answers: Answers) -> int:
        try:
            self._positions = self._delivery.deliver(records, self.positions, answers)
        except Conflict:
            self.reset()
            return 0
        self.delivered += len(records)
        return len(records)


class AskingLane(Lane):
    """A stage that needs answers first: reads ahead, and delivers the longest ready prefix."""

    def __init__(
        self,
        stage: Stage,
        backend: Backend,
        now_ms: Callable[[], int],
        engines: Engines,
        ahead: int,
    ) -> None:
        super().__init__(stage, backend, now_ms)
        self._questions = Questions(stage, backend.store, engines)
        self._ahead = ahead
        self._queue: deque[Pending] = deque()

    def step(self) -> int:
        """Ask ahead, remember what was answered, deliver what is ready."""
        self._fill()
        self._questions.remember(self._queue)
        ready: list[Pending] = []
        while self._queue and self._queue[0].ready and len(ready) < self.stage.batch:
            ready.append(self._queue.popleft())
        if not ready:
            return 0
        return self._deliver([p.record for p in ready], answers_of(ready))

    def awaited(self) -> Future[Answer] | None:
        """Give the last answer that has not come, else one that came since the last step.

        Not the first of them: a batch is worth more than a single answer a little sooner. And not
        all of them, for to wait for many costs more than the smaller stages do.
        """
        last = None
        for pending in reversed(self._queue):
            if pending.future is not None:
                last = pending.future
                if not last.done():
                    break
        return last

    def reset(self) -> None:
        """Forget what was read ahead; answers under way are still remembered by their engines."""
        super().reset()
        for pending in self._queue:
            if pending.future is not None:
                pending.future.cancel()
        self._queue.clear()

    def _fill(self) -> None:
        room = self._ahead - len(self._queue)
        if room <= self._ahead // 2:
            return
        after = dict(self.positions)
        after.update({p.record.partition: p.record.offset for p in self._queue})
        records = self._delivery.read(after, room)
        self._queue.extend(self._questions.ask(record) for record in records)
