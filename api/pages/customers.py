"""Customers: find one, see who was in contact lately, and why somebody is one person."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.pages.frame import Page, customers_of, missing, tenant_of
from api.pages.why import STRENGTHS, Chain, chain_of, why
from infra.customer_history import NAMED_IN
from infra.identity_desk import IdentityDesk
from infra.lookup import Lookup
from processors.customer_card import name_of
from schemas.errors import InvalidEvent
from schemas.identity import Customer
from schemas.interaction import Interaction

RECENT = 60


class CustomerPages(Page):
    """The pages `/customers` and `/customers/{identifier}/why`."""

    def index(self, request: Request) -> Response:
        """Answer `/customers?who=`: go to the customer, or list who was in contact lately."""
        tenant = tenant_of(request)
        who = request.query_params.get("who", "").strip()
        if who and self.lookup.customer(tenant, who) is not None:
            return RedirectResponse(f"/customers/{quote(who, safe=':@+')}", 303)
        recent = _recent(self.lookup, tenant, self.services.now())
        status = 404 if who else 200
        return self.render(request, "customers.html", status=status, who=who, recent=recent)

    def why(self, request: Request) -> Response:
        """Answer `/customers/{identifier}/why?a=&b=`: the panel that explains the customer."""
        tenant, who = tenant_of(request), request.path_params["identifier"]
        customer = self.lookup.customer(tenant, who)
        if customer is None:
            return missing(request, f"Nobody is known as {who}.", "The customer may have changed.")
        a, b = (request.query_params.get(name, "").strip() for name in "ab")
        near = self.services.nearby(tenant, customer.identifiers)
        chain, fault = self._chain(tenant, a, b) if a and b else (None, "")
        return self.render(
            request,
            "_why.html",
            customer=customer,
            who=who,
            why=why(customer, near, self.services.identity),
            chain=chain,
            fault=fault,
            strengths=STRENGTHS,
            a=a,
            b=b,
        )

    def _chain(self, tenant: str, a: str, b: str) -> tuple[Chain | None, str]:
        """Explain two identifiers or customers, or say what cannot be read."""
        services = self.services
        company = services.company(tenant)
        desk = IdentityDesk(tenant, self.lookup, services.nearby, company, services.identity)
        try:
            return chain_of(desk.explain(a, b)), ""
        except InvalidEvent as error:
            return None, error.detail


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
