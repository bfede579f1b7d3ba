"""Find out which party speaks on which channel of a vCon's recording."""

from __future__ import annotations

from processors.normalise.vcon_reader import Dialog
from schemas.events import Media, Payload, Track


def media_of(dialog: Dialog, payload: Payload) -> Media | None:
    """Give the media of a recording whose audio the source has found, else None.

    A list with nested or null entries has an entry per audio channel, says the draft. A plain
    list is taken so only where the audio has as many channels as the list has parties.
    """
    blob = payload.media.get(str(dialog.index))
    if blob is None:
        return None
    channels = payload.media_channels.get(str(dialog.index), len(dialog.channels) or 1)
    return Media(
        tracks=tuple(_tracks(dialog, blob, channels)) or (Track(blob=blob),),
        mediatype=dialog.mediatype,
        filename=dialog.media_name,
        duration_s=dialog.duration_s,
    )


def _tracks(dialog: Dialog, blob: str, channels: int) -> list[Track]:
    heard = dialog.channels or tuple((party,) for party in dialog.parties)
    if channels == 1 or len(heard) != channels:
        only = dialog.parties[0] if len(dialog.parties) == 1 else None
        return [Track(blob=blob, channel=channel, party=only) for channel in range(channels)]
    return [
        Track(blob=blob, channel=channel, party=parties[0] if len(parties) == 1 else None)
        for channel, parties in enumerate(heard)
        if parties
    ]
