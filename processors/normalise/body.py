"""What an event's body says, and who wrote it."""

from __future__ import annotations

from processors.normalise.html import html_to_text
from schemas.events import Body, Event


def body_text(body: Body) -> str:
    """Give a body's words as plain text; HTML counts only where there is no text."""
    if body.text:
        return body.text
    return html_to_text(body.html) if body.html else ""


def said_by(event: Event) -> str:
    """Name who an event is from: the acting party, or the source where there is none."""
    party = event.party
    if party is None:
        return event.source
    return party.name or next(iter(party.identifiers), event.source)
