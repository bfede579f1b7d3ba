"""Lay a proposal side by side for the person who decides, and note what was decided."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from processors.identity.linkage.fields import ranked
from processors.normalise.link import ANALYST, BULK, link_event
from schemas.base import Contract
from schemas.events import Event
from schemas.identity import Customer
from schemas.person import Description, Person
from schemas.proposal import Proposal


class Side(Contract, frozen=True, kw_only=True, omit_defaults=False):
    """One customer of a proposal, with everything that sources say of the person."""

    customer: str
    since: datetime
    identifiers: tuple[str, ...]
    names: tuple[str, ...]
    born: tuple[str, ...]
    addresses: tuple[str, ...]


def side_of(customer: Customer, descriptions: Iterable[Description]) -> Side:
    """Gather what is shown of one customer, as sources wrote it."""
    own = frozenset(customer.identifiers)
    persons = [one.person for one in descriptions if ranked(one.identifiers)[0] in own]
    return Side(
        customer=customer.id,
        since=customer.since,
        identifiers=customer.identifiers,
        names=_once(_name(one) for one in persons),
        born=_once(one.born for one in persons),
        addresses=_once(_address(one) for one in persons),
    )


def decision_event(
    proposal: Proposal,
    *,
    accept: bool,
    by: str,
    why: str | None,
    at: datetime,
    bulk: bool = False,
) -> Event:
    """Make the event by which `by` accepts or rejects a proposal: a word on two identifiers.

    Without a reason of their own, the proposal is the reason. `bulk` says that nobody looked at it.
    """
    return link_event(
        proposal.tenant,
        proposal.a,
        proposal.b,
        "same" if accept else "different",
        by=by,
        at=at,
        source=BULK if bulk else ANALYST,
        why=why or f"proposal from similarity, probability {proposal.probability:.3f}",
    )


def _name(person: Person) -> str | None:
    whole = " ".join(part for part in (person.given_name, person.family_name) if part)
    return whole or person.name


def _address(person: Person) -> str | None:
    town = " ".join(part for part in (person.postcode, person.city) if part)
    return ", ".join(part for part in (person.street, town) if part) or None


def _once(texts: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(sorted({text for text in texts if text}))
