"""A person's word that two identifiers are one, or are not, as an event of our own format."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from processors.identity.identifiers import normalise_identifier
from schemas.errors import InvalidEvent
from schemas.events import Channel, Event, Kind, Link, Party
from schemas.identity import Word
from schemas.ids import derive

ANALYST = "analyst"
BULK = "bulk-review"
"""The source of decisions on many proposals at once, which nobody looked at one by one."""
_GUESSED = ("email", "phone", "handle")

Verdict = Literal["same", "different"]


def link_event(
    tenant: str,
    a: str,
    b: str,
    verdict: Word,
    *,
    by: str,
    at: datetime,
    withdrawn: bool = False,
    why: str | None = None,
    of: str | None = None,
    statement: str | None = None,
    source: str = ANALYST,
) -> Event:
    """Make the event by which `by` states, at an aware time, what two identifiers are, and why.

    `of` tells who made the statement first, where it is taken back or made again by another one.
    `unused` is about a machine's `statement`, by its id.
    """
    whose = (of,) if of is not None and of != by else ()
    which = () if statement is None else (statement,)
    return Event(
        id=derive("link", a, b, verdict, withdrawn, by, at.isoformat(), *whose, *which),
        tenant=tenant,
        source=source,
        channel=Channel.CHAT,
        kind=Kind.LINK,
        interaction=derive("link", a, b),
        occurred_at=at,
        party=Party(name=by),
        link=Link(
            a=a, b=b, verdict=verdict, statement=statement, withdrawn=withdrawn, of=of, why=why
        ),
    )


def read_identifier(text: str, region: str, *, field: str | None = None) -> str:
    """Write an identifier canonically; the type of an email, phone or handle may be left out.

    Raises:
        InvalidEvent: `invalid_identifier` at `field`.
    """
    for candidate in (text, *(f"{type_name}:{text}" for type_name in _GUESSED)):
        found = normalise_identifier(candidate, region)
        if found is not None:
            return found
    raise InvalidEvent(
        "invalid_identifier", f"{text!r} is not an identifier; write type:value", field=field
    )
