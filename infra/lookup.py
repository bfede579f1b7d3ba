"""What people look up: a customer by anything they are known by, a timeline, a search."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from msgspec.structs import replace

from infra.search.base import Search, SearchRequest
from infra.store.base import EVERYTHING, Cursor, Only, Views
from infra.store.view import milliseconds
from processors.customer_facts import seen_by
from processors.identity.identifiers import normalise_identifier
from processors.moments import second_of
from processors.normalise.result import Company
from processors.query import parse, split_scope
from processors.query.ast import Between
from schemas.errors import InvalidEvent
from schemas.identity import Customer
from schemas.interaction import Interaction
from schemas.search import Hit, Order, SearchPage

_CUSTOMER_ID = re.compile(r"c_[0-9a-f]{16}")
GUESSED_TYPES = ("email", "phone", "handle", "crm", "account")


class TimelinePage(NamedTuple):
    """A page of a timeline, newest first; `next` continues it.

    `seen_at` is when the reader last looked; `new` are those of the page that went on since.
    """

    customer: Customer
    interactions: list[Interaction]
    next: str | None
    seen_at: datetime | None = None
    new: tuple[str, ...] = ()


class Lookup:
    """Answers readers, from any thread."""

    def __init__(self, views: Views, search: Search, companies: dict[str, Company]) -> None:
        self.views = views
        self._search = search
        self._companies = companies

    def customer(self, tenant: str, text: str) -> Customer | None:
        """Find a customer by id, former id or identifier; `type:` may be left out.

        The revision, which only orders writes, is left out: what was undone leaves no trace.
        """
        region = self._companies.get(tenant, Company()).region
        candidates = [text, normalise_identifier(text, region)]
        candidates += [normalise_identifier(f"{type}:{text}", region) for type in GUESSED_TYPES]
        for candidate in dict.fromkeys(filter(None, candidates)):
            found = self.views.customer(tenant, candidate)
            if found is not None:
                return replace(found, revision=0)
        return None

    def present_id(self, tenant: str, text: str) -> str | None:
        """Tell the id that a customer has now, where the text is an id that it had before."""
        if _CUSTOMER_ID.fullmatch(text) is None:
            return None
        found = self.views.customer(tenant, text)
        return found.id if found is not None and found.id != text else None

    def timeline(
        self,
        tenant: str,
        text: str,
        after: str | None,
        limit: int,
        *,
        only: Only = EVERYTHING,
        until: datetime | None = None,
        reader: str | None = None,
    ) -> TimelinePage | None:
        """Read a page of a customer's timeline through the identifiers they have now.

        Without `after` it begins with the newest contact that started before `until`. What is new
        for a `reader` is told only where that reader has looked before.

        Raises:
            InvalidEvent: `invalid_cursor`.
        """
        customer = self.customer(tenant, text)
        if customer is None:
            return None
        cursor = _read_cursor(after)
        if cursor is None and until is not None:
            cursor = Cursor(milliseconds(until), "")
        found = self.views.timeline(tenant, customer.held, cursor, limit + 1, only)
        page = found[:limit]
        more = _cursor(page[-1]) if len(found) > limit else None
        seen_at = self.seen_at(customer, reader) if reader else None
        new = tuple(one.id for one in page if seen_at is not None and one.ended_at > seen_at)
        return TimelinePage(customer, page, more, seen_at, new)

    def seen_at(self, customer: Customer, reader: str) -> datetime | None:
        """Tell when somebody last looked at a customer's timeline."""
        return seen_by(self.views.customer_facts(customer.tenant, customer.held), reader)

    def search(
        self,
        tenant: str,
        text: str,
        *,
        now: datetime,
        order: Order = Order.NEWEST,
        limit: int = 20,
        after: str | None = None,
    ) -> SearchPage:
        """Search utterances; `customer:` follows the identifiers that the customer has now.

        A hit in a call starts at the second in which the first of the found words was said.

        Raises:
            QueryError: the query cannot be read; it points at the character.
            InvalidEvent: `invalid_cursor`, `invalid_limit`.
        """
        scope = split_scope(parse(text, now))
        interactions: frozenset[str] | None = None
        for name in scope.customers:
            customer = self.customer(tenant, name)
            ids = customer.held if customer else ()
            found = self.views.interactions_of(tenant, ids)
            interactions = found if interactions is None else interactions & found
        if scope.durations:
            interactions = self._lasting(tenant, scope.durations, interactions)
        request = SearchRequest(tenant, scope.rest, order, limit, after, interactions)
        page = self._search.search(request)
        return replace(page, hits=tuple(self._placed(tenant, hit) for hit in page.hits))

    def _placed(self, tenant: str, hit: Hit) -> Hit:
        if hit.start_s is None or not hit.highlights:
            return hit
        found = self.views.utterance(tenant, hit.interaction, hit.utterance)
        if found is None:
            return hit
        return replace(hit, start_s=second_of(found.utterance, hit.highlights[0][0]))

    def _lasting(
        self, tenant: str, durations: Sequence[Between], among: frozenset[str] | None
    ) -> frozenset[str]:
        return frozenset(
            id
            for id, seconds in self.views.durations(tenant)
            if (among is None or id in among) and all(d.holds(seconds) for d in durations)
        )


def _cursor(last: Interaction) -> str:
    return f"{round(last.started_at.timestamp() * 1000)}.{last.id}"


def _read_cursor(text: str | None) -> Cursor | None:
    if text is None:
        return None
    found = re.fullmatch(r"(-?[0-9]{1,15})\.([0-9a-f]+)", text)
    if found is None:
        raise InvalidEvent("invalid_cursor", "this is no cursor of a timeline", field="after")
    return Cursor(int(found[1]), found[2])
