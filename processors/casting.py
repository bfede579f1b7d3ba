"""Say which party every voice of a call is: by the source where it says, else by the words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from processors.roles import NOBODY, Cast, roles_of
from schemas.answers import Transcript
from schemas.events import Party, Role
from schemas.interaction import Recording

Voice = tuple[int, int]
"""A track, and the number of a speaker on it."""


class Speaker(NamedTuple):
    """The party behind a voice; `confidence` (0-1) where its role was told by the words."""

    party: Party
    confidence: float | None = None


def parties_of(
    recording: Recording, transcript: Transcript, said: Mapping[Voice, Sequence[str]]
) -> dict[Voice, Speaker]:
    """Find the party of each voice; `said` has the turns of each, in the order of first turns.

    What the source says of a track stands. Of the others, a voice that is cast as agent or
    customer becomes the only party of the recording with that role which has no track, if there
    is one, so that identifiers go to the one who spoke. A voice that is not cast stays unknown.
    """
    stated = {voice: _stated(recording, transcript, voice) for voice in said}
    known = {voice: party for voice, party in stated.items() if party.role is not Role.UNKNOWN}
    free = [party for party in recording.parties if party not in known.values()]
    casts = _cast(said, known)
    speakers = {voice: Speaker(party) for voice, party in known.items()}
    for voice in said:
        if voice not in speakers:
            speakers[voice] = _speaker(stated[voice], casts[voice], free)
    return speakers


def _stated(recording: Recording, transcript: Transcript, voice: Voice) -> Party:
    """Read who speaks on a track; of one that carries several voices the source cannot know."""
    track = voice[0]
    index = recording.media.tracks[track].party
    several = len(set(transcript.tracks[track].speakers)) > 1
    if several or index is None or not 0 <= index < len(recording.parties):
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


def _speaker(stated: Party, cast: Cast, free: Sequence[Party]) -> Speaker:
    if cast is NOBODY or cast.role is Role.UNKNOWN:
        return Speaker(stated)
    if stated != Party():
        party = Party(role=cast.role, name=stated.name, identifiers=stated.identifiers)
        return Speaker(party, cast.confidence)
    fitting = [party for party in free if party.role is cast.role]
    party = fitting[0] if len(fitting) == 1 else Party(role=cast.role)
    return Speaker(party, cast.confidence)
