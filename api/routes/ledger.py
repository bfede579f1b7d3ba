"""The ledger of completeness: its pages, how days stand, and one account."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import islice
from typing import Annotated

from msgspec import Meta

from api.routes.desk import Desk
from api.routes.lists import ListQuery
from api.routes.operation import OfTenant, Operation, reading
from infra.standing import Standing, standing_of
from schemas.base import Contract
from schemas.ledger import LedgerEntry, State


class LedgerQuery(ListQuery, frozen=True, kw_only=True):
    """Which part of the ledger."""

    state: Annotated[State | None, Meta(description="Only this state.")] = None
    after: Annotated[
        Annotated[str, Meta(max_length=64)] | None, Meta(description="`next` of the page before.")
    ] = None


class StandingQuery(OfTenant, frozen=True, kw_only=True):
    """Which days."""

    days: Annotated[int, Meta(ge=1, le=3660, description="How many days.")] = 7
    until: Annotated[
        date | None, Meta(description="The last of them; the newest that has contacts by default.")
    ] = None


class LedgerPage(Contract, frozen=True, kw_only=True, omit_defaults=False):
    """A page of the ledger in order of interactions; `next` is null on the last one."""

    entries: list[LedgerEntry]
    next: str | None


def entries(desk: Desk, query: LedgerQuery, _: dict[str, str]) -> LedgerPage:
    """Read a page of the ledger; memory use does not grow with the ledger."""
    views, after = desk.services.lookup().views, query.after or ""
    complete = query.state in (None, "complete")
    read = views.ledger(query.tenant, after) if complete else views.unfinished(query.tenant, after)
    found = list(islice(_of_state(read, query), query.limit + 1))
    page = found[: query.limit]
    return LedgerPage(entries=page, next=page[-1].interaction if len(found) > query.limit else None)


def standing(desk: Desk, query: StandingQuery, _: dict[str, str]) -> Standing:
    """Say how contacts of some days stand."""
    services = desk.services
    views, today = services.lookup().views, services.now().date()
    return standing_of(views, query.tenant, query.days, query.until, today)


def account(desk: Desk, query: OfTenant, path: dict[str, str]) -> LedgerEntry | None:
    """Read the account of one contact."""
    return desk.services.lookup().views.account(query.tenant, path["interaction"])


def _of_state(found: Iterable[LedgerEntry], query: LedgerQuery) -> Iterable[LedgerEntry]:
    return (entry for entry in found if query.state in (None, entry.state))


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/ledger",
        about="Read the account of every contact: complete, open, stuck, failed or rejected.",
        handle=reading(entries, LedgerQuery),
        query=LedgerQuery,
        gives=LedgerPage,
        problems=(422,),
    ),
    Operation(
        method="GET",
        path="/v1/ledger/standing",
        about="Count contacts per day and source, measure lags, and say what is not searchable.",
        handle=reading(standing, StandingQuery),
        query=StandingQuery,
        gives=Standing,
        problems=(422,),
    ),
    Operation(
        method="GET",
        path="/v1/ledger/{interaction}",
        about="Read the account of one contact.",
        handle=reading(account, OfTenant, "the ledger has no such contact"),
        gives=LedgerEntry,
        problems=(404, 422),
    ),
)
