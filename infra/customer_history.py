"""A customer's whole history in brief: conversations, and the card that agents see first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from infra.store.base import Views
from processors.conversations import stitch
from processors.customer_card import CustomerCard, LocalTime, customer_card, name_of
from processors.customer_facts import profile_of
from processors.local_time import zones_of
from schemas.conversation import Brief, Conversation
from schemas.identity import Customer
from schemas.interaction import Fact

MOST_CONTACTS = 1000
"""So many of the newest contacts are looked at."""
NAMED_IN = 10
"""A name is looked for in so many of the newest contacts: text messages often carry none."""


class History(NamedTuple):
    """All of a customer's contacts in brief, newest first, and their conversations."""

    customer: Customer
    contacts: list[Brief]
    conversations: list[Conversation]
    facts: list[Fact]
    is_cut: bool


def history_of(views: Views, customer: Customer, now: datetime) -> History:
    """Read a customer's contacts and stitch them, through the identifiers they hold now."""
    tenant = customer.tenant
    found = views.briefs(tenant, customer.held, MOST_CONTACTS + 1)
    contacts = found[:MOST_CONTACTS]
    meanings = views.meanings(tenant, [one.id for one in contacts]) if len(contacts) > 1 else ()
    return History(
        customer,
        contacts,
        stitch(contacts, meanings, now),
        views.customer_facts(tenant, customer.held),
        len(found) > MOST_CONTACTS,
    )


def card_of(views: Views, history: History, now: datetime) -> CustomerCard:
    """Make the card of a customer."""
    customer = history.customer
    newest = views.timeline(customer.tenant, customer.held, None, NAMED_IN)
    return customer_card(
        customer,
        history.contacts,
        history.conversations,
        history.facts,
        name=name_of(customer, newest),
        local_times=_local_times(zones_of(customer.identifiers, profile_of(history.facts)), now),
        is_cut=history.is_cut,
    )


def _local_times(zones: Sequence[str], now: datetime) -> tuple[LocalTime, ...]:
    """Tell the time in each zone, once per offset, from west to east; unknown zones tell none."""
    by_offset: dict[float, LocalTime] = {}
    for zone in zones:
        try:
            at = now.astimezone(ZoneInfo(zone))
        except (ZoneInfoNotFoundError, ValueError):
            continue
        offset = at.utcoffset()
        if offset is not None:
            by_offset.setdefault(offset.total_seconds(), LocalTime(zone=zone, at=at))
    return tuple(one for _, one in sorted(by_offset.items()))
