"""Name what an input belongs to: a log keeps the order of inputs of one key, and of no others."""

from __future__ import annotations

from processors.normalise.email import thread_of
from processors.normalise.vcon import vcon_name
from schemas.errors import InvalidEvent
from schemas.events import Event, Format, Payload
from schemas.ids import derive


def key_of(value: Event | Payload) -> str:
    """Give the key under which an input goes into the log.

    All that tells of one interaction has one key: an event that of its interaction, a mail that of
    its thread, whichever mailbox it came from, and every edition of a vCon that of its uuid.
    """
    if isinstance(value, Event):
        return f"{value.tenant}/{value.source}/{value.interaction}"
    return f"{value.tenant}/{value.payload.value}/{derive(_told_of(value))}"


def _told_of(payload: Payload) -> str:
    try:
        match payload.payload:
            case Format.EMAIL:
                return thread_of(payload.data)
            case Format.VCON:
                return vcon_name(payload.data)
    except InvalidEvent:
        # Nobody will read it: it becomes a dead letter under whatever key.
        return payload.id
    return payload.id
