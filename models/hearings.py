"""Find where a speech model left something out, and fill that from another hearing.

Led by names, a model may begin with a later sentence, or go from one to the next but one; so it
may at the edges of a window. What it leaves out it adds to the length of a word beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from models.voice import RATE, Clip
from schemas.utterance import Word

HOLE_S = 1.2  # of speech without a word: something was left out
WORD_S, DIGIT_S = 0.8, 0.5  # few words, and digits of a number, last longer than this
TOUCH_S = 0.3  # of a hole within a window: less is not worth another hearing

Edge = dict[str, float]
"""Where a hearing begins and ends: `start` and `end` in seconds of the speech alone."""


class Window(NamedTuple):
    """What is heard at once: its edge, and the stretches of speech in it."""

    edge: Edge
    clips: tuple[Clip, ...]


class Hole(NamedTuple):
    """A stretch of speech without a word, in seconds of the speech; `at` is the next word."""

    start: float
    end: float
    at: int


def laid_out(groups: Sequence[tuple[Clip, ...]], start_s: float = 0.0) -> list[Window]:
    """Give the windows of groups of clips, one behind the other from `start_s` on."""
    lengths = [sum(clip.length for clip in group) for group in groups]
    times = [start_s, *(start_s + np.cumsum(lengths) / RATE).tolist()]
    edges = [{"start": start, "end": end} for start, end in pairwise(times)]
    return [Window(edge, group) for edge, group in zip(edges, groups, strict=True)]


def whole(windows: Sequence[Window]) -> Iterator[Edge]:
    """Give the edges of windows as they are."""
    yield from (window.edge for window in windows)


def halves(windows: Sequence[Window]) -> Iterator[Edge]:
    """Cut windows in two at the longest pause of their middle third, if they have any pause."""
    for edge, clips in windows:
        ends = np.cumsum([clip.length for clip in clips]).tolist()
        middle = [at for at, end in enumerate(ends, 1) if ends[-1] <= 3 * end <= 2 * ends[-1]]
        if middle:
            at = max(middle, key=lambda at: clips[at].pause)
            yield from (part.edge for part in laid_out([clips[:at], clips[at:]], edge["start"]))


def holes_in(words: Sequence[Word], length_s: float) -> list[Hole]:
    """Find where speech of some length gave no word."""
    ends = [0.0, *(min(word.end_s, word.start_s + _longest(word)) for word in words)]
    starts = [*(word.start_s for word in words), length_s]
    return [
        Hole(end, start, at)
        for at, (end, start) in enumerate(zip(ends, starts, strict=True))
        if start - end > HOLE_S
    ]


def with_holes(windows: Sequence[Window], holes: Sequence[Hole]) -> list[Window]:
    """List the windows in which holes lie."""
    return [
        window
        for window in windows
        if any(
            min(hole.end, window.edge["end"]) - max(hole.start, window.edge["start"]) > TOUCH_S
            for hole in holes
        )
    ]


def filled(words: Sequence[Word], holes: Sequence[Hole], again: Sequence[Word]) -> list[Word]:
    """Put into the holes what another hearing has there; the rest stays as it is."""
    kept: list[Word] = []
    done = 0
    for hole in holes:
        kept += words[done : hole.at]
        done = hole.at
        found = [word for word in again if hole.start <= (word.start_s + word.end_s) / 2 < hole.end]
        if found and kept and _bare(found[0]) == _bare(kept[-1]):
            found.pop(0)
        if found and done < len(words) and _bare(found[-1]) == _bare(words[done]):
            found.pop()
        if found and kept:
            kept[-1] = replace(kept[-1], end_s=min(kept[-1].end_s, found[0].start_s))
        kept += found
    return [*kept, *words[done:]]


def _longest(word: Word) -> float:
    return max(WORD_S, DIGIT_S * sum(map(str.isdigit, word.text)))


def _bare(word: Word) -> str:
    return "".join(filter(str.isalnum, word.text)).casefold()
