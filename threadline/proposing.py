"""Look for customers who may be one person, and put them into the queue for people."""

from __future__ import annotations

from processors.identity.linkage.proposals import propose
from schemas.proposal import ProposalSet
from schemas.topics import PROPOSALS
from threadline.cli.common import now
from threadline.wiring import Wiring


def propose_anew(wiring: Wiring, tenant: str) -> ProposalSet:
    """Compare a tenant's customers as they stand, and replace what was proposed before."""
    views = wiring.lookup.views
    at = now()
    found = propose(tenant, views.customers(tenant), views.descriptions(tenant), at=at)
    _, store, _ = wiring.backend(durable=True)
    with store.transaction():
        store.materialise(PROPOSALS, [found])
    return found
