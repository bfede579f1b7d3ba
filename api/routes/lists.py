"""Search, alerts, and what could not be processed."""

from __future__ import annotations

from itertools import islice
from typing import Annotated

from msgspec import Meta

from api.routes.desk import Desk
from api.routes.operation import OfTenant, Operation, reading
from schemas.alert import Alert
from schemas.base import Contract
from schemas.ledger import DeadLetter
from schemas.search import Order, SearchPage

MOST_DEAD_LETTERS = 10_000


class SearchQuery(OfTenant, frozen=True, kw_only=True):
    """What to search for."""

    q: Annotated[str, Meta(max_length=4096, description="The query, in the query language.")]
    order: Annotated[Order, Meta(description="By time, or by how well they match.")] = Order.NEWEST
    limit: Annotated[int, Meta(ge=1, le=1000, description="Hits on a page.")] = 20
    after: Annotated[
        Annotated[str, Meta(max_length=64)] | None, Meta(description="`next` of the page before.")
    ] = None


class ListQuery(OfTenant, frozen=True, kw_only=True):
    """How many."""

    limit: Annotated[int, Meta(ge=1, le=1000, description="Entries on a page.")] = 100


class Alerts(Contract, frozen=True, kw_only=True, omit_defaults=False):
    """Alerts, newest first."""

    alerts: list[Alert]


class DeadLetterLine(Contract, frozen=True, kw_only=True):
    """A dead letter without its bytes, `size` of them, which may not be redacted yet."""

    id: str
    interaction: str | None
    stage: str
    topic: str
    offset: int
    reason: str
    error: str
    attempt: int
    name: str | None
    size: int


class DeadLetters(Contract, frozen=True, kw_only=True, omit_defaults=False):
    """Dead letters in order of their ids."""

    dead_letters: list[DeadLetterLine]


def search(desk: Desk, query: SearchQuery, _: dict[str, str]) -> SearchPage:
    """Search utterances."""
    services = desk.services
    return services.lookup().search(
        query.tenant,
        query.q,
        now=services.now(),
        order=query.order,
        limit=query.limit,
        after=query.after,
    )


def alerts(desk: Desk, query: ListQuery, _: dict[str, str]) -> Alerts:
    """List alerts."""
    return Alerts(alerts=desk.services.lookup().views.alerts(query.tenant, query.limit))


def alert(desk: Desk, query: OfTenant, path: dict[str, str]) -> Alert | None:
    """Read an alert."""
    return desk.services.lookup().views.alert(query.tenant, path["id"])


def dead_letters(desk: Desk, query: ListQuery, _: dict[str, str]) -> DeadLetters:
    """List a tenant's dead letters; those of no known tenant are the default tenant's."""
    every = desk.services.lookup().views.dead_letters(MOST_DEAD_LETTERS)
    own = (one for one in every if (one.tenant or "default") == query.tenant)
    return DeadLetters(dead_letters=[_line(one) for one in islice(own, query.limit)])


def _line(letter: DeadLetter) -> DeadLetterLine:
    return DeadLetterLine(
        id=letter.id,
        interaction=letter.interaction,
        stage=letter.stage,
        topic=letter.topic,
        offset=letter.offset,
        reason=letter.reason,
        error=letter.error,
        attempt=letter.attempt,
        name=letter.name,
        size=len(letter.data),
    )


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/search",
        about="Search every word ever said or written.",
        handle=reading(search, SearchQuery),
        query=SearchQuery,
        gives=SearchPage,
        problems=(400, 422),
    ),
    Operation(
        method="GET",
        path="/v1/alerts",
        about="List alerts, newest first.",
        handle=reading(alerts, ListQuery),
        query=ListQuery,
        gives=Alerts,
        problems=(422,),
    ),
    Operation(
        method="GET",
        path="/v1/alerts/{id}",
        about="Read an alert with its evidence.",
        handle=reading(alert, OfTenant, "there is no such alert"),
        gives=Alert,
        problems=(404, 422),
    ),
    Operation(
        method="GET",
        path="/v1/dead-letters",
        about="List what could not be processed, without its content.",
        handle=reading(dead_letters, ListQuery),
        query=ListQuery,
        gives=DeadLetters,
        problems=(422,),
    ),
)
