"""Tell what a JSON value is: an event, a vCon, a webhook that we read, or somebody else's."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from infra.sources.arrival import Arrival
from infra.sources.intake import Intake
from processors.normalise.email import check_email
from processors.normalise.event import normalise_event
from processors.normalise.event_line import parse_events_line
from processors.normalise.json_text import JsonObject, read_json
from processors.normalise.postmark import looks_like_postmark, postmark_mail
from processors.normalise.vcon_form import looks_like_vcon
from processors.normalise.vcon_reader import check_vcon
from processors.normalise.whatsapp import OBJECT as WHATSAPP
from processors.normalise.whatsapp import whatsapp_events
from schemas.errors import InvalidEvent
from schemas.events import Event, Format, Kind, Payload
from schemas.ids import content_hash, derive

_VENDORS: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"id_str", "created_at", "user"}), "Twitter"),
    (frozenset({"statuses", "search_metadata"}), "Twitter"),
    (frozenset({"id_str", "sender", "recipient"}), "Twitter"),
    (frozenset({"extended_tweet", "user"}), "Twitter"),
    (frozenset({"AccountSid", "From", "To"}), "Twilio"),
    (frozenset({"events_by_user", "auth"}), "Unisender Go"),
    (frozenset({"Records"}), "AWS"),
    (frozenset({"Details", "Name"}), "Amazon Connect"),
    (frozenset({"helpdesk_ticket"}), "Freshdesk"),
    (frozenset({"fwd_emails", "requester_id"}), "Freshdesk"),
    (frozenset({"ticket_id", "user_id"}), "Freshdesk"),
)


def is_event(document: object) -> bool:
    """Tell whether a JSON value means to be an event of ours."""
    if not isinstance(document, dict):
        return False
    return "kind" in document and bool({"occurred_at", "interaction"} & document.keys())


def vendor_of(document: object) -> str | None:
    """Name the system that most probably made a JSON value."""
    if isinstance(document, list):
        return vendor_of(document[0]) if document else None
    if not isinstance(document, dict):
        return None
    if document.get("object") == WHATSAPP:
        return "WhatsApp"
    for names, vendor in _VENDORS:
        if names <= document.keys():
            return vendor
    inner = next(iter(document.values()), None)
    return "WhatsApp" if isinstance(inner, dict) and inner.get("object") == WHATSAPP else None


def arrivals_of(
    name: str, raw: bytes, intake: Intake, *, line: int | None = None
) -> Iterator[Arrival]:
    """Read what one JSON value brings.

    Raises:
        InvalidEvent: the reasons of the reader in charge, `unsupported_payload` naming the vendor,
            or `unknown_format`.
    """
    if b'"occurred_at"' in raw and b'"kind"' in raw and b'"dialog"' not in raw:
        # The usual case, decoded once only; the names are those of an event and nothing else.
        yield Arrival(name, _event(raw, intake, line))
        return
    document = read_json(raw)
    if is_event(document) or (line is not None and "kind" in _names(document)):
        yield Arrival(name, _event(raw, intake, line))
    elif _names(document) and document.get("object") == WHATSAPP:
        for event in whatsapp_events(document, intake.defaults):
            yield Arrival(name, event)
    elif isinstance(document, dict) and looks_like_postmark(document):
        yield Arrival(name, _mail(name, document, intake))
    elif looks_like_vcon(document):
        check_vcon(raw)
        yield Arrival(name, document_payload(Format.VCON, name, raw, intake))
    else:
        raise unknown_json(document)


def document_payload(form: Format, name: str, data: bytes, intake: Intake) -> Payload:
    """Wrap a document; its id comes from its name and content, wherever it is read from."""
    return Payload(
        payload=form,
        id=derive("payload", name, content_hash(data)),
        tenant=intake.defaults.tenant,
        source=intake.defaults.source,
        name=name,
        data=data,
    )


def unknown_json(document: object) -> InvalidEvent:
    """Say what a JSON value that nobody reads looks like."""
    vendor = vendor_of(document)
    if vendor is not None:
        return InvalidEvent(
            "unsupported_payload", f"looks like {vendor}, whose payloads of this kind are not read"
        )
    if isinstance(document, dict):
        names = ", ".join(sorted(map(str, document))[:6])[:200]
        return InvalidEvent("unknown_format", f"a JSON object with the fields {names or 'none'}")
    return InvalidEvent("unknown_format", "JSON that is neither an event nor a vCon")


def _names(document: object) -> frozenset[str]:
    return frozenset(document) if isinstance(document, dict) else frozenset()


def _event(raw: bytes, intake: Intake, line: int | None) -> Event:
    event = parse_events_line(raw, line=line, defaults=intake.defaults)
    if event.kind is Kind.LINK:
        # Whether its identifiers can be read depends on the company's region.
        normalise_event(event, intake.company)
    return event


def _mail(name: str, document: JsonObject, intake: Intake) -> Payload:
    data = postmark_mail(document)
    check_email(data)
    return document_payload(Format.EMAIL, name, data, intake)


def split_array(raw: bytes) -> list[bytes]:
    """Split a JSON array into its items as they stand.

    Raises:
        InvalidEvent: `invalid_json`.
    """
    try:
        return [bytes(item) for item in msgspec.json.decode(raw, type=list[msgspec.Raw])]
    except msgspec.MsgspecError as error:
        raise InvalidEvent("invalid_json", f"not a JSON array: {error}") from error
