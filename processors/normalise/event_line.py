"""Read one event from JSON, with an answer that names line and field where it is wrong."""

from __future__ import annotations

import msgspec

from processors.normalise.json_text import read_fields
from schemas.base import Contract, decode, encode
from schemas.errors import InvalidEvent
from schemas.events import Channel, Event, Kind, Party, RemarkKind

_KNOWN = frozenset(Event.__struct_fields__)
_NEEDED = {
    Kind.RECORDING: "media",
    Kind.SEGMENT: "segment",
    Kind.SURVEY: "survey",
    Kind.CONSENT: "consent",
    Kind.LINK: "link",
    Kind.REMARK: "remark",
    Kind.PROFILE: "party",
}
# Each pair of them is evidence, so their number is bounded.
MOST_IDENTIFIERS = 32
# Before the first and after the last year, time zone arithmetic overflows or means nothing.
YEARS = range(1970, 2200)


class SourceDefaults(Contract, frozen=True, kw_only=True):
    """What an event gets where it does not say: tenant, source and, if known, channel."""

    tenant: str = "default"
    source: str = "folder"
    channel: Channel | None = None


def parse_events_line(
    raw: bytes, *, line: int | None = None, defaults: SourceDefaults | None = None
) -> Event:
    """Decode one event. Unknown fields are kept in `extra`, missing ones come from `defaults`.

    Raises:
        InvalidEvent: `invalid_json`, `invalid_field`, `missing_field` or `naive_time`, with the
            line (from 1, None for a single event) and the path of the field.
    """
    try:
        event = _decode(raw, defaults or SourceDefaults())
        check_event(event)
    except InvalidEvent as error:
        raise InvalidEvent(error.reason, error.detail, field=error.field, line=line) from error
    except RecursionError as error:
        raise InvalidEvent("invalid_json", "nested too deeply", line=line) from error
    return event


def check_event(event: Event) -> None:
    """Check what an event's kind demands of it.

    Raises:
        InvalidEvent: `missing_field` or `invalid_field`, naming the path of the field.
    """
    needed = _NEEDED.get(event.kind)
    if needed is not None and getattr(event, needed) is None:
        raise InvalidEvent(
            "missing_field", f"an event of kind {event.kind} needs it", field=f"$.{needed}"
        )
    if event.kind in (Kind.MESSAGE, Kind.NOTE) or (
        event.remark is not None and event.remark.does is RemarkKind.NOTE
    ):
        body = event.body
        if body is None or (not body.text and not body.html):
            raise InvalidEvent(
                "missing_field",
                f"an event of kind {event.kind} needs text or html",
                field="$.body.text",
            )
    for party in event_parties(event):
        if len(party.identifiers) > MOST_IDENTIFIERS:
            raise InvalidEvent(
                "too_many_identifiers",
                f"a party can have {MOST_IDENTIFIERS} identifiers at most",
                field="$.party.identifiers",
            )
    _check_tracks(event)
    if event.occurred_at.year not in YEARS:
        raise InvalidEvent(
            "invalid_field", "the year lies outside 1970 to 2199", field="$.occurred_at"
        )


def event_parties(event: Event) -> tuple[Party, ...]:
    """List an event's participants; the acting party comes last unless it is listed itself."""
    if event.party is None or event.party in event.parties:
        return event.parties
    return (*event.parties, event.party)


def _check_tracks(event: Event) -> None:
    known = len(event_parties(event))
    for index, track in enumerate(event.media.tracks if event.media else ()):
        where = f"$.media.tracks[{index}]"
        if track.party is not None and not 0 <= track.party < known:
            raise InvalidEvent(
                "invalid_field",
                f"there is no party {track.party}; the event lists {known}",
                field=f"{where}.party",
            )
        if track.channel < 0:
            raise InvalidEvent("invalid_field", "channels count from 0", field=f"{where}.channel")


def _decode(raw: bytes, defaults: SourceDefaults) -> Event:
    fields = read_fields(raw)
    for name, value in (
        ("tenant", defaults.tenant),
        ("source", defaults.source),
        ("channel", defaults.channel),
    ):
        if value is not None and name not in fields:
            fields[name] = msgspec.Raw(encode(value))
    unknown = {name: value for name, value in fields.items() if name not in _KNOWN}
    known = {name: value for name, value in fields.items() if name in _KNOWN}
    try:
        event = decode(encode(known), Event)
    except InvalidEvent as error:
        raise _in_plain_words(error) from error
    if not unknown:
        return event
    return msgspec.structs.replace(event, extra={**event.extra, **unknown})


def _in_plain_words(error: InvalidEvent) -> InvalidEvent:
    if "timezone component" in error.detail:
        return InvalidEvent(
            "naive_time",
            "the time does not say where on earth: add an offset, as in "
            "2026-11-02T10:14:03Z or 2026-11-02T10:14:03+01:00",
            field=error.field,
        )
    if error.detail.startswith("Object missing required field"):
        name = error.detail.split("`")[1]
        return InvalidEvent("missing_field", "it is required", field=f"{error.field or '$'}.{name}")
    return error
