"""Propose customers who were described after the last run, by the model of that run.

A run compares everybody with everybody who shares a key, and fits the model anew. Between two runs
only the customers of whom something new was said are compared, with those who share a key with
them. For the same model both find the same pairs, as long as no block is so large that only
neighbours are compared: customers who came in between may then part old neighbours.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from processors.identity.linkage.blocking import keys_of, sorting_of
from processors.identity.linkage.fields import Subject, ranked
from processors.identity.linkage.levels import compare
from processors.identity.linkage.model import Model
from processors.identity.linkage.proposals import (
    LEAST_PROBABILITY,
    may_be_one,
    proposal_of,
    subjects_of,
)
from schemas.identity import Customer
from schemas.person import Description
from schemas.proposal import Blocked, LinkageModel, Proposal

FITTED_ANEW_UP_TO = 5_000
"""So little that was said is compared as a whole in a few seconds, and not often."""
GROWN = 1.5


def is_outgrown(model: LinkageModel | None, described: int) -> bool:
    """Tell whether a model should be fitted anew at once: there is little, and it has grown."""
    known = model.described if model is not None else 0
    return described <= FITTED_ANEW_UP_TO and described >= GROWN * known


def subject_near(customer: Customer, descriptions: Iterable[Description]) -> Subject | None:
    """Gather what is known of one customer from what was said under its identifiers.

    A record that a better identifier gives to somebody else says nothing of this customer.
    """
    own = set(customer.identifiers)
    theirs = [one for one in descriptions if ranked(one.identifiers)[0] in own]
    return next(iter(subjects_of([customer], theirs)), None)


def blocked(tenant: str, subject: Subject) -> Blocked:
    """Say under which keys a customer is found by customers like it."""
    return Blocked(
        tenant=tenant,
        identifier=subject.key,
        sorting=sorting_of(subject),
        keys=keys_of(subject),
    )


def late_proposals(
    tenant: str,
    subject: Subject,
    others: Sequence[Subject],
    model: Model,
    least: float = LEAST_PROBABILITY,
) -> list[Proposal]:
    """Propose pairs of one customer with others that share a key with it, by a fitted model."""
    found = [(other, compare(subject, other)) for other in others if other.key != subject.key]
    likely = [(other, how) for other, how in found if may_be_one(how.pattern)]
    chances = model.probabilities([how for _, how in likely]).tolist()
    return [
        proposal_of(tenant, (subject, other), how, model, chance)
        for (other, how), chance in zip(likely, chances, strict=True)
        if chance >= least
    ]


def kept(tenant: str, model: Model, described: int) -> LinkageModel:
    """Write down a model, to judge later customers by it."""
    return LinkageModel(
        tenant=tenant,
        described=described,
        prior=model.prior,
        matched=model.matched,
        random=model.random,
        rarity=tuple(dict(one) for one in model.rarity),
    )


def model_of(kept: LinkageModel) -> Model:
    """Take up a model that was written down."""
    return Model(kept.prior, kept.matched, kept.random, kept.rarity)
