"""What comes in: one line of an events file, one POST to /v1/events, one record on `inbound`."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from schemas.base import Contract, decode
from schemas.errors import InvalidEvent
from schemas.person import Person

Name = Annotated[str, Meta(min_length=1, max_length=512)]


class Channel(StrEnum):
    """How the contact was made."""

    VOICE = "voice"
    CHAT = "chat"
    EMAIL = "email"
    SMS = "sms"
    SOCIAL = "social"


class Role(StrEnum):
    """What a participant is to the company; `unknown` where nobody has said."""

    CUSTOMER = "customer"
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    BOT = "bot"
    THIRDPARTY = "thirdparty"
    UNKNOWN = "unknown"


COMPANY_SIDE = frozenset({Role.AGENT, Role.SUPERVISOR, Role.BOT})
"""Roles that speak for the company; everybody else is on the customer's side."""


class Kind(StrEnum):
    """What an event tells."""

    MESSAGE = "message"
    RECORDING = "recording"
    STARTED = "started"
    ENDED = "ended"
    SEGMENT = "segment"
    PARTICIPANT = "participant"
    TRANSFER = "transfer"
    SURVEY = "survey"
    AGENT_STATE = "agent_state"
    NOTE = "note"
    PROFILE = "profile"
    CONSENT = "consent"
    LINK = "link"
    REMARK = "remark"


NOT_A_CONTACT = frozenset({Kind.PROFILE, Kind.CONSENT, Kind.AGENT_STATE, Kind.LINK, Kind.REMARK})
"""What such events tell of is no contact with a customer."""


class Party(Contract, frozen=True, kw_only=True):
    """A participant. Identifiers are written `type:value`, such as `email:ana@example.com`.

    `role` may be left out: the tenant's own domains, numbers and handles then decide.
    """

    role: Role = Role.UNKNOWN
    name: str | None = None
    identifiers: tuple[str, ...] = ()


class Body(Contract, frozen=True, kw_only=True):
    """The words of a message or note."""

    text: str | None = None
    html: str | None = None
    subject: str | None = None
    in_reply_to: str | None = None


class Track(Contract, frozen=True, kw_only=True):
    """One channel of the audio.

    `blob` holds it, `channel` counts from 0, `party` indexes the event's `parties`; a track
    without a party may carry several speakers.
    """

    blob: str
    channel: int = 0
    party: int | None = None


class Media(Contract, frozen=True, kw_only=True):
    """The audio of a call: where it lies and who speaks on which track."""

    tracks: Annotated[tuple[Track, ...], Meta(min_length=1)]
    mediatype: str | None = None
    filename: str | None = None
    duration_s: float | None = None


class HandlingState(StrEnum):
    """The stretches of handling that every KPI is built from."""

    IVR = "ivr"
    QUEUE = "queue"
    RING = "ring"
    TALK = "talk"
    HOLD = "hold"
    WRAP = "wrap"


class Segment(Contract, frozen=True, kw_only=True):
    """A stretch of handling; `ended_at` is missing while it lasts."""

    state: HandlingState
    started_at: datetime
    ended_at: datetime | None = None
    queue: str | None = None


class Ending(Contract, frozen=True, kw_only=True):
    """How an interaction ended: the technical disposition and the agent's outcome."""

    disposition: str | None = None
    outcome: str | None = None


class Survey(Contract, frozen=True, kw_only=True):
    """A customer's answer to a survey."""

    metric: Literal["csat", "ces", "nps"]
    score: float
    comment: str | None = None


class Consent(Contract, frozen=True, kw_only=True):
    """A customer's yes or no to a purpose such as `recording` or `marketing`."""

    purpose: Name
    granted: bool


class Link(Contract, frozen=True, kw_only=True):
    """An agent's or analyst's word that two identifiers are the same person, or are not.

    `withdrawn` takes the same statement back; `of` tells whose statement it is, where another
    person made it first. `why` says what speaks for it. `unused` is about one `statement` of a
    machine, by the id that explanations give.
    """

    a: str
    b: str
    verdict: Literal["same", "different", "unused"]
    statement: Name | None = None
    withdrawn: bool = False
    of: Name | None = None
    why: Name | None = None


class RemarkKind(StrEnum):
    """What staff do to what is on a timeline."""

    NOTE = "note"
    PIN = "pin"
    SAME_ISSUE = "same-issue"
    OTHER_ISSUE = "other-issue"
    SEEN = "seen"
    WITHDRAWN = "withdrawn"


class Remark(Contract, frozen=True, kw_only=True):
    """A private word of staff about an interaction or a customer that is known already.

    `on` is the id of an interaction, or an identifier where it is about the customer. `other` is
    the interaction that is (not) about the same issue, or the remark that is withdrawn.
    """

    does: RemarkKind
    on: Name
    other: Name | None = None


class Proof(StrEnum):
    """How it was proven that a party's identifiers belong together."""

    SESSION = "session"
    CALLBACK = "callback"


Scalar = str | int | float | bool | None


class Event(Contract, frozen=True, kw_only=True):
    """One thing that happened on one interaction.

    `party` is who did it, and `person` tells of their personal details; `parties` are all known
    participants (optional). `proof` says that `party` was signed in, or answered when called back;
    its identifiers belong together up to `until`, where that is known. `attributes` carry facts
    such as `queue`, `brand` or `language`; unknown fields of the source end up in `extra`.
    """

    v: Literal[1] = 1
    id: Name
    tenant: Name = "default"
    source: Name
    channel: Channel
    kind: Kind
    interaction: Name
    occurred_at: Annotated[datetime, Meta(tz=True)]
    party: Party | None = None
    parties: tuple[Party, ...] = ()
    proof: Proof | None = None
    until: Annotated[datetime, Meta(tz=True)] | None = None
    body: Body | None = None
    media: Media | None = None
    segment: Segment | None = None
    ended: Ending | None = None
    survey: Survey | None = None
    consent: Consent | None = None
    link: Link | None = None
    remark: Remark | None = None
    person: Person | None = None
    attributes: dict[str, Scalar] = {}
    extra: dict[str, msgspec.Raw] = {}


class Format(StrEnum):
    """Raw payloads that `normalise` understands besides events."""

    EMAIL = "email"
    VCON = "vcon"


class Payload(Contract, frozen=True, kw_only=True):
    """A source document kept as it came, waiting to be normalised.

    `name` is the file name or request id it came under; `media` maps the index of a vCon dialog
    (as text) to the blob that holds its audio, and `media_channels` to how many channels that has,
    because normalising does no I/O.
    """

    v: Literal[1] = 1
    payload: Format
    id: Name
    tenant: Name = "default"
    source: Name
    name: str
    channel: Channel | None = None
    data: bytes
    media: dict[str, str] = {}
    media_channels: dict[str, int] = {}


Inbound = Event | Payload


class _Peek(Contract, frozen=True, kw_only=True):
    """Tells the two shapes of an inbound record apart."""

    payload: str | None = None


def decode_inbound(data: bytes) -> Inbound:
    """Decode a record of the topic `inbound`.

    Raises:
        InvalidEvent: `invalid_json` or `invalid_field`, naming the path of the field.
    """
    try:
        return decode(data, Event)
    except InvalidEvent:
        if decode(data, _Peek).payload is None:
            raise
    return decode(data, Payload)
