"""Look for customers who may be one person, and put them into the queue for people."""

from __future__ import annotations

from processors.identity.linkage.late import FITTED_ANEW_UP_TO, blocked, kept
from processors.identity.linkage.proposals import run, subjects_of
from schemas.proposal import LateProposals, ProposalSet
from schemas.topics import PROPOSALS
from threadline.cli.common import now
from threadline.wiring import Wiring


def propose_anew(wiring: Wiring, tenant: str) -> ProposalSet:
    """Compare a tenant's customers as they stand, and replace what was proposed before.

    Who is described from now on is compared by the model that this run has fitted.
    """
    views = wiring.lookup.views
    at, seen = now(), views.news(tenant)
    described = views.described(tenant, FITTED_ANEW_UP_TO + 1)
    subjects = subjects_of(views.customers(tenant), views.descriptions(tenant))
    done = run(tenant, subjects, at=at)
    keys = [blocked(tenant, subject) for subject in subjects]
    _, store, _ = wiring.backend(durable=True)
    with store.transaction():
        store.materialise(PROPOSALS, [done.found, kept(tenant, done.model, described), *keys])
        store.materialise(PROPOSALS, [LateProposals(tenant=tenant, seen=seen)])
    return done.found
