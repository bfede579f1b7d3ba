"""`POST /v1/identity/links`: a person's word that two identifiers are one, or are not."""

from __future__ import annotations

from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.routes.body import media_type, read_body
from api.routes.desk import Desk
from api.routes.operation import JSON, OfTenant, Operation, json_answer, query_of
from infra.store.base import Admission
from processors.normalise.event import normalise_event
from processors.normalise.link import Verdict, link_event, read_identifier
from schemas.base import Contract, decode
from schemas.events import Name

LARGEST_BODY = 64 << 10


class Statement(Contract, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `by` says of two identifiers; `withdrawn` takes the same statement back."""

    a: Name
    b: Name
    verdict: Verdict
    withdrawn: bool = False
    by: Name


class Noted(Contract, frozen=True, kw_only=True, omit_defaults=False):
    """The statement as it was noted, with canonical identifiers."""

    accepted: tuple[str, ...]
    known: tuple[str, ...]
    a: str
    b: str
    verdict: Verdict
    withdrawn: bool


async def note_link(desk: Desk, request: Request) -> Response:
    """Note a statement."""
    query = query_of(request, OfTenant)
    if media_type(request) != JSON:
        raise HTTPException(415, f"send the statement as {JSON}")
    async with desk.admitting():
        statement = decode(await read_body(request, LARGEST_BODY), Statement)
        noted = await run_in_threadpool(partial(_note, desk, query.tenant, statement))
    return json_answer(noted, 202)


def _note(desk: Desk, tenant: str, said: Statement) -> Noted:
    services = desk.services
    company = services.company(tenant)
    a = read_identifier(said.a, company.region, field="$.a")
    b = read_identifier(said.b, company.region, field="$.b")
    event = link_event(
        tenant, a, b, said.verdict, withdrawn=said.withdrawn, by=said.by, at=services.now()
    )
    normalise_event(event, company)  # refuses one identifier with itself
    ((_, outcome),) = services.door.admit([event])
    is_new = outcome is Admission.NEW
    desk.figures.count(int(is_new), int(not is_new), ())
    return Noted(
        accepted=(event.id,) if is_new else (),
        known=() if is_new else (event.id,),
        a=a,
        b=b,
        verdict=said.verdict,
        withdrawn=said.withdrawn,
    )


OPERATIONS = (
    Operation(
        method="POST",
        path="/v1/identity/links",
        about="State that two identifiers are one person, or are not; or take that back.",
        handle=note_link,
        sends=((JSON, Statement),),
        gives=Noted,
        status=202,
        problems=(413, 415, 422, 429, 503),
    ),
)
