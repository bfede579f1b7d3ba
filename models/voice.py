"""Find where somebody speaks, and cut that into the windows that a speech model hears at once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.doubts import music_among

RATE = 16_000
FRAME = 512  # samples of which the voice detection tells one probability
SPEECH = 0.5  # probability at which speech begins ...
QUIET = 0.35  # ... and below which it may end
PAUSE = 5  # frames of quiet that end it: 160 ms
PAD = 6_400  # samples that are kept around speech: 400 ms
WINDOW = 30 * RATE
LOOK_BACK = 10 * RATE  # a window may end so much earlier for the sake of a longer pause

# Measured: of 800 stretches of speech in calls 99 % have a frame above 0.9, at 8 kHz too. Of music,
# tones, dialling and noise none reached 0.8, or kept above 0.5 for longer than 15 frames.
SURE = 0.8
LASTING = 25  # frames of speech: 0.8 s
PLAIN, HEARD = 0.9, 10  # probability, and frames, that no doubt stands against: a digit is so short
NEAR = 5 * RATE  # samples from sure speech within which less sure speech is believed

SILENT = 0.001  # no sample of a silent frame is louder: -60 dB of full scale
STILL = 32  # silent frames, one second, after which the detection begins afresh
AFRESH = 94  # frames, three seconds, after which it also begins afresh, for a second opinion
UNHEARD = 24  # frames in a row without speech, 0.8 s, for which that is worth its time
STARTLED = 8  # frames for which it takes the onset of any sound for speech

Samples = NDArray[np.float32]
Odds = NDArray[np.float32]


class Clip(NamedTuple):
    """A stretch of a track, in samples: `start` is in it and `end` is not.

    `pause` is how long nobody spoke before it, of which its margin is a part.
    """

    start: int
    end: int
    pause: int = 0

    @property
    def length(self) -> int:
        """Count the samples."""
        return self.end - self.start


class _Run(NamedTuple):
    clip: Clip
    peak: float
    frames: int

    @property
    def sure(self) -> bool:
        """Tell whether this is speech whatever is around it."""
        return self.peak >= SURE or self.frames >= LASTING

    @property
    def plain(self) -> bool:
        """Tell whether this is speech even amid music."""
        return self.peak >= PLAIN and self.frames >= HEARD


def speech_in(samples: Samples) -> tuple[Clip, ...]:
    """Find the stretches of speech, with a margin around each, apart and in order.

    What sounds like speech for moments only, as music, tones and noise do, counts where somebody
    surely speaks nearby, and nowhere else; what lies amid music or consists of steady tones is
    looked at again without what went before.

    Method: Silero VAD's probabilities with hysteresis, https://github.com/snakers4/silero-vad
    """
    if not len(samples) or not samples.any():
        return ()
    found = list(_runs(_probabilities(samples)))
    spans = [(run.clip.start, run.clip.end) for run in found]
    doubts = music_among(samples, spans, [run.plain for run in found], _look)
    runs = [run for run, doubted in zip(found, doubts, strict=True) if not doubted]
    sure = [run.clip for run in runs if run.sure]
    kept = [run.clip for run in runs if run.sure or _is_near(run.clip, sure)]
    return tuple(_split(_padded(kept, len(samples))))


def windows(clips: Sequence[Clip]) -> Iterator[tuple[Clip, ...]]:
    """Group stretches of speech so that each group lasts 30 s at most.

    A group is filled, and then ends at the longest pause within its last ten seconds, or fewer
    where more windows would be needed so: what is said on both sides of a cut is heard without
    the other.
    """
    at, rest = 0, sum(clip.length for clip in clips)
    while at < len(clips):
        end, filled = at, 0
        while end < len(clips) and filled + clips[end].length <= WINDOW:
            filled += clips[end].length
            end += 1
        if end < len(clips):
            spare = -rest % WINDOW // 2
            end = _longest_pause(clips, at, end, min(LOOK_BACK, spare))
        yield tuple(clips[at:end])
        rest -= sum(clip.length for clip in clips[at:end])
        at = end


class Timeline:
    """Tells at which time of the track something was said that was heard in a window's time."""

    def __init__(self, clips: Iterable[Clip]) -> None:
        self._clips = tuple(clips)
        lengths = [clip.length for clip in self._clips]
        self._starts = [0, *np.cumsum(lengths[:-1]).tolist()]

    def time(self, heard_s: float, within: int) -> float:
        """Give the time in the track, in seconds, no farther than the edges of a clip."""
        clip, start = self._clips[within], self._starts[within]
        at: float = min(max(clip.start + heard_s * RATE - start, clip.start), clip.end)
        return at / RATE

    def clip_at(self, heard_s: float) -> int:
        """Give the number of the clip that was heard at a time in seconds."""
        return max(bisect_right(self._starts, heard_s * RATE) - 1, 0)


