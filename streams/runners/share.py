"""A worker's share of a stage: batches from the partitions that its group has given it.

Every runner on Kafka delivers through this. The store's positions are the truth; where the group
stands is a hint. What is delivered again is skipped, what the group skipped is read from the log.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import wait
from itertools import islice

from infra.log.base import Positions, Record
from schemas.errors import Conflict, Unavailable
from schemas.topics import TICKS
from streams.delivery import Answers, Backend, Delivery
from streams.runners.asking import Engines, Questions, answers_of
from streams.topology import Stage

Observe = Callable[[str, float], None]
"""Told of every batch: its stage, and how many seconds it took."""

log = logging.getLogger(__name__)

RETRY_S = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
MOST_CONFLICTS = 10
REMEMBER_S = 1.0
EVER = 1 << 60
"""A time, in ms, after everything in a log."""


class Share:
    """Delivers batches of one stage, whatever brings them. Belongs to one thread at a time.

    `open_backend` gives log, store and search of its own. `stop` ends waiting for what is
    unavailable. Counters and `last_error` may be read from any thread; `news` leaves
    out ticks, which time itself delivers.
    """

    def __init__(
        self,
        stage: Stage,
        open_backend: Callable[[], Backend],
        engines: Engines,
        now_ms: Callable[[], int],
        stop: threading.Event,
        observe: Observe = lambda stage, seconds: None,
    ) -> None:
        self.stage = stage
        self._backend = open_backend()
        self._delivery = Delivery(stage, self._backend, now_ms)
        self._questions = (
            Questions(stage, self._backend.store, engines) if stage.asks is not None else None
        )
        self._stop = stop
        self._observe = observe
        self._positions: Positions | None = None
        self.delivered = 0
        self.news = 0
        self.batches = 0
        self.conflicts = 0
        self.last_error = ""
        self.progressed_at = time.monotonic()

    def positions(self) -> Positions:
        """Give the positions that are committed, as far as this worker knows."""
        if self._positions is None:
            self._positions = self._backend.store.positions(self.stage.name)
        return self._positions

    def reread(self) -> Positions:
        """Ask the store again, after partitions have come or gone."""
        self._positions = None
        return self.positions()

    def deliver(self, records: Sequence[Record]) -> None:
        """Deliver records, however often it takes; when it returns, they are committed.

        Raises:
            Conflict: another worker keeps moving these partitions: this one should leave.
            Unavailable: something stayed away until `stop` was set; nothing was committed.
        """
        conflicts = failures = 0
        while True:
            try:
                self._deliver(self._fresh(records))
            except Conflict as conflict:
                self._positions = None
                self.conflicts += 1
                conflicts += 1
                log.warning("%s: %s", self.stage.name, conflict)
                if conflicts == MOST_CONFLICTS:
                    raise
            except Unavailable as error:
                self._positions = None
                self.last_error = str(error)
                log.warning("%s waits: %s", self.stage.name, error)
                # A worker that leaves tries once more: what it lost while it stood still, such as
                # a connection, is renewed at once.
                if self._stop.wait(RETRY_S[min(failures, len(RETRY_S) - 1)]) and failures:
                    raise
                failures += 1
            else:
                self.last_error = ""
                self.progressed_at = time.monotonic()
                return

    def _deliver(self, records: Iterator[Record]) -> None:
        while batch := list(islice(records, self.stage.batch)):
            started = time.monotonic()
            answers = self._answers(batch)
            self._positions = self._delivery.deliver(batch, self.positions(), answers)
            self.delivered += len(batch)
            self.news += sum(one.topic != TICKS.name for one in batch)
            self.batches += 1
            self._observe(self.stage.name, time.monotonic() - started)

    def _answers(self, batch: Sequence[Record]) -> Answers:
        if self._questions is None:
            return {}
        pending = [self._questions.ask(record) for record in batch]
        waiting = {one.future for one in pending if one.future is not None}
        while waiting:
            done, waiting = wait(waiting, timeout=REMEMBER_S)
            if done:
                self.progressed_at = time.monotonic()
                self._questions.remember(pending)
        return answers_of(pending)

    def _fresh(self, records: Sequence[Record]) -> Iterator[Record]:
        """Leave out what is applied already, and put in what the group has skipped."""
        applied = dict(self.positions())
        for record in records:
            place = applied.get(record.partition)
            if place is not None and record.offset <= place:
                continue
            if record.offset != (0 if place is None else place + 1):
                yield from self._skipped(record, place)
            yield record
            applied[record.partition] = record.offset

    def _skipped(self, record: Record, place: int | None) -> Iterator[Record]:
        """Read what lies between a partition's position and a record that came after it."""
        after = self._backend.log.positions_at((record.topic,), EVER)
        after.pop(record.partition, None)
        if place is not None:
            after[record.partition] = place
        while read := self._backend.log.read((record.topic,), after, self.stage.batch):
            for one in read:
                if one.partition == record.partition and one.offset < record.offset:
                    yield one
                after[one.partition] = one.offset
            if after.get(record.partition, -1) >= record.offset:
                return
