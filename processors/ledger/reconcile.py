"""Compare what a source had with what came in: what is missing here, and what is missing there."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from processors.ledger.source_list import SourceContact, SourceDay
from schemas.base import Contract
from schemas.ledger import LedgerEntry

Callers = Callable[[LedgerEntry], Collection[str]]
"""Give the identifiers of those who took part in a contact."""
_WORDS = re.compile(r"[^\w.]+")


class MissingHere(Contract, frozen=True, kw_only=True):
    """A contact of the source that did not come in; `line` is that of its file, from 1."""

    line: int
    reference: str = ""
    at: datetime | None = None


class MissingThere(Contract, frozen=True, kw_only=True):
    """A contact that came in and that the source does not have."""

    interaction: str
    source: str | None = None
    reference: str | None = None
    at: datetime | None = None


class DayDifference(Contract, frozen=True, kw_only=True):
    """A day on which the source counts otherwise."""

    day: date
    source: int
    here: int


class Reconciliation(Contract, frozen=True, kw_only=True, omit_defaults=False):
    """What came of comparing; `unfinished` are here and not searchable."""

    matched: int = 0
    missing_here: tuple[MissingHere, ...] = ()
    missing_there: tuple[MissingThere, ...] = ()
    days: tuple[DayDifference, ...] = ()
    unfinished: tuple[MissingThere, ...] = ()

    @property
    def differs(self) -> bool:
        """Tell whether one has what the other has not."""
        return bool(self.missing_here or self.missing_there or self.days)


def reconcile(
    contacts: Sequence[SourceContact],
    entries: Sequence[LedgerEntry],
    callers: Callers,
    caller_of: Callable[[str], str | None],
    within: timedelta,
) -> Reconciliation:
    """Match contacts of the source with ours, each with one: by reference, else by caller and time.

    A reference also matches where ours holds it as a word, as the name of a recording does. By
    time the nearest is taken, at most `within` apart. `caller_of` makes an identifier of a number
    as the source writes it. Ours outside the source's period are left out.
    """
    pairs = _by_reference(contacts, entries)
    taken = set(pairs.values())
    rest = [one for one in contacts if one.line not in pairs]
    free = [one for one in entries if one.interaction not in taken and one.at is not None]
    if rest and free:
        pairs |= _by_caller(rest, free, callers, caller_of, within)
        taken = set(pairs.values())
    first, last = _period(contacts, within)
    return Reconciliation(
        matched=len(pairs),
        missing_here=tuple(
            MissingHere(line=one.line, reference=one.reference, at=one.at)
            for one in contacts
            if one.line not in pairs
        ),
        missing_there=tuple(
            _ours(one)
            for one in entries
            if one.interaction not in taken
            and (first is None or last is None or (one.at and first <= one.at <= last))
        ),
        unfinished=tuple(
            _ours(one) for one in entries if one.interaction in taken and one.state != "complete"
        ),
    )


def reconcile_days(days: Sequence[SourceDay], here: Mapping[date, int]) -> Reconciliation:
    """Compare counts per day."""
    differing = tuple(
        DayDifference(day=one.day, source=one.contacts, here=here.get(one.day, 0))
        for one in days
        if one.contacts != here.get(one.day, 0)
    )
    return Reconciliation(matched=len(days) - len(differing), days=differing)


def _by_reference(
    contacts: Sequence[SourceContact], entries: Sequence[LedgerEntry]
) -> dict[int, str]:
    known: dict[str, list[str]] = {}
    for entry in entries:
        if entry.reference:
            for name in {entry.reference, *_words(entry.reference)}:
                known.setdefault(name, []).append(entry.interaction)
    pairs: dict[int, str] = {}
    taken: set[str] = set()
    for one in contacts:
        free = [id for id in known.get(one.reference, ()) if id not in taken]
        if one.reference and free:
            pairs[one.line] = free[0]
            taken.add(free[0])
    return pairs


def _words(reference: str) -> Iterable[str]:
    """Give the words of a name such as `out-100-1231977075.0.wav`, with and without its ending."""
    for word in _WORDS.split(reference):
        yield word
        yield word.rpartition(".")[0]


def _by_caller(
    contacts: Sequence[SourceContact],
    entries: Sequence[LedgerEntry],
    callers: Callers,
    caller_of: Callable[[str], str | None],
    within: timedelta,
) -> dict[int, str]:
    by_caller: dict[str, list[LedgerEntry]] = {}
    for entry in entries:
        for identifier in callers(entry):
            by_caller.setdefault(identifier, []).append(entry)
    near = []
    for one in contacts:
        caller = caller_of(one.caller) if one.caller else None
        for entry in by_caller.get(caller, ()) if caller is not None else ():
            assert entry.at is not None
            if one.at is not None and abs(entry.at - one.at) <= within:
                near.append((abs(entry.at - one.at), one.line, entry.interaction))
    pairs: dict[int, str] = {}
    taken: set[str] = set()
    for _, line, interaction in sorted(near):
        if line not in pairs and interaction not in taken:
            pairs[line] = interaction
            taken.add(interaction)
    return pairs


def _period(
    contacts: Sequence[SourceContact], within: timedelta
) -> tuple[datetime | None, datetime | None]:
    times = [one.at for one in contacts if one.at is not None]
    return (min(times) - within, max(times) + within) if times else (None, None)


def _ours(entry: LedgerEntry) -> MissingThere:
    return MissingThere(
        interaction=entry.interaction, source=entry.source, reference=entry.reference, at=entry.at
    )
