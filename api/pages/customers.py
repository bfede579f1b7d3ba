"""Customers: find one, read the timeline, see why it is one person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.pages.frame import Page, customers_of, missing, tenant_of
from api.pages.why import STRENGTHS, why
from api.pages.wording import Identifier, identifier
from infra.lookup import Lookup, TimelinePage
from schemas.events import COMPANY_SIDE, Channel
from schemas.identity import Customer
from schemas.interaction import Interaction

PAGE = 20
CARD = 1000
"""The card counts at most so many of the newest interactions, and says so when there are more."""
RECENT = 60
NAMED_IN = 10
"""A name is looked for in so many of the newest contacts: text messages often carry none."""


class Entry(NamedTuple):
    """An interaction on a timeline; `head` is true where a new day begins."""

    interaction: Interaction
    head: bool


class Card(NamedTuple):
    """What is known of a customer at a glance."""

    name: str | None
    identifiers: list[tuple[str, list[Identifier]]]
    first: datetime | None
    last: datetime | None
    channels: list[tuple[str, int]]
    score: float | None
    risk: Interaction | None
    is_cut: bool


class CustomerPages(Page):
    """The pages `/customers`, `/customers/{identifier}` and `/customers/{identifier}/why`."""

    def index(self, request: Request) -> Response:
        """Answer `/customers?who=`: go to the customer, or list who was in contact lately."""
        tenant = tenant_of(request)
        who = request.query_params.get("who", "").strip()
        if who and self.lookup.customer(tenant, who) is not None:
            return RedirectResponse(f"/customers/{quote(who, safe=':@+')}", 303)
        recent = _recent(self.lookup, tenant, self.services.now())
        status = 404 if who else 200
        return self.render(request, "customers.html", status=status, who=who, recent=recent)

    def timeline(self, request: Request) -> Response:
        """Answer `/customers/{identifier}?channel=&after=`; `part=entries` gives only entries."""
        tenant, who = tenant_of(request), request.path_params["identifier"]
        channel = request.query_params.get("channel", "")
        page = _filtered(self.lookup, tenant, who, channel, request.query_params.get("after"))
        if page is None:
            return missing(
                request,
                f"Nobody is known as {who}.",
                "Try a phone number, an email address, a handle or a CRM id.",
            )
        entries = _entries(page.interactions, request.query_params.get("day"))
        context: dict[str, Any] = {
            "who": who,
            "customer": page.customer,
            "only": channel,
            "entries": entries,
            "more": _more(who, channel, page),
        }
        if request.query_params.get("part") == "entries":
            return self.render(request, "_entries.html", **context)
        found = self.lookup.views.timeline(tenant, page.customer.held, None, CARD + 1)
        return self.render(request, "timeline.html", card=_card(page.customer, found), **context)

    def why(self, request: Request) -> Response:
        """Answer `/customers/{identifier}/why?a=&b=`: the panel that explains the customer."""
        tenant, who = tenant_of(request), request.path_params["identifier"]
        customer = self.lookup.customer(tenant, who)
        if customer is None:
            return missing(request, f"Nobody is known as {who}.", "The customer may have changed.")
        a, b = (request.query_params.get(name, "") for name in "ab")
        answer = why(customer, self.services.evidence(tenant), (a, b) if a and b else None)
        return self.render(
            request,
            "_why.html",
            customer=customer,
            who=who,
            why=answer,
            strengths=STRENGTHS,
            a=a,
            b=b,
        )


def _filtered(
    lookup: Lookup, tenant: str, who: str, channel: str, after: str | None
) -> TimelinePage | None:
    """Read on until a page is full of the wanted channel, or the timeline ends."""
    found: list[Interaction] = []
    while True:
        page = lookup.timeline(tenant, who, after, PAGE)
        if page is None:
            return None
        found += [one for one in page.interactions if channel in ("", one.channel)]
        if page.next is None or len(found) >= PAGE:
            return page._replace(interactions=found)
        after = page.next


def _entries(interactions: Sequence[Interaction], last_day: str | None) -> list[Entry]:
    out = []
    for one in interactions:
        day = one.started_at.date().isoformat()
        out.append(Entry(one, day != last_day))
        last_day = day
    return out


def _more(who: str, channel: str, page: TimelinePage) -> str | None:
    if page.next is None:
        return None
    last = page.interactions[-1].started_at.date().isoformat() if page.interactions else ""
    query = {"channel": channel, "after": page.next, "day": last, "part": "entries"}
    return f"/customers/{quote(who, safe=':@+')}?{urlencode(query)}"


def _card(customer: Customer, interactions: Sequence[Interaction]) -> Card:
    newest = interactions[:CARD]
    by_type: dict[str, list[Identifier]] = {}
    for one in sorted(map(identifier, customer.identifiers), key=lambda i: (i.label, i.value)):
        by_type.setdefault(one.label, []).append(one)
    counts = Counter(one.channel for one in newest)
    scores = [one.sentiment.score for one in newest if one.sentiment]
    risky = [one for one in newest if one.churn_risk is not None]
    return Card(
        name=name_of(customer, newest),
        identifiers=list(by_type.items()),
        first=newest[-1].started_at if newest else None,
        last=newest[0].started_at if newest else None,
        channels=[(c.value, counts[c]) for c in Channel if counts[c]],
        score=round(sum(scores) / len(scores), 3) if scores else None,
        risk=max(risky, key=lambda one: one.churn_risk or 0.0, default=None),
        is_cut=len(interactions) > CARD,
    )


def name_of(customer: Customer, interactions: Sequence[Interaction]) -> str | None:
    """Find the newest name that was given together with one of the customer's identifiers.

    A single identifier under several names is a line that people share: it has no name.
    """
    mine = set(customer.identifiers)
    names = {
        party.name: None
        for interaction in interactions
        for party in interaction.parties
        if party.name and party.role not in COMPANY_SIDE and mine & set(party.identifiers)
    }
    return None if len(names) > 1 and len(mine) == 1 else next(iter(names), None)


def _recent(
    lookup: Lookup, tenant: str, now: datetime
) -> list[tuple[Customer, str | None, Interaction]]:
    """List the customers of the newest utterances, each with the interaction it is from."""
    hits = lookup.search(tenant, "speaker:customer", now=now, limit=RECENT).hits
    found: dict[str, tuple[Customer, str | None, Interaction]] = {}
    for id in dict.fromkeys(hit.interaction for hit in hits):
        interaction = lookup.views.interaction(tenant, id)
        if interaction is None:
            continue
        for customer in customers_of(lookup, interaction):
            if customer.id not in found:
                newest = lookup.views.timeline(tenant, customer.held, None, NAMED_IN)
                found[customer.id] = (customer, name_of(customer, newest), interaction)
    return list(found.values())
