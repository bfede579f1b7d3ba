"""Customers by anything they are known by, and why they are one."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, structs

from api.routes.acts import identity_desk
from api.routes.desk import Desk
from api.routes.former import led_on
from api.routes.operation import OfTenant, Operation, reading
from processors.identity.explain import Explanation
from schemas.errors import InvalidEvent
from schemas.identity import Customer

_NOBODY = "nobody is known by this identifier"


class FoundCustomer(Customer, frozen=True, kw_only=True):
    """A customer; `requested` is what was asked for where that is not the customer's id."""

    requested: str | None = None


class WhyQuery(OfTenant, frozen=True, kw_only=True):
    """Which two identifiers."""

    b: Annotated[
        str,
        Meta(max_length=512, description="The other identifier, or the id of another customer."),
    ]
    a: Annotated[
        Annotated[str, Meta(max_length=512)] | None,
        Meta(description="One identifier; left out, the one in the path."),
    ] = None


def customer(desk: Desk, query: OfTenant, path: dict[str, str]) -> FoundCustomer | None:
    """Find a customer."""
    asked = path["identifier"]
    found = desk.services.lookup().customer(query.tenant, asked)
    if found is None:
        return None
    return FoundCustomer(**structs.asdict(found), requested=asked if asked != found.id else None)


def why(desk: Desk, query: WhyQuery, path: dict[str, str]) -> Explanation | None:
    """Explain why two identifiers are one customer or two."""
    found = desk.services.lookup().customer(query.tenant, path["identifier"])
    if found is None:
        return None
    asked = query.a if query.a is not None else path["identifier"]
    at_desk = identity_desk(desk, query.tenant)
    # Two customers are compared as such; a customer and an identifier are two different things.
    if asked in (found.id, *found.aliases) and at_desk.by_id(query.b) is None:
        raise InvalidEvent("missing_field", "say which identifier of this customer", field="a")
    return at_desk.explain(asked, query.b)


# The routes with an ending stand first: an identifier may itself hold slashes.
OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/customers/{identifier:path}/why",
        about="Explain why two identifiers are one customer, or are not.",
        handle=led_on(reading(why, WhyQuery, _NOBODY)),
        query=WhyQuery,
        gives=Explanation,
        problems=(308, 404, 422),
    ),
    Operation(
        method="GET",
        path="/v1/customers/{identifier:path}",
        about="Find a customer by id, former id or identifier.",
        handle=led_on(reading(customer, OfTenant, _NOBODY)),
        gives=FoundCustomer,
        problems=(308, 404, 422),
    ),
)
