"""Turn audio files into recording events: alone, in pairs of tracks, or with a sidecar."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from msgspec import Meta

from infra.audio import AudioInfo, probe
from infra.sources.intake import Found, Intake, Siblings
from schemas.base import Contract, decode
from schemas.errors import InvalidEvent, Unavailable
from schemas.events import Channel, Event, Kind, Media, Party, Role, Scalar, Track
from schemas.ids import derive

_SIDES = {
    "agent": Role.AGENT,
    "caller": Role.CUSTOMER,
    "customer": Role.CUSTOMER,
    "client": Role.CUSTOMER,
    "l": Role.UNKNOWN,
    "r": Role.UNKNOWN,
}
_CUSTOMER_SIDES = ("caller", "customer", "client")
_OPPOSITE = {
    "agent": _CUSTOMER_SIDES,
    **dict.fromkeys(_CUSTOMER_SIDES, ("agent",)),
    "l": ("r",),
    "r": ("l",),
}
_SIDED = re.compile(rf"(?P<call>.+)[_-](?P<side>{'|'.join(_SIDES)})", re.IGNORECASE)
_SIDECAR_FIELDS = frozenset({"parties", "tracks", "occurred_at", "interaction"})


class Sidecar(Contract, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a file beside a recording tells of it.

    `tracks` gives the index in `parties` of who speaks on each channel (of each file of a pair,
    agent or left first); null where several share it or nobody knows.
    """

    id: str | None = None
    interaction: str | None = None
    occurred_at: Annotated[datetime, Meta(tz=True)] | None = None
    tenant: str | None = None
    source: str | None = None
    parties: tuple[Party, ...] = ()
    tracks: tuple[int | None, ...] = ()
    attributes: dict[str, Scalar] = {}


class Probed(Contract, frozen=True, kw_only=True):
    """An audio file that can be decoded, kept in the blob store."""

    blob: str
    channels: int
    duration_s: float


def looks_like_sidecar(document: object) -> bool:
    """Tell whether a JSON value has the outline of a sidecar."""
    return isinstance(document, dict) and not _SIDECAR_FIELDS.isdisjoint(document)


def sidecar_names(group: Sequence[Found]) -> tuple[str, ...]:
    """List the names under which the sidecar of a recording, or of a pair, may stand."""
    first = group[0].path
    if len(group) == 1:
        return (f"{first.name}.json", f"{first.stem}.json")
    call = side_of(group[0])
    return (f"{call[0]}.json",) if call else ()


def read_sidecar(found: Found) -> Sidecar:
    """Read a sidecar.

    Raises:
        InvalidEvent: `invalid_json`, `invalid_field`, `unreadable`.
    """
    return decode(found.data(), Sidecar)


def side_of(found: Found) -> tuple[str, str] | None:
    """Read the call and the side from a name like `call7_agent.wav`."""
    match = _SIDED.fullmatch(found.path.stem)
    return (match["call"], match["side"].lower()) if match else None


def pair_of(found: Found, audio: Siblings) -> tuple[Found, Found] | None:
    """Find the two files that are the two tracks of one call, agent or left first."""
    own = side_of(found)
    if own is None:
        return None
    call, side = own
    ending = found.path.suffix
    for other_side in _OPPOSITE[side]:
        for written in (other_side, other_side.upper(), other_side.title()):
            for joint in "_-":
                other = audio.get(f"{call}{joint}{written}{ending}")
                if other is not None:
                    return (found, other) if side in ("agent", "l") else (other, found)
    return None


def keep_audio(found: Found, intake: Intake) -> Probed:
    """Check that a file can be decoded to its end, and keep it.

    Raises:
        InvalidEvent: the reasons of `infra.audio.probe`, or `unreadable`.
    """
    info = _probed(found)
    try:
        blob = intake.blobs.put_file(found.path)
    except OSError as error:
        raise InvalidEvent("unreadable", f"the file cannot be kept: {error.strerror}") from error
    return Probed(blob=blob, channels=info.channels, duration_s=round(info.duration_s, 3))


