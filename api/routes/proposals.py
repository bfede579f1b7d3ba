"""`/v1/identity/proposals`: who may be one person, and a person's decision on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Literal

from msgspec import Meta
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.routes.body import media_type, read_body
from api.routes.desk import Desk
from api.routes.operation import (
    JSON,
    OfTenant,
    Operation,
    json_answer,
    query_of,
    reading,
)
from infra.review import above, queue
from infra.store.base import Admission
from processors.identity.linkage.precision import Expected
from processors.identity.linkage.review import Side, decision_event
from schemas.base import Contract, decode
from schemas.events import Name
from schemas.proposal import Proposal, Reason

LARGEST_BODY = 64 << 10


class ProposalQuery(OfTenant, frozen=True, kw_only=True):
    """Which proposals."""

    limit: Annotated[int, Meta(ge=1, le=1000, description="Proposals on a page.")] = 50
    least: Annotated[float, Meta(ge=0, le=1, description="Of this probability at least.")] = 0.0


class Precision(Contract, frozen=True, kw_only=True, omit_defaults=False):
    """The precision to expect of `proposals`, with a 95 % interval.

    `accepted` and `rejected` are what people have decided so far on such as probable.
    """

    proposals: int
    precision: float
    low: float
    high: float
    accepted: int
    rejected: int


class ProposalLine(Contract, frozen=True, kw_only=True, omit_defaults=False):
    """An open proposal; `so_far` is to be expected of accepting all down to this one."""

    id: str
    probability: float
    a: str
    b: str
    reasons: tuple[Reason, ...]
    sides: tuple[Side, Side]
    so_far: Precision


class Offer(Contract, frozen=True, kw_only=True, omit_defaults=False):
    """What accepting all `above` an expected precision would take in."""

    above: float
    expected: Precision


class Proposals(Contract, frozen=True, kw_only=True, omit_defaults=False):
    """Open proposals, the most probable first; `open` counts all. `looked_at` is the last run."""

    proposals: list[ProposalLine]
    open: int
    looked_at: datetime | None
    offers: list[Offer]


class Decision(Contract, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `by` decides on a proposal: `accept` says one person, `reject` says two."""

    verdict: Literal["accept", "reject"]
    by: Name
    why: Name | None = None


class BulkDecision(Contract, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Accept all that are expected to be so precise together; refused if more than `at_most`."""

    above: Annotated[float, Meta(ge=0.5, le=1)]
    at_most: Annotated[int, Meta(ge=1)]
    by: Name
    why: Name | None = None


class Decided(Contract, frozen=True, kw_only=True, omit_defaults=False):
    """How many decisions were noted, and how many had been noted before."""

    accepted: int
    known: int


def list_proposals(desk: Desk, query: ProposalQuery, _: dict[str, str]) -> Proposals:
    """List open proposals."""
    found = queue(desk.services.lookup().views, query.tenant, query.least, query.limit)
    return Proposals(
        proposals=[
            ProposalLine(
                id=entry.proposal.id,
                probability=entry.proposal.probability,
                a=entry.proposal.a,
                b=entry.proposal.b,
                reasons=entry.proposal.reasons,
                sides=(entry.one, entry.other),
                so_far=_precision(entry.so_far),
            )
            for entry in found.entries
        ],
        open=found.size,
        looked_at=found.run.at if found.run else None,
        offers=[
            Offer(above=precision, expected=_precision(offer))
            for precision, offer in found.offers
            if offer.size
        ],
    )


async def decide(desk: Desk, request: Request) -> Response:
    """Note a decision on one proposal."""
    tenant, id = query_of(request, OfTenant).tenant, request.path_params["id"]
    return await _note(desk, request, lambda body: _one(desk, tenant, id, decode(body, Decision)))


async def decide_in_bulk(desk: Desk, request: Request) -> Response:
    """Accept many proposals."""
    tenant = query_of(request, OfTenant).tenant
    return await _note(desk, request, lambda body: _many(desk, tenant, decode(body, BulkDecision)))


async def _note(desk: Desk, request: Request, work: Callable[[bytes], Decided]) -> Response:
    if media_type(request) != JSON:
        raise HTTPException(415, f"send the decision as {JSON}")
    async with desk.admitting():
        body = await read_body(request, LARGEST_BODY)
        return json_answer(await run_in_threadpool(partial(work, body)), 202)


def _one(desk: Desk, tenant: str, id: str, decision: Decision) -> Decided:
    proposal = desk.services.lookup().views.proposal(tenant, id)
    if proposal is None:
        raise HTTPException(404, "there is no such proposal")
    accept = decision.verdict == "accept"
    return _admit(desk, [proposal], accept=accept, by=decision.by, why=decision.why, bulk=False)


def _many(desk: Desk, tenant: str, decision: BulkDecision) -> Decided:
    chosen, _ = above(desk.services.lookup().views, tenant, decision.above)
    if len(chosen) > decision.at_most:
        raise HTTPException(
            409, f"{len(chosen)} proposals are so precise now, more than {decision.at_most}"
        )
    return _admit(desk, chosen, accept=True, by=decision.by, why=decision.why, bulk=True)


def _admit(
    desk: Desk,
    chosen: Sequence[Proposal],
    *,
    accept: bool,
    by: str,
    why: str | None,
    bulk: bool,
) -> Decided:
    services = desk.services
    at = services.now()
    events = [
        decision_event(one, accept=accept, by=by, why=why, at=at, bulk=bulk) for one in chosen
    ]
    outcomes = [outcome for _, outcome in services.door.admit(events)] if events else []
    new = sum(outcome is Admission.NEW for outcome in outcomes)
    desk.figures.count(new, len(outcomes) - new, ())
    return Decided(accepted=new, known=len(outcomes) - new)


def _precision(told: Expected) -> Precision:
    return Precision(
        proposals=told.size,
        precision=told.precision,
        low=told.low,
        high=told.high,
        accepted=told.accepted,
        rejected=told.rejected,
    )


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/identity/proposals",
        about="Customers who may be one person, the most probable first.",
        handle=reading(list_proposals, ProposalQuery),
        query=ProposalQuery,
        gives=Proposals,
        problems=(422,),
    ),
    Operation(
        method="POST",
        path="/v1/identity/proposals",
        about="Accept all proposals that together are expected to be so precise.",
        handle=decide_in_bulk,
        sends=((JSON, BulkDecision),),
        gives=Decided,
        status=202,
        problems=(409, 413, 415, 422, 429, 503),
    ),
    Operation(
        method="POST",
        path="/v1/identity/proposals/{id}",
        about="Accept or reject a proposal.",
        handle=decide,
        sends=((JSON, Decision),),
        gives=Decided,
        status=202,
        problems=(404, 413, 415, 422, 429, 503),
    ),
)
