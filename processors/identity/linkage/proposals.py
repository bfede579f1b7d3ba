"""Propose pairs of customers who may be one person, with a probability and the reasons."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from processors.identity.clusters import customer_id
from processors.identity.linkage.blocking import candidates
from processors.identity.linkage.fields import Subject, ranked, subject_of
from processors.identity.linkage.levels import FIELDS, MISSING, Compared, Pattern, compare
from processors.identity.linkage.model import Model, fit
from schemas.identity import Customer
from schemas.ids import derive
from schemas.person import Description, Person
from schemas.proposal import Proposal, ProposalSet, Reason

LEAST_PROBABILITY = 0.05
"""Below it nobody would look."""
_AT_ONCE = 100_000


class Linked(NamedTuple):
    """A pair of subjects by position, how it compares, and the probability that it is one."""

    one: int
    other: int
    compared: Compared
    probability: float


class Linkage(NamedTuple):
    """What a run of the linkage found: likely pairs, the model, and the pairs it compared."""

    likely: list[Linked]
    model: Model
    pairs: int


def link(subjects: Sequence[Subject], least: float = LEAST_PROBABILITY) -> Linkage:
    """Fit the model to subjects and list the pairs that are at least so probable."""
    pairs = candidates(subjects)
    counts: Counter[Pattern] = Counter()
    # Places of pairs, in eight bytes each: of a million customers there are tens of millions.
    compared: dict[Compared, array[int]] = {}
    for start in range(0, len(pairs), _AT_ONCE):
        for place, (one, other) in enumerate(pairs[start : start + _AT_ONCE].tolist(), start):
            found = compare(subjects[one], subjects[other])
            counts[found.pattern] += 1
            if may_be_one(found.pattern):
                compared.setdefault(found, array("q")).append(place)
    model = fit(subjects, counts)
    different = list(compared)
    likely = [
        Linked(one, other, found, probability)
        for found, probability in zip(
            different, model.probabilities(different).tolist(), strict=True
        )
        if probability >= least
        for one, other in pairs[compared[found]].tolist()
    ]
    likely.sort(key=lambda one: (-one.probability, one.one, one.other))
    return Linkage(likely, model, len(pairs))


class Run(NamedTuple):
    """What a run proposes, and the model that it has fitted."""

    found: ProposalSet
    model: Model


def propose(
    tenant: str,
    customers: Iterable[Customer],
    descriptions: Iterable[Description],
    *,
    least: float = LEAST_PROBABILITY,
    at: datetime | None = None,
) -> ProposalSet:
    """Propose pairs among a tenant's customers; the order of what is given does not matter."""
    return run(tenant, subjects_of(customers, descriptions), least=least, at=at).found


def run(
    tenant: str,
    subjects: Sequence[Subject],
    *,
    least: float = LEAST_PROBABILITY,
    at: datetime | None = None,
) -> Run:
    """Fit the model to a tenant's customers and propose pairs among them."""
    found = link(subjects, least)
    total = len(subjects) * (len(subjects) - 1) / 2
    proposals = (
        proposal_of(
            tenant,
            (subjects[one.one], subjects[one.other]),
            one.compared,
            found.model,
            one.probability,
        )
        for one in found.likely
    )
    proposed = ProposalSet(
        tenant=tenant,
        at=at,
        proposals=tuple(sorted(proposals, key=lambda one: (-one.probability, one.id))),
        customers=len(subjects),
        pairs=found.pairs,
        matches=round(found.model.prior * total, 1),
    )
    return Run(proposed, found.model)


def subjects_of(
    customers: Iterable[Customer], descriptions: Iterable[Description]
) -> list[Subject]:
    """Gather what is known of each customer who is described, in an order of no meaning."""
    known = list(customers)
    # A number that has passed to somebody else says nothing of who held it.
    held = [[one.identifier for one in customer.held if one.until is None] for customer in known]
    holder = {identifier: place for place, own in enumerate(held) for identifier in own}
    told: dict[int, set[Person]] = {}
    for description in descriptions:
        # Two records with one phone are two records: the number does not say whose they are.
        names = (one for one in ranked(description.identifiers) if one in holder)
        first = next(names, None)
        if first is not None:
            told.setdefault(holder[first], set()).add(description.person)
    subjects = (subject_of(oldest_of(known[n]), held[n], persons) for n, persons in told.items())
    found = [subject for subject in subjects if subject.is_described]
    return sorted(found, key=lambda subject: derive(subject.key))


def oldest_of(customer: Customer) -> str:
    """Give the identifier that a customer's id comes from."""
    for identifier in customer.identifiers:
        if customer_id(customer.tenant, identifier) == customer.id:
            return identifier
    return customer.identifiers[0]


def proposal_id(tenant: str, a: str, b: str) -> str:
    """Derive the id of the proposal that two identifiers are one person."""
    return derive("proposal", tenant, *sorted((a, b)))


def reasons_of(compared: Compared, model: Model) -> tuple[Reason, ...]:
    """Say field by field how far a pair agrees, and what that is worth."""
    weights = model.weights([compared])[0].tolist()
    return tuple(
        Reason(field=field.name, level=field.levels[level], bits=round(bits, 1))
        for field, level, bits in zip(FIELDS, compared.pattern, weights, strict=True)
        if level != MISSING
    )


def may_be_one(pattern: Pattern) -> bool:
    """Pass over pairs in which nothing agrees; they would only take memory."""
    return any(level >= 2 for level in pattern)


def proposal_of(
    tenant: str, pair: tuple[Subject, Subject], compared: Compared, model: Model, chance: float
) -> Proposal:
    """Write down that two customers may be one person, and why."""
    a, b = sorted(one.key for one in pair)
    return Proposal(
        id=proposal_id(tenant, a, b),
        tenant=tenant,
        a=a,
        b=b,
        probability=round(chance, 6),
        reasons=reasons_of(compared, model),
    )
