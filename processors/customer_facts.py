"""What is told of a customer and not of one contact, and under which identifiers it is kept."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from processors.annotations import annotations_of
from processors.churn import CRM_FACTS
from schemas.base import Contract
from schemas.events import COMPANY_SIDE, Kind, RemarkKind
from schemas.interaction import Annotation, Fact

TOLD_BY_PROFILES = frozenset({"language", "locale", "timezone", "time_zone"}) | CRM_FACTS
"""Attributes of a customer's record that the customer card shows or takes into account."""


class ConsentState(Contract, frozen=True, kw_only=True):
    """The latest yes or no to a purpose, when and where it was said."""

    purpose: str
    granted: bool
    at: datetime
    source: str


def told_of(fact: Fact) -> tuple[str, ...]:
    """List the identifiers of the customer whom a fact tells of; empty where it tells of none."""
    if fact.remark is not None:
        return (fact.remark.on,) if ":" in fact.remark.on else ()
    tells = fact.consent is not None or (
        fact.kind is Kind.PROFILE and not TOLD_BY_PROFILES.isdisjoint(fact.attributes)
    )
    if not tells:
        return ()
    theirs = {
        identifier
        for party in fact.parties
        if party.role not in COMPANY_SIDE
        for identifier in party.identifiers
    }
    return tuple(sorted(theirs))


def consents_of(facts: Iterable[Fact]) -> tuple[ConsentState, ...]:
    """Give the state of each purpose, in order of purposes: what was said last counts."""
    latest: dict[str, Fact] = {}
    for fact in sorted(facts, key=lambda fact: (fact.at, fact.id)):
        if fact.consent is not None:
            latest[fact.consent.purpose] = fact
    return tuple(
        ConsentState(purpose=purpose, granted=fact.consent.granted, at=fact.at, source=fact.source)
        for purpose, fact in sorted(latest.items())
        if fact.consent is not None
    )


def customer_notes(facts: Iterable[Fact]) -> tuple[Annotation, ...]:
    """List the notes on the customer that stand, oldest first."""
    return annotations_of(fact for fact in facts if fact.remark is not None)


def profile_of(facts: Iterable[Fact]) -> dict[str, str]:
    """Give what the customer's records tell of language, time zone and contract; latest counts."""
    told: dict[str, str] = {}
    for fact in sorted(facts, key=lambda fact: (fact.at, fact.id)):
        if fact.kind is Kind.PROFILE:
            for name, value in fact.attributes.items():
                if name in TOLD_BY_PROFILES and value not in {None, ""}:
                    told[name] = str(value)
    return told


def seen_by(facts: Iterable[Fact], reader: str) -> datetime | None:
    """Tell until when a reader has seen the customer's timeline."""
    marks = [
        fact.at
        for fact in facts
        if fact.remark is not None
        and fact.remark.does is RemarkKind.SEEN
        and fact.said_by == reader
    ]
    return max(marks, default=None)