def recording_event(group: Sequence[Found], sidecar: Sidecar | None, intake: Intake) -> Event:
    """Make the event of one recording out of its file, or of the two files of a pair.

    Raises:
        InvalidEvent: the audio's own reasons, or `invalid_sidecar` where the sidecar's tracks do
            not fit the audio.
    """
    kept = [keep_audio(found, intake) for found in group]
    told = sidecar or Sidecar()
    parties = told.parties or _unnamed(group, kept)
    event_id = told.id or derive(
        "recording", *(found.name for found in group), *(audio.blob for audio in kept)
    )
    attributes = dict(told.attributes)
    if told.occurred_at is None:
        attributes["time_from"] = "file"
    tracks = _tracks(kept, parties, told, named=bool(told.parties))
    if not _names_a_customer(parties, intake):
        attributes["unknown_customer"] = "true"
        parties = _with_stand_in(parties, f"contact:{event_id}")
    return Event(
        id=event_id,
        tenant=told.tenant or intake.defaults.tenant,
        source=told.source or intake.defaults.source,
        channel=Channel.VOICE,
        kind=Kind.RECORDING,
        interaction=told.interaction or event_id,
        occurred_at=told.occurred_at or group[0].written_at(intake.now),
        parties=parties,
        media=Media(
            tracks=tracks,
            filename=group[0].base,
            duration_s=max(audio.duration_s for audio in kept),
        ),
        attributes=attributes,
    )


def _probed(found: Found) -> AudioInfo:
    try:
        return probe(found.path)
    except Unavailable as error:
        raise InvalidEvent("unreadable", str(error)) from error


def _unnamed(group: Sequence[Found], kept: Sequence[Probed]) -> tuple[Party, ...]:
    """Stand in for parties that nobody has named: one per track, with a role where it is told."""
    sides = [side_of(found) for found in group]
    if len(group) == 2:
        return tuple(Party(role=_SIDES[side[1]]) for side in sides if side)
    return tuple(Party() for _ in range(kept[0].channels)) if kept[0].channels == 2 else ()


def _with_stand_in(parties: Sequence[Party], identifier: str) -> tuple[Party, ...]:
    """Give the unknown customer an identifier of this contact alone, for an agent to link later.

    Without a party that is known to be the customer, one more stands in: no track is theirs,
    because nobody knows which is.
    """
    for index, party in enumerate(parties):
        if party.role is Role.CUSTOMER and not party.identifiers:
            named = Party(role=party.role, name=party.name, identifiers=(identifier,))
            return (*parties[:index], named, *parties[index + 1 :])
    return (*parties, Party(role=Role.CUSTOMER, identifiers=(identifier,)))


def _names_a_customer(parties: Sequence[Party], intake: Intake) -> bool:
    return any(
        party.identifiers and intake.company.assign(party).role is Role.CUSTOMER
        for party in parties
    )


def _tracks(
    kept: Sequence[Probed], parties: Sequence[Party], told: Sidecar, *, named: bool
) -> tuple[Track, ...]:
    places = [(audio.blob, channel) for audio in kept for channel in range(audio.channels)]
    if told.tracks and len(told.tracks) != len(places):
        raise InvalidEvent(
            "invalid_sidecar",
            f"the sidecar lists {len(told.tracks)} tracks, the audio has {len(places)}",
            field="$.tracks",
        )
    speaking = told.tracks or _speaking(len(places), parties, named=named, pair=len(kept) > 1)
    for index, party in enumerate(speaking):
        if party is not None and not 0 <= party < len(parties):
            raise InvalidEvent(
                "invalid_sidecar", f"there is no party {party}", field=f"$.tracks[{index}]"
            )
    return tuple(
        Track(blob=blob, channel=channel, party=party)
        for (blob, channel), party in zip(places, speaking, strict=True)
    )


def _speaking(
    places: int, parties: Sequence[Party], *, named: bool, pair: bool
) -> Sequence[int | None]:
    # Who of two named parties speaks on which side differs from system to system.
    if len(parties) == places and (places == 1 or pair or not named):
        return range(places)
    return [None] * places
