"""All that the ledger was told about one contact, as sets: order and repetition do not matter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from schemas.base import Contract
from schemas.ledger import DeadLetter, Receipt, Reminder, Step

BITS = {step.value: 1 << number for number, step in enumerate(Step)}
"""Which bit of an item says that a step has handed it in."""


class Refusal(Contract, frozen=True, kw_only=True):
    """Why an item was refused, and when, in ms since 1970 UTC: more than once after retries."""

    stage: str
    reason: str
    error: str = ""
    item: str = ""
    times: tuple[int, ...] = ()


class Account(Contract, frozen=True, kw_only=True):
    """What was told of one contact. Times are those of the log, in ms since 1970 UTC.

    `items` says by bits which steps have handed an item in, `when` when a step last handed in a new
    one. `owed` holds, per step, what is awaited and not there, and since when.
    """

    tenant: str
    interaction: str
    source: str | None = None
    channel: str | None = None
    reference: str | None = None
    at: datetime | None = None
    counts: bool | None = None
    since: int | None = None
    items: dict[str, int] = {}
    when: dict[str, int] = {}
    owed: dict[str, dict[str, int]] = {}
    refusals: dict[str, Refusal] = {}
    retries: dict[str, tuple[int, ...]] = {}
    reminded: tuple[int, ...] = ()
    redriven: tuple[int, ...] = ()

    @property
    def revision(self) -> int:
        """Count what was told: it grows with everything that says something new."""
        # What is owed turns into something done, and must count less than that.
        alike = Counter(self.items.values())
        done = sum(bits.bit_count() * number for bits, number in alike.items())
        owed = sum(len(items) for items in self.owed.values())
        refused = sum(len(one.times) for one in self.refusals.values())
        retried = sum(len(times) for times in self.retries.values())
        return 2 * done + owed + refused + retried + len(self.reminded) + len(self.redriven)

    def inputs(self) -> frozenset[str]:
        """Name the inputs that the contact came in with."""
        told = BITS[Step.RECEIVED] | BITS[Step.NORMALISED]
        return frozenset(
            [item for item, bits in self.items.items() if bits & told]
            + list(self.owed.get(Step.NORMALISED, ()))
        )


class Happening(NamedTuple):
    """Something that the ledger was told, and when, in ms since 1970 UTC by the log."""

    at: int
    value: Receipt | DeadLetter | Reminder


def post(account: Account, happenings: Sequence[Happening]) -> Account:
    """Add what was told to an account."""
    draft = _Draft(account)
    for at, value in happenings:
        if isinstance(value, Receipt):
            draft.hand_in(at, value)
        elif isinstance(value, DeadLetter):
            draft.refuse(at, value)
        else:
            draft.remind(value)
    return draft.finished()


class _Draft:
    def __init__(self, account: Account) -> None:
        self._account = account
        self._items, self._when = dict(account.items), dict(account.when)
        self._owed = {step: dict(items) for step, items in account.owed.items()}
        self._refusals, self._retries = dict(account.refusals), dict(account.retries)
        self._reminded, self._redriven = set(account.reminded), set(account.redriven)
        self._counts, self._at, self._since = account.counts, account.at, account.since
        self._source, self._channel = account.source, account.channel
        self._reference = account.reference

    def hand_in(self, at: int, receipt: Receipt) -> None:
        self._seen(at)
        self._do(at, receipt.step, receipt.items)
        for step, items in receipt.awaits.items():
            bit, owed = BITS.get(step, 0), self._owed.setdefault(step, {})
            for item in items:
                if not self._items.get(item, 0) & bit:
                    owed[item] = min(at, owed.get(item, at))
        for letter in receipt.settles:
            self._retries[letter] = _with(self._retries.get(letter, ()), at)
        self._source = _least(self._source, receipt.source)
        self._channel = _least(self._channel, receipt.channel)
        self._reference = _least(self._reference, receipt.reference)
        if receipt.at is not None and (self._at is None or receipt.at < self._at):
            self._at = receipt.at
        if receipt.counts is not None:
            self._counts = receipt.counts or bool(self._counts)

    def _do(self, at: int, step: str, items: Sequence[str]) -> None:
        bit, owed, new = BITS[step], self._owed.get(step, {}), False
        for item in items:
            bits = self._items.get(item, 0)
            if not bits & bit:
                self._items[item] = bits | bit
                owed.pop(item, None)
                new = True
        if new:
            self._when[str(step)] = max(at, self._when.get(step, at))

    def refuse(self, at: int, letter: DeadLetter) -> None:
        self._seen(at)
        held = self._refusals.get(letter.id)
        told = (at, letter.stage, letter.reason, letter.error, letter.record)
        if held is not None:
            # The last word counts, and of two at one time always the same.
            told = max(told, (held.times[-1], held.stage, held.reason, held.error, held.item))
        self._refusals[letter.id] = Refusal(
            stage=told[1],
            reason=told[2],
            error=told[3],
            item=told[4],
            times=_with(held.times if held else (), at),
        )

    def remind(self, reminder: Reminder) -> None:
        now = round(reminder.now.timestamp() * 1000)
        self._reminded.add(now)
        if reminder.redriven:
            self._redriven.add(now)

    def finished(self) -> Account:
        before = self._account
        return Account(
            tenant=before.tenant,
            interaction=before.interaction,
            source=self._source,
            channel=self._channel,
            reference=self._reference,
            at=self._at,
            counts=self._counts,
            since=self._since,
            items=self._items,
            when=self._when,
            owed={step: items for step, items in self._owed.items() if items},
            refusals=self._refusals,
            retries=self._retries,
            reminded=tuple(sorted(self._reminded)),
            redriven=tuple(sorted(self._redriven)),
        )

    def _seen(self, at: int) -> None:
        self._since = at if self._since is None else min(at, self._since)


def _with(times: tuple[int, ...], at: int) -> tuple[int, ...]:
    return times if at in times else tuple(sorted((*times, at)))


def _least(one: str | None, other: str | None) -> str | None:
    if one is None or other is None:
        return one if other is None else other
    return min(one, other)
