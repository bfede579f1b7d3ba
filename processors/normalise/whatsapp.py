"""Turn WhatsApp Cloud webhooks into events: text messages, replies to buttons and lists."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from processors.normalise.event_line import YEARS, SourceDefaults
from processors.normalise.json_text import JsonObject
from schemas.errors import InvalidEvent
from schemas.events import Body, Channel, Event, Kind, Party, Role

OBJECT = "whatsapp_business_account"


def whatsapp_events(webhook: JsonObject, defaults: SourceDefaults) -> list[Event]:
    """Read the messages of a webhook; the interaction is the chat of the two numbers.

    Raises:
        InvalidEvent: `unsupported_payload` where it carries no text, such as a receipt or image;
            `invalid_field` where it is not built as documented.
    """
    try:
        events = [
            _event(value, message, defaults)
            for value in _values(webhook)
            for message in value.get("messages") or []
            if _words(message)
        ]
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise InvalidEvent(
            "invalid_field", "the WhatsApp webhook is not built as documented", field="$.entry"
        ) from error
    if not events:
        raise InvalidEvent(
            "unsupported_payload", "a WhatsApp webhook without a text message: nothing to read"
        )
    return events


def _values(webhook: JsonObject) -> Iterator[JsonObject]:
    for entry in webhook["entry"]:
        for change in entry["changes"]:
            if change.get("field") == "messages":
                yield change["value"]


def _event(value: JsonObject, message: JsonObject, defaults: SourceDefaults) -> Event:
    own = str(value["metadata"]["display_phone_number"]).lstrip("+")
    theirs = str(message["from"]).lstrip("+")
    at = datetime.fromtimestamp(int(message["timestamp"]), UTC)
    if at.year not in YEARS:
        raise ValueError("the time makes no sense")
    customer = Party(
        role=Role.CUSTOMER,
        name=_profile_name(value, theirs),
        identifiers=(f"phone:+{theirs}", f"handle:whatsapp:{theirs}"),
    )
    company = Party(role=Role.AGENT, identifiers=(f"phone:+{own}",))
    return Event(
        id=str(message["id"])[:512],
        tenant=defaults.tenant,
        source=defaults.source,
        channel=Channel.SOCIAL,
        kind=Kind.MESSAGE,
        interaction=f"whatsapp:{own}:{theirs}"[:512],
        occurred_at=at,
        party=customer,
        parties=(customer, company),
        body=Body(text=_words(message), in_reply_to=(message.get("context") or {}).get("id")),
        attributes={"network": "whatsapp"},
    )


def _profile_name(value: JsonObject, number: str) -> str | None:
    for contact in value.get("contacts") or []:
        if contact.get("wa_id") == number:
            name = (contact.get("profile") or {}).get("name")
            return name if isinstance(name, str) else None
    return None


def _words(message: JsonObject) -> str | None:
    kind = message.get("type")
    if kind == "interactive":
        answer = message["interactive"]
        chosen = answer.get("button_reply") or answer.get("list_reply") or {}
        words = chosen.get("title")
    elif kind == "button":
        words = message["button"].get("text")
    else:
        words = (message.get("text") or {}).get("body") if kind == "text" else None
    return words if isinstance(words, str) and words.strip() else None
