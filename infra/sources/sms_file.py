"""Read text messages kept one per file: the number stands in the name, the words inside."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from infra.sources.intake import Found, Intake
from infra.sources.sniff import sms_name
from schemas.errors import InvalidEvent
from schemas.events import Body, Channel, Event, Kind, Party
from schemas.ids import content_hash, derive


def sms_event(found: Found, thread: Iterable[Found], intake: Intake) -> Event:
    """Make the event of one message; `thread` is every message file of the folder.

    The time is when the file was written, moved by the number in its name (in ms), so that a
    thread copied at once keeps its order.

    Raises:
        InvalidEvent: `unreadable`, or `empty_message` where the file has no words.
    """
    named = sms_name(found.base)
    if named is None:
        raise InvalidEvent("unknown_format", "the name carries no number")
    order, name, number = named
    data = found.data()
    text = _text(data).strip()
    if not text:
        raise InvalidEvent("empty_message", "the message has no words")
    names = {other[2]: other[1] for file in thread if (other := sms_name(file.base))}
    sender = Party(name=name, identifiers=(f"phone:{number}",))
    others = tuple(
        Party(name=names[other], identifiers=(f"phone:{other}",))
        for other in sorted(names)
        if other != number
    )
    folder = found.name.rpartition("/")[0]
    written = found.written_at(intake.now).replace(microsecond=0)
    return Event(
        id=derive("sms", found.name, content_hash(data)),
        tenant=intake.defaults.tenant,
        source=intake.defaults.source,
        channel=Channel.SMS,
        kind=Kind.MESSAGE,
        interaction=derive("sms-thread", folder, *sorted(names)),
        occurred_at=written + timedelta(milliseconds=order % 86_400_000),
        party=sender,
        parties=(sender, *others),
        body=Body(text=text),
        attributes={"time_from": "file"},
    )


def _text(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
