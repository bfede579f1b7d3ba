"""Follow up what is overdue: remind the ledger of it, and put its records back.

The one place where what people read decides what happens next, so it is no stage. What it decides
is written down as records, and stages read those.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from infra.log.base import NewRecord
from processors.ledger.standing import STAGE_OF
from schemas.alert import Tick
from schemas.base import decode
from schemas.errors import Conflict, InvalidEvent
from schemas.ledger import LedgerEntry, LedgerRules
from schemas.topics import TICKS
from streams.delivery import Backend
from streams.redrive import redrive, reminders
from streams.runners.lane import Lane
from streams.topology import Stage, Topology

NAME = "follow-up"
MOST = 1_000
"""Contacts that one tick follows up; the next tick comes soon."""
AGAIN_MS = 60_000
"""How long a reminder may be on its way before another one is sent."""


class FollowUp(Lane):
    """At each tick, finds contacts whose deadline has passed.

    The first reminder only makes the ledger name a gap. A contact that is named is put back where
    it stuck, if the stage has gone past it: what still waits for the stage would only be there
    twice.
    """

    def __init__(
        self, backend: Backend, topology: Topology, rules: LedgerRules, now_ms: Callable[[], int]
    ) -> None:
        super().__init__(Stage(NAME, 1, (TICKS.name,), (), lambda batch, ctx: ()), backend, now_ms)
        self._topology = topology
        self._rules = rules
        self._told_of: dict[tuple[str, str], tuple[int, int]] = {}

    def step(self) -> int:
        """Take the ticks that came, look once, and commit what follows from it."""
        ticks = self._delivery.read(self.positions)
        if not ticks:
            return 0
        now = _newest(record.value for record in ticks)
        log, store, _ = self._backend
        overdue = self._not_told(store.overdue(now, MOST), now)
        follows, lost = self._follow(overdue, now)
        moved = {record.partition: record.offset for record in ticks}
        held = self.positions
        try:
            with store.transaction():
                store.advance(NAME, {one: held.get(one) for one in moved}, moved)
                log.append(follows)
                store.readmit(lost)
        except Conflict:
            self.reset()
            return 0
        self._positions = {**held, **moved}
        self.delivered += len(ticks)
        return len(ticks)

    def _not_told(self, overdue: Sequence[LedgerEntry], now: int) -> list[LedgerEntry]:
        """Leave out those whose reminder is on its way to the ledger."""
        told, fresh = self._told_of, []
        self._told_of = {}
        for entry in overdue:
            contact, due = (entry.tenant, entry.interaction), _due(entry)
            before = told.get(contact, (0, 0))
            if before[0] == due and now - before[1] < AGAIN_MS:
                self._told_of[contact] = before
            else:
                self._told_of[contact] = (due, now)
                fresh.append(entry)
        return fresh

    def _follow(
        self, overdue: Sequence[LedgerEntry], now: int
    ) -> tuple[list[NewRecord], list[str]]:
        if not overdue:
            return [], []
        passed = {step: self._has_passed(step, entries) for step, entries in _by_step(overdue)}
        again = [
            one for one in overdue if self._rules.redrives and one.stuck and passed[one.step or ""]
        ]
        chosen = [(one.tenant, one.interaction) for one in again]
        others = [(o.tenant, o.interaction) for o in overdue if o not in again]
        found = redrive(self._backend.log, self._backend.store, chosen, now)
        told = reminders(chosen, now, redriven=True) + reminders(others, now, redriven=False)
        return [*found.records, *told], [id for ids in found.lost.values() for id in ids]

    def _has_passed(self, step: str, entries: Sequence[LedgerEntry]) -> bool:
        """Tell whether the stage of a step is past everything that some contacts wait for."""
        if step not in STAGE_OF:
            return False
        stage = self._topology.stage(STAGE_OF[step])  # type: ignore[index]  # asked just above
        told = max(self._told(one, step) for one in entries)
        log, store, _ = self._backend
        behind = log.lags(stage.reads, store.positions(stage.name))
        written_since = log.lags(stage.reads, log.positions_at(stage.reads, told + 1))
        return all(count <= written_since.get(one, 0) for one, count in behind.items())

    def _told(self, entry: LedgerEntry, step: str) -> int:
        """Give a time at which the contact's missing records had been written, in ms."""
        minutes: float = getattr(self._rules.deadlines, step)
        return _due(entry) - round(minutes * 60_000)


def _due(entry: LedgerEntry) -> int:
    return round(entry.due.timestamp() * 1000) if entry.due is not None else 0


def _newest(ticks: Iterable[bytes]) -> int:
    times = [0]
    for data in ticks:
        try:
            times.append(round(decode(data, Tick).now.timestamp() * 1000))
        except InvalidEvent:
            continue  # somebody else's record among ours: there will be another tick
    return max(times)


def _by_step(entries: Sequence[LedgerEntry]) -> list[tuple[str, list[LedgerEntry]]]:
    steps: dict[str, list[LedgerEntry]] = {}
    for entry in entries:
        steps.setdefault(entry.step or "", []).append(entry)
    return list(steps.items())
