"""Give turns the music that a call has between them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from msgspec.structs import replace

from schemas.answers import TrackTranscript
from schemas.utterance import Utterance


def with_music(
    turns: Sequence[Utterance], tracks: Sequence[TrackTranscript]
) -> tuple[Utterance, ...]:
    """Add each stretch of music to the turn after it, or to the last; turns are in time order."""
    if not turns:
        return ()
    starts = [turn.start_s or 0.0 for turn in turns]
    heard: dict[int, list[tuple[float, float]]] = {}
    for span in sorted({span for track in tracks for span in track.music}):
        after = min(bisect_right(starts, span[0]), len(turns) - 1)
        heard.setdefault(after, []).append(span)
    return tuple(
        replace(turn, music=tuple(heard[at])) if at in heard else turn
        for at, turn in enumerate(turns)
    )
