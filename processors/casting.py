"""Say which party every voice of a call is: by the source where it says, else by the words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from processors.roles import Cast, are_two_people, roles_of
from schemas.answers import TrackTranscript
from schemas.events import Party, Role
from schemas.interaction import Recording

SURELY_TWO = 0.9  # voices less alike than this are two people's (measured; see models/voices.py)

Voice = tuple[int, int]
"""A track, and the number of a speaker on it."""


class Speaker(NamedTuple):
    """The party behind a voice.

    `confidence` (0-1) is there where its role was told by the words, `number` where several
    voices share the track.
    """

    party: Party
    confidence: float | None = None
    number: int | None = None


def voices_of(track: TrackTranscript) -> tuple[int, ...]:
    """Give the voice of each word of a track; none where only one person speaks.

    Voices that sound much alike are one person, unless one talks like an agent and the other like
    a customer.
    """
    if len(set(track.speakers)) < 2:
        return ()
    if track.alike <= SURELY_TWO:
        return track.speakers
    said: dict[int, list[str]] = {}
    for voice, run in groupby(zip(track.speakers, track.words, strict=True), key=itemgetter(0)):
        said.setdefault(voice, []).append(" ".join(word.text for _, word in run))
    return track.speakers if are_two_people(list(said.values())) else ()


def parties_of(recording: Recording, said: Mapping[Voice, Sequence[str]]) -> dict[Voice, Speaker]:
    """Find the party of each voice; `said` has the turns of each, in the order of first turns.

    What the source says of a track stands, unless the track carries several voices. Of the
    others, a voice that is cast as agent or customer becomes the only party of the recording with
    that role which has no track, if there is one, so that identifiers go to the one who spoke. A
    voice that is not cast stays unknown.
    """
    several = {track for track, voice in said if voice}
    stated = {
        voice: Party() if voice[0] in several else _stated(recording, voice[0]) for voice in said
    }
    known = {voice: party for voice, party in stated.items() if party.role is not Role.UNKNOWN}
    free = [party for party in recording.parties if party not in known.values()]
    casts = _cast(said, known)
    speakers = {voice: Speaker(party) for voice, party in known.items()}
    for voice in said:
        if voice not in speakers:
            number = voice[1] if voice[0] in several else None
            party, confidence = _found(stated[voice], casts[voice], free)
            speakers[voice] = Speaker(party, confidence, number)
    return speakers


def _stated(recording: Recording, track: int) -> Party:
    index = recording.media.tracks[track].party
    if index is None or not 0 <= index < len(recording.parties):
        return Party()
    return recording.parties[index]


def _cast(said: Mapping[Voice, Sequence[str]], known: Mapping[Voice, Party]) -> dict[Voice, Cast]:
    """Cast the voices that nobody has named; who is there already is not looked for again."""
    open_to = [voice for voice in said if voice not in known]
    roles = {party.role for party in known.values()}
    if len(open_to) == 1 and len(roles & {Role.AGENT, Role.CUSTOMER}) == 1:
        rest = Role.CUSTOMER if Role.AGENT in roles else Role.AGENT
        return {open_to[0]: Cast(rest, 1.0)}
    return dict(zip(open_to, roles_of([said[voice] for voice in open_to]), strict=True))


def _found(stated: Party, cast: Cast, free: Sequence[Party]) -> tuple[Party, float | None]:
    if cast.role is Role.UNKNOWN:
        return stated, None
    if stated != Party():
        party = Party(role=cast.role, name=stated.name, identifiers=stated.identifiers)
        return party, cast.confidence
    fitting = [party for party in free if party.role is cast.role]
    return fitting[0] if len(fitting) == 1 else Party(role=cast.role), cast.confidence
