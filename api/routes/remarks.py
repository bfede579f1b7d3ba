"""Private remarks of staff: notes, pins, words on the issue, and how far somebody has looked.

Each goes through the door as an event and shows as soon as the pipeline has taken it in. Nothing
is ever removed: what is withdrawn is kept, and no longer shown.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Literal, TypeVar

from msgspec import Meta
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.pages.wording import telling
from api.routes.body import media_type, read_body
from api.routes.desk import Desk
from api.routes.operation import JSON, Handle, OfTenant, Operation, json_answer, query_of
from infra.store.base import Admission
from processors.identity.identifiers import normalise_identifier
from processors.normalise.event import normalise_event
from processors.normalise.remark import remark_event
from schemas.base import Contract, decode
from schemas.events import Name, Remark, RemarkKind
from schemas.identity import Customer

LARGEST_BODY = 64 << 10
LONGEST_NOTE = 10_000
NO_INTERACTION = "there is no such interaction"
NOBODY = "nobody is known by this identifier"


class Noting(Contract, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `by` notes. It is redacted as any other text is."""

    text: Annotated[str, Meta(min_length=1, max_length=LONGEST_NOTE)]
    by: Name


class Pinning(Contract, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who pins."""

    by: Name


class Judging(Contract, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `by` says of this interaction and the `other`: about one issue, or about two."""

    other: Name
    verdict: Literal["same", "different"]
    by: Name


class Withdrawing(Contract, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which annotation `by` takes back, by its id."""

    remark: Name
    by: Name


class Remarked(Contract, frozen=True, kw_only=True, omit_defaults=False):
    """The remark as it was taken in; `id` is what an annotation of it will be called."""

    accepted: tuple[str, ...]
    known: tuple[str, ...]
    id: str


B = TypeVar("B", Noting, Pinning, Judging, Withdrawing)
Made = tuple[Remark, str | None]
"""A remark, and the text of a note."""
Target = Callable[[Desk, str, dict[str, str]], str]
Make = Callable[[Desk, str, str, B], Made]


def _note(_: Desk, __: str, on: str, body: Noting) -> Made:
    return Remark(does=RemarkKind.NOTE, on=on), body.text


def _pin(_: Desk, __: str, on: str, ___: Pinning) -> Made:
    return Remark(does=RemarkKind.PIN, on=on), None


def _seen(_: Desk, __: str, on: str, ___: Pinning) -> Made:
    return Remark(does=RemarkKind.SEEN, on=on), None


def _judge(desk: Desk, tenant: str, on: str, body: Judging) -> Made:
    if desk.services.lookup().views.interaction(tenant, body.other) is None:
        raise HTTPException(404, NO_INTERACTION)
    does = RemarkKind.SAME_ISSUE if body.verdict == "same" else RemarkKind.OTHER_ISSUE
    return Remark(does=does, on=on, other=body.other), None


def _withdraw(_: Desk, __: str, on: str, body: Withdrawing) -> Made:
    return Remark(does=RemarkKind.WITHDRAWN, on=on, other=body.remark), None


def _withdraw_note(desk: Desk, tenant: str, on: str, body: Withdrawing) -> Made:
    """Take a note back where it was said, so that it stays away after a split as well."""
    lookup = desk.services.lookup()
    customer = lookup.customer(tenant, on)
    facts = lookup.views.customer_facts(tenant, customer.held) if customer else ()
    places = {fact.id: fact.remark.on for fact in facts if fact.remark is not None}
    said_on = places.get(body.remark, on)
    return Remark(does=RemarkKind.WITHDRAWN, on=said_on, other=body.remark), None


def _interaction(desk: Desk, tenant: str, path: dict[str, str]) -> str:
    if desk.services.lookup().views.interaction(tenant, path["id"]) is None:
        raise HTTPException(404, NO_INTERACTION)
    return path["id"]


def _customer(desk: Desk, tenant: str, path: dict[str, str]) -> str:
    """Choose the identifier that carries what is said of a customer, also after a split."""
    asked = path["identifier"]
    customer = desk.services.lookup().customer(tenant, asked)
    if customer is None:
        raise HTTPException(404, NOBODY)
    return anchor(customer, asked, desk.services.company(tenant).region)


def anchor(customer: Customer, asked: str, region: str) -> str:
    """Give the identifier that was asked for, or else the one by which people know them best."""
    canonical = normalise_identifier(asked, region)
    return canonical if canonical in customer.identifiers else telling(customer.identifiers).whole


def _remarking(target: Target, make: Make[B], body_type: type[B]) -> Handle:
    async def handle(desk: Desk, request: Request) -> Response:
        query = query_of(request, OfTenant)
        if media_type(request) != JSON:
            raise HTTPException(415, f"send this as {JSON}")
        async with desk.admitting():
            body = decode(await read_body(request, LARGEST_BODY), body_type)
            on = await desk.read(partial(target, desk, query.tenant, request.path_params))
            remark, text = await desk.read(partial(make, desk, query.tenant, on, body))
            taken = await run_in_threadpool(
                partial(_admit, desk, query.tenant, remark, by=body.by, text=text)
            )
        return json_answer(taken, 202)

    return handle


def _admit(desk: Desk, tenant: str, remark: Remark, *, by: str, text: str | None) -> Remarked:
    services = desk.services
    event = remark_event(tenant, remark, by=by, at=services.now(), text=text)
    fact = normalise_event(event, services.company(tenant)).facts[0]
    ((_, outcome),) = services.door.admit([event])
    is_new = outcome is Admission.NEW
    desk.figures.count(int(is_new), int(not is_new), ())
    return Remarked(
        accepted=(event.id,) if is_new else (), known=() if is_new else (event.id,), id=fact.id
    )


def _operation(path: str, about: str, target: Target, make: Make[B], body: type[B]) -> Operation:
    return Operation(
        method="POST",
        path=path,
        about=about,
        handle=_remarking(target, make, body),
        sends=((JSON, body),),
        gives=Remarked,
        status=202,
        problems=(404, 413, 415, 422, 429, 503),
    )


OPERATIONS = (
    _operation(
        "/v1/interactions/{id}/notes", "Note something about an interaction.",
        _interaction, _note, Noting,
    ),
    _operation("/v1/interactions/{id}/pins", "Pin an interaction.", _interaction, _pin, Pinning),
    _operation(
        "/v1/interactions/{id}/issues", "State that two interactions are about one issue or two.",
        _interaction, _judge, Judging,
    ),
    _operation(
        "/v1/interactions/{id}/withdrawals", "Take back a note, a pin or a word on the issue.",
        _interaction, _withdraw, Withdrawing,
    ),
    _operation(
        "/v1/customers/{identifier:path}/notes", "Note something about a customer.",
        _customer, _note, Noting,
    ),
    _operation(
        "/v1/customers/{identifier:path}/withdrawals", "Take back a note about a customer.",
        _customer, _withdraw_note, Withdrawing,
    ),
    _operation(
        "/v1/customers/{identifier:path}/seen", "Remember that somebody looked at a timeline.",
        _customer, _seen, Pinning,
    ),
)  # fmt: skip
