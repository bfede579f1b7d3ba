"""Take in the audio files that recording events name, so that they name blobs instead."""

from __future__ import annotations

from dataclasses import replace

from msgspec import structs

from infra.sources.arrival import Arrival
from infra.sources.intake import Intake, Siblings
from infra.sources.recording import keep_audio
from infra.sources.vcon_file import AudioClaims
from schemas.errors import InvalidEvent
from schemas.events import Event


def with_blobs(arrival: Arrival, audio: Siblings, intake: Intake, claims: AudioClaims) -> Arrival:
    """Replace the file names in an event's tracks by blobs; files named become its parts.

    A track may name a blob that is kept already, or an audio file of the same folder.

    Raises:
        InvalidEvent: `missing_audio` where there is neither, `no_such_channel`, or the audio's own
            reasons.
    """
    event = arrival.record
    if not isinstance(event, Event) or event.media is None:
        return arrival
    parts: list[str] = []
    tracks = []
    for index, track in enumerate(event.media.tracks):
        where = f"$.media.tracks[{index}]"
        if intake.blobs.holds(track.blob):
            tracks.append(track)
            continue
        found = audio.get(track.blob)
        if found is None:
            raise InvalidEvent(
                "missing_audio", "no such blob, nor an audio file beside it", field=f"{where}.blob"
            )
        kept = keep_audio(found, intake)
        if track.channel >= kept.channels:
            raise InvalidEvent(
                "no_such_channel", f"the audio has {kept.channels}", field=f"{where}.channel"
            )
        parts.extend(claims.use(found))
        tracks.append(structs.replace(track, blob=kept.blob))
    media = structs.replace(event.media, tracks=tuple(tracks))
    return replace(
        arrival,
        record=structs.replace(event, media=media),
        parts=(*arrival.parts, *parts),
    )
