"""How complete the contacts of some days are, in figures and in a sentence."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from schemas.base import Contract
from schemas.ledger import LedgerEntry, Step

EPOCH = date(1970, 1, 1).toordinal()
BEFORE: dict[str, tuple[str, ...]] = {
    Step.NORMALISED: (Step.RECEIVED,),
    Step.TRANSCRIBED: (Step.NORMALISED,),
    Step.TAGGED: (Step.TRANSCRIBED, Step.NORMALISED),
    Step.ASSEMBLED: (Step.TAGGED, Step.NORMALISED),
    Step.INDEXED: (Step.TAGGED,),
}
"""The step that each step follows: the first of these that a contact has passed."""
SEARCHABLE = "searchable"


class Tally(Contract, frozen=True, kw_only=True, omit_defaults=False):
    """Contacts of one UTC day and source: all that came in, and where they are now."""

    day: date
    source: str
    received: int = 0
    searchable: int = 0
    open: int = 0
    stuck: int = 0
    failed: int = 0
    rejected: int = 0


class Lag(Contract, frozen=True, kw_only=True, omit_defaults=False):
    """How long a step takes after the one before it, in seconds; `searchable`: after arrival."""

    step: str
    contacts: int
    p50_s: float
    p99_s: float


def day_number(day: date) -> int:
    """Count a day from 1970."""
    return day.toordinal() - EPOCH


def tallies(rows: Iterable[tuple[int, str, str, int]]) -> list[Tally]:
    """Tally counts per day (from 1970), source and state, newest day first."""
    counts: dict[tuple[int, str], Counter[str]] = {}
    for day, source, state, contacts in rows:
        counts.setdefault((day, source), Counter())[state] += contacts
    return [
        Tally(
            day=date.fromordinal(day + EPOCH),
            source=source,
            received=states.total(),
            searchable=states["complete"],
            open=states["open"],
            stuck=states["stuck"],
            failed=states["failed"],
            rejected=states["rejected"],
        )
        for (day, source), states in sorted(counts.items(), key=lambda one: (-one[0][0], one[0][1]))
    ]


def percent(part: int, whole: int) -> str:
    """Write a share with two decimals, rounded down: what is not complete never reads 100 %."""
    if part >= whole:
        return "100 %"
    return f"{math.floor(10_000 * part / whole) / 100:.2f} %"


def sentence(tallied: Sequence[Tally], unfinished: Sequence[LedgerEntry], when: str) -> str:
    """Say how many contacts are searchable, and why the others are not.

    `when` says whose they are: `yesterday's`. `unfinished` are the others, or the first of them.
    """
    received = sum(one.received for one in tallied)
    searchable = sum(one.searchable for one in tallied)
    if not received:
        return f"None of {when} contacts are accounted for."
    share = percent(searchable, received)
    if searchable == received:
        return f"{share} of {when} {received:,} contacts are searchable."
    rest = received - searchable
    why = Counter(reason_of(entry) for entry in unfinished)
    told = ", ".join(f"{count:,} {reason}" for reason, count in why.most_common())
    if sum(why.values()) < rest:
        told += ", and more"
    verb = "is" if rest == 1 else "are"
    return f"{share} of {when} {received:,} contacts are searchable; {rest:,} {verb} not: {told}."


def reason_of(entry: LedgerEntry) -> str:
    """Say why a contact is not searchable."""
    if entry.reasons:
        return f"{entry.state} ({', '.join(entry.reasons)})"
    if entry.stuck:
        return f"stuck, not {entry.stuck[0]}"
    return f"not {entry.step} yet" if entry.step else entry.state


def lags(entries: Iterable[LedgerEntry]) -> list[Lag]:
    """Measure how long each step took, over contacts that are complete."""
    found: dict[str, list[float]] = {}
    for entry in entries:
        if entry.state != "complete":
            continue
        for step, before in BEFORE.items():
            earlier = next((entry.times[one] for one in before if one in entry.times), None)
            _note(found, step, earlier, entry.times.get(step))
        ended = max(entry.times.values(), default=None)
        _note(found, SEARCHABLE, entry.times.get(Step.RECEIVED), ended)
    return [
        Lag(step=step, contacts=len(s), p50_s=_quantile(s, 0.5), p99_s=_quantile(s, 0.99))
        for step, s in ((step, sorted(found.get(step, ()))) for step in (*BEFORE, SEARCHABLE))
        if s
    ]


def _note(
    found: dict[str, list[float]], step: str, earlier: datetime | None, later: datetime | None
) -> None:
    if earlier is not None and later is not None:
        # A step may be through with its last item before the one before it has told of its own.
        found.setdefault(step, []).append(max(0.0, (later - earlier).total_seconds()))


def _quantile(ordered: Sequence[float], share: float) -> float:
    """Give the smallest value that at least this share of them do not exceed."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