def _probabilities(samples: Samples) -> Odds:
    """Give the probability of speech per frame, the higher of what two ways of looking tell.

    The detection remembers: after music or noise it misses the first sentences. So it looks at
    each stretch as a whole, and at blocks of it in which it found nothing for a while.
    """
    frames = np.pad(samples, (0, -len(samples) % FRAME)).reshape(-1, FRAME)
    odds = np.zeros(len(frames), np.float32)
    for start, end in _sounding(np.abs(frames).max(axis=1) > SILENT):
        odds[start:end] = _look(frames[start:end].ravel())
        for first, last in _afresh(start, end):
            if _longest_run(odds[first:last] < SPEECH) < UNHEARD:
                continue
            calm = slice(first + STARTLED, last)
            again = _look(frames[first:last].ravel())[STARTLED:]
            odds[calm] = np.maximum(odds[calm], again)
    return odds


def _afresh(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut a stretch into blocks, twice, so that each cut lies in the middle of another block."""
    for first in (AFRESH, AFRESH // 2):
        yield from pairwise([start, *range(start + first, end, AFRESH), end])


def _longest_run(which: NDArray[np.bool_]) -> int:
    edges = np.flatnonzero(np.diff(which, prepend=False, append=False))
    return int((edges[1::2] - edges[::2]).max(initial=0))


def _look(samples: Samples) -> NDArray[np.float32]:
    """Give the probability of speech for each frame of samples, knowing nothing before them."""
    from faster_whisper.vad import get_vad_model

    # A copy, always: the detection writes into what it is given.
    whole = np.pad(samples, (0, -len(samples) % FRAME))
    return np.ravel(get_vad_model()(whole)).astype(np.float32, copy=False)


def _sounding(loud: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Find the stretches between silences, in frames.

    The detection remembers: after a long silence it misses the first words, so it begins afresh.
    """
    heard = np.flatnonzero(loud)
    if not len(heard):
        return
    breaks = np.flatnonzero(np.diff(heard) > STILL)
    starts = [max(int(at) - 1, 0) for at in heard[[0, *(breaks + 1)]]]
    ends = [int(at) + STILL // 2 for at in heard[[*breaks, -1]]]
    yield from ((start, min(end, len(loud))) for start, end in zip(starts, ends, strict=True))


def _runs(odds: Odds) -> Iterator[_Run]:
    """Find runs of frames that begin with speech and end where it has been quiet for a while."""
    start: int | None = None
    quiet = 0
    for at, chance in enumerate(odds.tolist()):
        if chance >= SPEECH:
            start, quiet = at if start is None else start, 0
        elif start is not None and (chance < QUIET or quiet):
            quiet += 1
            if quiet >= PAUSE:
                yield _run(odds, start, at + 1 - quiet)
                start, quiet = None, 0
    if start is not None:
        yield _run(odds, start, len(odds))


def _run(odds: Odds, start: int, end: int) -> _Run:
    chances = odds[start:end]
    clip = Clip(start * FRAME, end * FRAME)
    return _Run(clip, float(chances.max()), int((chances >= SPEECH).sum()))


def _is_near(clip: Clip, sure: Sequence[Clip]) -> bool:
    return any(clip.start - NEAR <= one.end and one.start <= clip.end + NEAR for one in sure)


def _padded(clips: Sequence[Clip], length: int) -> Iterator[Clip]:
    """Widen each clip, up to the middle of the pause where the next is close."""
    for at, clip in enumerate(clips):
        ended = clips[at - 1].end if at else 0
        before = (clip.start + ended) // 2 if at else 0
        after = (clip.end + clips[at + 1].start) // 2 if at + 1 < len(clips) else length
        start, end = max(clip.start - PAD, before), min(clip.end + PAD, after)
        yield Clip(start, end, clip.start - ended)


def _split(clips: Iterable[Clip]) -> Iterator[Clip]:
    """Cut what goes on for longer than a window into equal parts."""
    for clip in clips:
        parts = -(-clip.length // WINDOW)
        edges = [clip.start + clip.length * part // parts for part in range(parts + 1)]
        yield Clip(edges[0], edges[1], clip.pause)
        yield from (Clip(*pair) for pair in pairwise(edges[1:]))


def _longest_pause(clips: Sequence[Clip], at: int, end: int, look_back: int) -> int:
    """Choose where a window that cannot hold the clip `end` ends; the later of equal pauses."""
    best = cut = end
    given_up = 0
    while cut - 1 > at and given_up + clips[cut - 1].length <= look_back:
        cut -= 1
        given_up += clips[cut].length
        if clips[cut].pause > clips[best].pause:
            best = cut
    return best
