"""What an agent should know of a customer at a glance, from what is known of all their contacts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby

from processors.churn import churn_risk, customer_parts
from processors.customer_facts import ConsentState, consents_of, customer_notes, profile_of
from processors.identity.identifiers import type_of
from processors.repeats import repeat_facts
from schemas.base import Contract
from schemas.conversation import Brief, Conversation, RepeatFacts
from schemas.events import COMPANY_SIDE, Channel, RemarkKind
from schemas.identity import Customer
from schemas.interaction import Annotation, Fact, Interaction

RISK_OF = timedelta(days=90)
"""The risk is that of the riskiest contact so long before the last one."""
LANGUAGE_OF = 20
SATISFACTION_OF = 10
REPEATS_WITHIN = 7
"""Days; the window of repeat contacts that weighs in the risk."""


class ChannelUse(Contract, frozen=True, kw_only=True):
    """How often a channel was used, and the last contact on it."""

    channel: Channel
    contacts: int
    last_at: datetime
    last: str


class Risk(Contract, frozen=True, kw_only=True):
    """The churn risk of a customer, 0-1, with its parts in log-odds; they add up.

    The parts are those of the riskiest contact, repeat contacts, and what the CRM tells.
    """

    interaction: str
    at: datetime
    risk: float
    parts: dict[str, float]


class LocalTime(Contract, frozen=True, kw_only=True):
    """What the clock says in a time zone in which the customer may be."""

    zone: str
    at: datetime


class CustomerCard(Contract, frozen=True, kw_only=True, omit_defaults=False):
    """A customer at a glance. `is_cut` says that only the newest contacts were looked at.

    `local_times` holds one time per offset in which the customer may be; `score` is the mean
    sentiment of the contacts, -1..1, `satisfaction` that of the newest estimates, 1-5.
    `issues` are the open ones, newest first.
    """

    customer: Customer
    name: str | None
    contact_data: dict[str, tuple[str, ...]]
    language: str | None
    local_times: tuple[LocalTime, ...]
    contacts: int
    is_cut: bool
    first_at: datetime | None
    last_at: datetime | None
    channels: tuple[ChannelUse, ...]
    moods: dict[str, int]
    contact_types: dict[str, int]
    score: float | None
    risk: Risk | None
    satisfaction: float | None
    issues: tuple[Conversation, ...]
    repeats: tuple[RepeatFacts, ...]
    consents: tuple[ConsentState, ...]
    notes: tuple[Annotation, ...]
    pinned: tuple[str, ...]


def customer_card(
    customer: Customer,
    contacts: Sequence[Brief],
    conversations: Sequence[Conversation],
    facts: Sequence[Fact],
    *,
    name: str | None,
    local_times: tuple[LocalTime, ...],
    is_cut: bool,
) -> CustomerCard:
    """Make the card; `contacts` come newest first."""
    scores = [one.sentiment.score for one in contacts if one.sentiment]
    types = Counter(one.contact_type for one in contacts if one.contact_type)
    moods = Counter(one.sentiment.mood.value for one in contacts if one.sentiment)
    by_type = groupby(sorted(customer.identifiers), key=type_of)
    return CustomerCard(
        customer=customer,
        name=name,
        contact_data={
            type_name: tuple(one.partition(":")[2] for one in ones) for type_name, ones in by_type
        },
        language=_language(contacts, facts),
        local_times=local_times,
        contacts=len(contacts),
        is_cut=is_cut,
        first_at=contacts[-1].started_at if contacts else None,
        last_at=contacts[0].started_at if contacts else None,
        channels=_channels(contacts),
        moods=dict(sorted(moods.items())),
        contact_types=dict(sorted(types.items(), key=lambda item: (-item[1], item[0]))),
        score=round(sum(scores) / len(scores), 3) if scores else None,
        risk=_risk(contacts, repeat_facts(conversations), profile_of(facts)),
        satisfaction=_satisfaction(contacts),
        issues=tuple(one for one in conversations if one.is_open),
        repeats=tuple(repeat_facts(conversations)),
        consents=consents_of(facts),
        notes=customer_notes(facts),
        pinned=tuple(
            one.id for one in contacts if any(a.does is RemarkKind.PIN for a in one.annotations)
        ),
    )


def name_of(customer: Customer, interactions: Sequence[Interaction]) -> str | None:
    """Find the newest name that was given together with one of the customer's identifiers.

    A single identifier under several names is a line that people share: it has no name.
    """
    mine = set(customer.identifiers)
    names = {
        party.name: None
        for interaction in interactions
        for party in interaction.parties
        if party.name and party.role not in COMPANY_SIDE and mine & set(party.identifiers)
    }
    return None if len(names) > 1 and len(mine) == 1 else next(iter(names), None)


def _language(contacts: Sequence[Brief], facts: Sequence[Fact]) -> str | None:
    profile = profile_of(facts)
    stated = profile.get("language") or profile.get("locale")
    if stated:
        return stated
    heard = Counter(one.language for one in contacts[:LANGUAGE_OF] if one.language)
    return min(heard, key=lambda language: (-heard[language], language)) if heard else None


def _channels(contacts: Sequence[Brief]) -> tuple[ChannelUse, ...]:
    found = []
    for channel in Channel:
        used = [one for one in contacts if one.channel is channel]
        if used:
            found.append(
                ChannelUse(
                    channel=channel,
                    contacts=len(used),
                    last_at=used[0].started_at,
                    last=used[0].id,
                )
            )
    return tuple(found)


def _risk(
    contacts: Sequence[Brief], repeats: Sequence[RepeatFacts], profile: dict[str, str]
) -> Risk | None:
    if not contacts:
        return None
    since = contacts[0].started_at - RISK_OF
    risky = [one for one in contacts if one.churn_risk is not None and one.started_at >= since]
    worst = max(risky, key=lambda one: (one.churn_risk or 0.0, one.started_at), default=None)
    if worst is None:
        return None
    again = next((one.repeats for one in repeats if one.days == REPEATS_WITHIN), 0)
    parts = {**worst.churn_parts, **customer_parts(again, profile)}
    return Risk(interaction=worst.id, at=worst.started_at, risk=churn_risk(parts), parts=parts)


def _satisfaction(contacts: Sequence[Brief]) -> float | None:
    """Average the estimates of the newest contacts that have one."""
    scores = [one.satisfaction.score for one in contacts if one.satisfaction][:SATISFACTION_OF]
    return round(sum(scores) / len(scores), 2) if scores else None
