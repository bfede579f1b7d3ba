"""The frame of every page: templates, whose data a page shows, and the answer to a request."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.pages.wording import FILTERS
from api.routes.former import address_under
from api.services import Services
from infra.lookup import Lookup
from infra.store.view import milliseconds
from schemas.events import COMPANY_SIDE
from schemas.identity import Customer
from schemas.interaction import Interaction

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent.parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters.update(FILTERS)
# The charts list channels in the order in which they are given.
_TEMPLATES.policies["json.dumps_kwargs"] = {"sort_keys": False}
# An identifier holds colons, and slashes for some types: all of it is one step of a path.
_TEMPLATES.filters["step"] = lambda text: quote(text, safe=":@+")

DEFAULT_TENANT = "default"
TENANT_COOKIE = "threadline-tenant"


def render(request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """Fill a template; every value is escaped on its way in.

    Templates also get `path`, `tenant` and `of_tenant`, the query that calls of the API need.
    """
    tenant = tenant_of(request)
    of_tenant = "" if tenant == DEFAULT_TENANT else f"?{urlencode({'tenant': tenant})}"
    text = _TEMPLATES.get_template(template).render(
        path=request.url.path, tenant=tenant, of_tenant=of_tenant, **context
    )
    answer = HTMLResponse(text, status_code=status)
    if "tenant" in request.query_params:
        answer.set_cookie(TENANT_COOKIE, quote(tenant), httponly=True, samesite="lax")
    return answer


def tenant_of(request: Request) -> str:
    """Tell whose data is asked for: the address says, and a cookie keeps it for the next page."""
    kept = unquote(request.cookies.get(TENANT_COOKIE, ""))
    return request.query_params.get("tenant") or kept or DEFAULT_TENANT


def missing(request: Request, what: str, advice: str) -> HTMLResponse:
    """Answer 404 in words."""
    return render(request, "missing.html", status=404, what=what, advice=advice)


def led_on(
    answer: Callable[[Request], Response], services: Services
) -> Callable[[Request], Response]:
    """Send whoever comes with a former customer id to the present one, for now (302)."""

    def answer_present(request: Request) -> Response:
        asked = request.path_params["identifier"]
        present = services.lookup().present_id(tenant_of(request), asked)
        if present is None:
            return answer(request)
        return RedirectResponse(address_under(request, asked, present), 302)

    return answer_present


class Page:
    """What the pages of one console share: services, and the reader of the thread they run in."""

    def __init__(self, services: Services) -> None:
        self.services = services

    @property
    def lookup(self) -> Lookup:
        """Give this thread's reader."""
        return self.services.lookup()

    def render(
        self, request: Request, template: str, *, status: int = 200, **context: Any
    ) -> HTMLResponse:
        """Fill a template that tells times relative to now."""
        return render(request, template, status=status, now=self.services.now(), **context)


def customer_name(interaction: Interaction) -> str | None:
    """Find what the customer of an interaction is called, if anybody said."""
    for party in interaction.parties:
        if party.role not in COMPANY_SIDE and party.name:
            return party.name
    return None


def customers_of(lookup: Lookup, interaction: Interaction) -> list[Customer]:
    """List the customers who take part: those who held its identifiers at the time."""
    found: dict[str, Customer] = {}
    at = milliseconds(interaction.started_at)
    for identifier in interaction.identifiers:
        customer = lookup.views.customer(interaction.tenant, identifier, at)
        if customer is not None:
            found.setdefault(customer.id, customer)
    return list(found.values())
