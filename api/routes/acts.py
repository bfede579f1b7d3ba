"""`POST /v1/identity/acts` and a customer's history: what people do, and its undo."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated

from msgspec import Meta
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.routes.body import media_type, read_body
from api.routes.desk import Desk
from api.routes.former import led_on
from api.routes.operation import JSON, OfTenant, Operation, json_answer, query_of, reading
from infra.identity_desk import Done, IdentityDesk, said_now
from processors.identity.acts import Does
from processors.identity.history import Act
from schemas.base import Contract, decode
from schemas.events import Name
from schemas.identity import Customer

LARGEST_BODY = 64 << 10
NOBODY = "nobody is known by this identifier"
_LOOK_EVERY_S = 0.05


class Action(Contract, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `by` does to the identifiers or customers `a` and `b`, or to an `act` of `a`.

    `withdraw` may be about one `statement` of a machine, by the id that explanations give.
    """

    does: Does
    a: Name
    b: Name | None = None
    act: Name | None = None
    statement: Name | None = None
    by: Name
    why: Annotated[str, Meta(max_length=512)] | None = None


class Acted(Contract, frozen=True, kw_only=True, omit_defaults=False):
    """What was done. `applied` tells whether every read shows it; else `history` will."""

    acts: tuple[str, ...]
    applied: bool
    customers: tuple[str, ...]
    history: str


class CustomerHistory(Contract, frozen=True, kw_only=True, omit_defaults=False):
    """What people said of a customer, newest first."""

    customer: Customer
    acts: list[Act]


def identity_desk(desk: Desk, tenant: str) -> IdentityDesk:
    """Open the desk of a tenant."""
    services = desk.services
    return IdentityDesk(
        tenant, services.lookup(), services.nearby, services.company(tenant), services.identity
    )


async def act(desk: Desk, request: Request) -> Response:
    """Take in an action, and wait until customers show it."""
    tenant = query_of(request, OfTenant).tenant
    if media_type(request) != JSON:
        raise HTTPException(415, f"send the action as {JSON}")
    async with desk.admitting():
        action = decode(await read_body(request, LARGEST_BODY), Action)
        done = await run_in_threadpool(partial(_admit, desk, tenant, action))
    is_applied = await _arrived(desk, tenant, done)
    acted = await desk.read(partial(_acted, desk, tenant, done, is_applied))
    return json_answer(acted, 200 if is_applied else 202)


def _admit(desk: Desk, tenant: str, action: Action) -> Done:
    services = desk.services
    at_desk = identity_desk(desk, tenant)
    said = said_now(action.by, services.now(), action.why)
    events = at_desk.events(action.does, action.a, action.b, action.act, said, action.statement)
    done = at_desk.admit(services.door, events)
    desk.figures.count(done.new, len(events) - done.new, ())
    return done


async def _arrived(desk: Desk, tenant: str, done: Done) -> bool:
    """Wait until the action is applied, as long as the services have patience."""
    loop = asyncio.get_running_loop()
    until = loop.time() + desk.services.patience_s
    while not await desk.read(lambda: identity_desk(desk, tenant).is_applied(done)):
        if loop.time() >= until:
            return False
        await asyncio.sleep(_LOOK_EVERY_S)
    return True


def _acted(desk: Desk, tenant: str, done: Done, is_applied: bool) -> Acted:
    customers = identity_desk(desk, tenant).customers(done)
    return Acted(
        acts=done.acts,
        applied=is_applied,
        customers=customers,
        history=f"/v1/customers/{customers[0] if customers else done.about[0]}/history",
    )


def history(desk: Desk, query: OfTenant, path: dict[str, str]) -> CustomerHistory | None:
    """List what people said of a customer."""
    customer = desk.services.lookup().customer(query.tenant, path["identifier"])
    if customer is None:
        return None
    acts = identity_desk(desk, query.tenant).history(customer)
    return CustomerHistory(customer=customer, acts=acts)


OPERATIONS = (
    Operation(
        method="POST",
        path="/v1/identity/acts",
        about="Merge, unmerge, split, deny or withdraw, or undo what somebody did.",
        handle=act,
        sends=((JSON, Action),),
        gives=Acted,
        problems=(413, 415, 422, 429, 503),
    ),
    Operation(
        method="GET",
        path="/v1/customers/{identifier:path}/history",
        about="List what people said of a customer, newest first, each with what undoes it.",
        handle=led_on(reading(history, OfTenant, NOBODY)),
        gives=CustomerHistory,
        problems=(308, 404, 422),
    ),
)
