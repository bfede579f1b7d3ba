"""How contacts stand: figures of some days, lags, the sentence, and what is not searchable."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import islice

from infra.store.base import Views
from processors.ledger.completeness import Lag, Tally, day_number, lags, sentence, tallies
from schemas.base import Contract
from schemas.ledger import LedgerEntry

MOST_UNFINISHED = 500
MOST_LOOKED_AT = 10_000
MEASURED = 2_000
"""Contacts over which lags are measured: the newest of these days."""
STATES = ("stuck", "failed", "rejected", "open")


class Standing(Contract, frozen=True, kw_only=True, omit_defaults=False):
    """How contacts stand. `days` are newest first.

    `unfinished` are the contacts that are not searchable, the stuck ones first: of these days where
    their last was asked for, else of all. `more` counts those that are left out, up to 10,000.
    """

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
    if until is None:
        waiting = (entry for entry in views.unfinished(tenant) if entry.counts)
        found = list(islice(waiting, MOST_LOOKED_AT))
        found.sort(key=lambda entry: STATES.index(entry.state))
    else:
        found = unfinished_of(views, tenant, first, last, MOST_LOOKED_AT)
    told, whose = _about(tallied, today - timedelta(days=1))
    numbers = [day_number(one.day) for one in told]
    of_those = unfinished_of(views, tenant, min(numbers), max(numbers)) if numbers else []
    return Standing(
        sentence=sentence(told, of_those, whose),
        days=tuple(tallied),
        lags=tuple(lags(views.ledger_of(tenant, first, last, "complete", MEASURED))),
        unfinished=tuple(found[:MOST_UNFINISHED]),
        more=max(0, len(found) - MOST_UNFINISHED),
    )


def unfinished_of(
    views: Views, tenant: str, first: int, last: int, most: int = MOST_UNFINISHED
) -> list[LedgerEntry]:
    """List what is not searchable of some days (from 1970), the stuck ones first."""
    found: list[LedgerEntry] = []
    for state in STATES:
        found += views.ledger_of(tenant, first, last, state, most - len(found))
    return found


def _about(tallied: list[Tally], yesterday: date) -> tuple[list[Tally], str]:
    of_yesterday = [one for one in tallied if one.day == yesterday]
    if of_yesterday:
        return of_yesterday, "yesterday's"
    if not tallied:
        return [], "the"
    first, last = tallied[-1].day, tallied[0].day
    return tallied, f"{last}'s" if first == last else f"{first} to {last}'s"
