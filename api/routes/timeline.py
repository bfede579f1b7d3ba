"""A customer's timeline, the conversations in it, and the card that agents see first."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from msgspec import Meta

from api.routes.desk import Desk
from api.routes.former import led_on
from api.routes.operation import OfTenant, Operation, reading
from infra.customer_history import card_of, history_of
from infra.store.base import Only
from processors.customer_card import CustomerCard
from processors.repeats import repeat_facts
from schemas.base import Contract
from schemas.conversation import Conversation, RepeatFacts
from schemas.events import Channel
from schemas.identity import Customer
from schemas.interaction import Interaction
from schemas.utterance import Mood

NOBODY = "nobody is known by this identifier"
_CURSOR = re.compile(r"^-?[0-9]{1,15}\.[0-9A-Za-z_-]{1,64}$")


class TimelineQuery(OfTenant, frozen=True, kw_only=True):
    """Which page of a timeline, and what of it."""

    limit: Annotated[int, Meta(ge=1, le=1000, description="Interactions on a page.")] = 50
    after: Annotated[
        Annotated[str, Meta(pattern=_CURSOR.pattern)] | None,
        Meta(description="`next` of the page before."),
    ] = None
    on: Annotated[
        date | None, Meta(description="Begin with this day (UTC) and go back from there.")
    ] = None
    channel: Annotated[Channel | None, Meta(description="Only this channel.")] = None
    sentiment: Annotated[Mood | None, Meta(description="Only this mood of the customer.")] = None
    contact_type: Annotated[
        Annotated[str, Meta(max_length=512)] | None, Meta(description="Only this contact type.")
    ] = None
    pinned: Annotated[bool, Meta(description="Only what somebody pinned.")] = False
    reader: Annotated[
        Annotated[str, Meta(min_length=1, max_length=512)] | None,
        Meta(description="Who looks: `new` then tells what went on since they looked."),
    ] = None


class TimelineAnswer(Contract, frozen=True, kw_only=True, omit_defaults=False):
    """A page of a timeline, newest first; `next` is null on the last one.

    `seen_at` is when the reader last looked, `new` the interactions of the page that went on since.
    """

    customer: Customer
    interactions: list[Interaction]
    next: str | None
    seen_at: datetime | None
    new: tuple[str, ...]


class Conversations(Contract, frozen=True, kw_only=True, omit_defaults=False):
    """A customer's conversations, newest first, and what they count up to per window of days.

    `is_cut` says that only the newest 1,000 contacts were stitched.
    """

    customer: Customer
    conversations: list[Conversation]
    repeats: list[RepeatFacts]
    is_cut: bool


def end_of(day: date | None) -> datetime | None:
    """Give the end of a day, UTC."""
    if day is None or day == date.max:
        return None
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)


def timeline(desk: Desk, query: TimelineQuery, path: dict[str, str]) -> TimelineAnswer | None:
    """Read a page of a timeline."""
    page = desk.services.lookup().timeline(
        query.tenant,
        path["identifier"],
        query.after,
        query.limit,
        only=Only(query.channel, query.sentiment, query.contact_type, query.pinned),
        until=end_of(query.on),
        reader=query.reader,
    )
    if page is None:
        return None
    return TimelineAnswer(
        customer=page.customer,
        interactions=page.interactions,
        next=page.next,
        seen_at=page.seen_at,
        new=page.new,
    )


def conversations(desk: Desk, query: OfTenant, path: dict[str, str]) -> Conversations | None:
    """Stitch a customer's contacts."""
    lookup, now = desk.services.lookup(), desk.services.now()
    customer = lookup.customer(query.tenant, path["identifier"])
    if customer is None:
        return None
    history = history_of(lookup.views, customer, now)
    return Conversations(
        customer=customer,
        conversations=history.conversations,
        repeats=repeat_facts(history.conversations),
        is_cut=history.is_cut,
    )


def card(desk: Desk, query: OfTenant, path: dict[str, str]) -> CustomerCard | None:
    """Make the card of a customer."""
    lookup, now = desk.services.lookup(), desk.services.now()
    customer = lookup.customer(query.tenant, path["identifier"])
    if customer is None:
        return None
    return card_of(lookup.views, history_of(lookup.views, customer, now), now)


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/customers/{identifier:path}/timeline",
        about="Read a page of a customer's timeline, newest first.",
        handle=led_on(reading(timeline, TimelineQuery, NOBODY)),
        query=TimelineQuery,
        gives=TimelineAnswer,
        problems=(308, 404, 422),
    ),
    Operation(
        method="GET",
        path="/v1/customers/{identifier:path}/conversations",
        about="List a customer's conversations: their contacts by issue, over all channels.",
        handle=led_on(reading(conversations, OfTenant, NOBODY)),
        gives=Conversations,
        problems=(308, 404, 422),
    ),
    Operation(
        method="GET",
        path="/v1/customers/{identifier:path}/card",
        about="Read what is known of a customer at a glance.",
        handle=led_on(reading(card, OfTenant, NOBODY)),
        gives=CustomerCard,
        problems=(308, 404, 422),
    ),
)
