"""Name what an input belongs to: a log keeps the order of inputs of one key, and of no others."""

from __future__ import annotations

from typing import NamedTuple

from processors.normalise.email import email_interaction, thread_of
from processors.normalise.event import interaction_id
from processors.normalise.vcon import vcon_place
from schemas.errors import InvalidEvent
from schemas.events import NOT_A_CONTACT, Event, Format, Payload
from schemas.ids import derive


class Place(NamedTuple):
    """The key of an input in the log, and the interaction it tells of; None: nobody can read it."""

    key: str
    interaction: str | None
    counts: bool | None


def place_of(value: Event | Payload) -> Place:
    """Say where an input belongs.

    All that tells of one interaction has one key: an event that of its interaction, a mail that of
    its thread, whichever mailbox it came from, and every edition of a vCon that of its uuid. Of the
    interactions of a vCon the one that it begins with is named.
    """
    if isinstance(value, Event):
        key = f"{value.tenant}/{value.source}/{value.interaction}"
        return Place(key, interaction_id(value), value.kind not in NOT_A_CONTACT)
    told, interaction = _told_of(value)
    key = f"{value.tenant}/{value.payload.value}/{derive(told)}"
    return Place(key, interaction, None if interaction is None else True)


def key_of(value: Event | Payload) -> str:
    """Give the key under which an input goes into the log."""
    return place_of(value).key


def is_remark(value: Event | Payload) -> bool:
    """Tell whether an input is what staff say of something that is known already."""
    return isinstance(value, Event) and value.remark is not None


def _told_of(payload: Payload) -> tuple[str, str | None]:
    try:
        match payload.payload:
            case Format.EMAIL:
                thread = thread_of(payload.data)
                return thread, email_interaction(payload.tenant, thread)
            case Format.VCON:
                return vcon_place(payload)
    except InvalidEvent:
        # Nobody will read it: it becomes a dead letter under whatever key.
        return payload.id, None
    return payload.id, None
