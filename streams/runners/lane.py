"""One stage inside a runner: reading ahead, waiting for engines, delivering what is ready."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from infra.log.base import Positions, Record
from schemas.answers import Answer, Ask, TextAnswer, TranscribeAsk, Transcript
from schemas.base import decode, encode
from schemas.errors import Conflict, InvalidEvent
from streams.delivery import Answers, Backend, Delivery, decode_value
from streams.topology import Message, Stage


class Engines(Protocol):
    """Workers that answer what slow stages ask."""

    def submit(self, ask: Ask) -> Future[Answer]:
        """Start to answer; errors come out of the future."""

    def cache_key(self, ask: Ask) -> str:
        """Name the answer: equal keys have equal answers, in any process."""


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

    def waiting(self) -> list[Future[Answer]]:
        """List the engine answers that this lane is waiting for."""
        return []

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


@dataclass
class _Pending:
    record: Record
    key: str | None = None
    future: Future[Answer] | None = None
    remembered: bool = True

    @property
    def ready(self) -> bool:
        return self.future is None or self.future.done()


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
        self._engines = engines
        self._ahead = ahead
        self._queue: deque[_Pending] = deque()

    def step(self) -> int:
        """Ask ahead, remember what was answered, deliver what is ready."""
        self._fill()
        self._remember()
        ready: list[_Pending] = []
        while self._queue and self._queue[0].ready and len(ready) < self.stage.batch:
            ready.append(self._queue.popleft())
        if not ready:
            return 0
        answers = {p.record.id: _answer(p.future) for p in ready if p.future is not None}
        return self._deliver([p.record for p in ready], answers)

    def waiting(self) -> list[Future[Answer]]:
        """List the engine answers that this lane is waiting for."""
        return [p.future for p in self._queue if p.future is not None and not p.future.done()]

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
        self._queue.extend(self._ask(record) for record in self._delivery.read(after, room))

    def _ask(self, record: Record) -> _Pending:
        assert self.stage.asks is not None
        try:
            value = decode_value(record.topic, record.value)
        except InvalidEvent:
            return _Pending(record)
        ask = self.stage.asks(
            Message(record.topic, record.key, record.id, record.offset, record.at, value)
        )
        if ask is None:
            return _Pending(record)
        if not self.stage.remembers:
            return _Pending(record, future=self._engines.submit(ask))
        key = self._engines.cache_key(ask)
        known = self._backend.store.recall(key)
        if known is None:
            return _Pending(record, key, self._engines.submit(ask), remembered=False)
        future: Future[Answer] = Future()
        if isinstance(ask, TranscribeAsk):
            future.set_result(decode(known, Transcript))
        else:
            future.set_result(decode(known, TextAnswer))
        return _Pending(record, key, future)

    def _remember(self) -> None:
        fresh: dict[str, bytes] = {}
        for pending in self._queue:
            future = pending.future
            if pending.remembered or pending.key is None or future is None or not future.done():
                continue
            pending.remembered = True
            if future.exception() is None:
                fresh[pending.key] = encode(future.result())
        if fresh:
            self._backend.store.remember(fresh)


def _answer(future: Future[Answer]) -> Answer | BaseException:
    return future.exception() or future.result()
