"""What every entrant of a race does with a record: read an event, write what was said.

Imports nothing but contracts, so that it runs where Threadline is not installed.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from schemas.events import Body, Channel, Event, Kind, Party, Role
from schemas.utterance import Utterance

SOURCE, TARGET = "inbound", "utterances"
"""The topics that are read and written, behind the race's prefix."""

BATCH = 500
_BEGAN = datetime(2026, 11, 2, tzinfo=UTC)
_PARTY = Party(role=Role.CUSTOMER, name="Ana", identifiers=("email:ana@example.com",))
_TEXT = "my router has been offline since monday morning and nobody answers the phone. "

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Event).decode


def event(number: int) -> Event:
    """Make an event of 600 bytes; ten of them share an interaction."""
    return Event(
        id=f"evt-{number:08}", tenant="acme", source="bench", channel=Channel.CHAT,
        kind=Kind.MESSAGE, interaction=f"chat-{number // 10:07}",
        occurred_at=_BEGAN + timedelta(seconds=number), party=_PARTY,
        body=Body(text=(_TEXT * 5)[:346]),
    )  # fmt: skip


def said(event: Event) -> Utterance:
    """Make the record that is written of an event that was read."""
    assert event.body is not None
    assert event.party is not None
    return Utterance(
        id=event.id, interaction=event.interaction, tenant=event.tenant, channel=event.channel,
        at=event.occurred_at, party=event.party, text=event.body.text or "",
    )  # fmt: skip


def work(data: bytes) -> bytes:
    """Do the whole of it on bytes, for entrants that have no contracts of their own."""
    return _encode(said(_decode(data)))
