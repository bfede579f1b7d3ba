"""How the contacts of some days stand: figures, lags and the sentence, for every reader."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import islice

from infra.store.base import Views
from processors.ledger.completeness import (
    Lag,
    Tally,
    day_number,
    lags,
    sentence,
    tallies,
)
from schemas.base import Contract
from schemas.ledger import LedgerEntry

MOST_UNFINISHED = 500
MEASURED = 2_000
"""Contacts over which lags are measured: the newest of these days."""
STATES = ("stuck", "failed", "rejected", "open")


class Standing(Contract, frozen=True, kw_only=True, omit_defaults=False):
    """How contacts stand, newest day first; `more` counts the unfinished that are not listed."""

    sentence: str
    days: tuple[Tally, ...]
    lags: tuple[Lag, ...]
    unfinished: tuple[LedgerEntry, ...]
    more: int


def standing_of(views: Views, tenant: str, days: int, until: date | None, today: date) -> Standing:
    """Say how the contacts of some days stand, the last of them `until`, else the newest.

    The sentence is about yesterday, where the days have it, else about all of them.
    """
    newest = views.newest_day(tenant) if until is None else day_number(until)
    last = day_number(today) if newest is None else newest
    first = last - days + 1
    tallied = tallies(views.ledger_days(tenant, first, last))
    unfinished = [
        entry
        for state in STATES
        for entry in views.ledger_of(tenant, first, last, state, MOST_UNFINISHED)
    ][:MOST_UNFINISHED]
    told, whose, of_those = _about(views, tenant, tallied, today - timedelta(days=1))
    measured = islice(views.ledger_of(tenant, first, last, "complete", MEASURED), MEASURED)
    waiting = sum(one.received - one.searchable for one in tallied)
    return Standing(
        sentence=sentence(told, unfinished if of_those is None else of_those, whose),
        days=tuple(tallied),
        lags=tuple(lags(measured)),
        unfinished=tuple(unfinished),
        more=max(0, waiting - len(unfinished)),
    )


def _about(
    views: Views, tenant: str, tallied: list[Tally], yesterday: date
) -> tuple[list[Tally], str, list[LedgerEntry] | None]:
    of_yesterday = [one for one in tallied if one.day == yesterday]
    if of_yesterday:
        number = day_number(yesterday)
        entries = [
            entry
            for state in STATES
            for entry in views.ledger_of(tenant, number, number, state, MOST_UNFINISHED)
        ]
        return of_yesterday, "yesterday's", entries
    if not tallied:
        return [], "the", None
    first, last = tallied[-1].day, tallied[0].day
    whose = f"{last.isoformat()}'s" if first == last else f"{first} to {last}'s"
    return tallied, whose, None
