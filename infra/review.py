"""The queue of proposals that wait for a person, and what accepting many of them would mean."""

from __future__ import annotations

from typing import NamedTuple

from infra.store.base import Views
from infra.store.proposal_views import Proposed
from processors.identity.linkage.precision import Expected, acceptable, expected
from processors.identity.linkage.review import Side, side_of
from schemas.proposal import Proposal, ProposalSet

PRECISIONS = (0.999, 0.99, 0.95, 0.90)
"""What is offered for bulk acceptance."""


class Entry(NamedTuple):
    """A proposal with both customers; `so_far` is to be expected of all down to this one."""

    proposal: Proposal
    one: Side
    other: Side
    so_far: Expected


class Queue(NamedTuple):
    """Open proposals, how many there are in all, the run they come from, and bulk offers."""

    entries: list[Entry]
    size: int
    run: ProposalSet | None
    offers: list[tuple[float, Expected]]


def queue(views: Views, tenant: str, least: float, limit: int) -> Queue:
    """Read the first proposals of the queue, the most probable first."""
    proposed, decided = views.proposed(tenant), views.decided(tenant)
    entries: dict[tuple[str, str], Entry] = {}
    for place, proposal in enumerate(views.proposals(tenant, least, limit), 1):
        one, other = (_side(views, tenant, name) for name in (proposal.a, proposal.b))
        if one is not None and other is not None:
            # Customers grow by what is accepted: several proposals may then be of the same two.
            pair = (min(one.customer, other.customer), max(one.customer, other.customer))
            so_far = expected(proposed[:place], decided)
            entries.setdefault(pair, Entry(proposal, one, other, so_far))
    offers = [
        (precision, expected(proposed[: acceptable(proposed, precision, decided)], decided))
        for precision in PRECISIONS
    ]
    return Queue(list(entries.values()), len(proposed), views.proposal_run(tenant), offers)


def above(views: Proposed, tenant: str, precision: float) -> tuple[list[Proposal], Expected]:
    """List the most probable proposals that together are expected to be so precise."""
    proposed, decided = views.proposed(tenant), views.decided(tenant)
    count = acceptable(proposed, precision, decided)
    chosen = views.proposals(tenant, 0, count) if count else []
    return chosen, expected([one.probability for one in chosen], decided)


def _side(views: Views, tenant: str, identifier: str) -> Side | None:
    customer = views.customer(tenant, identifier)
    if customer is None:
        return None
    return side_of(customer, views.descriptions_of(tenant, customer.identifiers))
