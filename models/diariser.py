"""Tell which speaker said each word of a track that carries several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from models.speaker_encoder import WINDOW_S, Floats, Span, SpeakerEncoder
from models.voices import voices
from schemas.answers import TrackTranscript, Transcript
from schemas.utterance import Word

MOST = 4  # speakers
STEP_S = 0.8  # from one window to the next
PAD_S = 0.1  # word times are this uncertain
CLEAR_S = 0.8  # shorter stretches do not tell what a voice is like
PHRASE_GAP_S = 0.3  # a pause that ends a stretch of one voice, for choosing windows
SURE = 30.0  # nats per second of speech and unit of cosine
ENDS = (".", "?", "!", "。", "？", "！", "…")


class _Window(NamedTuple):
    span: Span
    words: tuple[int, ...]


class Told(NamedTuple):
    """The speaker of each word, numbered as they first speak; how alike the voices are (0-1)."""

    speakers: tuple[int, ...]
    alike: float


class Diariser:
    """Speaker vectors of stretches of speech, clustered, then the likeliest speaker of each word.

    May be called from several threads at once; an answer depends on nothing but its arguments.
    """

    def __init__(self, encoder: SpeakerEncoder) -> None:
        self._encoder = encoder
        self.name = encoder.name

    def tell(self, samples: Floats, words: Sequence[Word]) -> Told:
        """Tell who says each word.

        `samples` are -1..1 at 16 kHz. Changes fall on pauses and ends of sentences where the
        voices leave a choice.
        """
        if not words:
            return Told((), 0.0)
        one = Told((0,) * len(words), 0.0)
        windows = list(_windows(words))
        vectors = self._encoder.encode(samples, [window.span for window in windows])
        seconds = np.array([_length(window.span) for window in windows], dtype=np.float32)
        clear = seconds >= CLEAR_S
        if not clear.any():
            return one
        centres, alike = voices(vectors[clear], seconds[clear], MOST)
        if len(centres) == 1:
            return one
        path = _likeliest(words, _scores(words, windows, vectors @ centres.T))
        return Told(_renumbered(path), round(alike, 3))


def diarised(diariser: Diariser, transcript: Transcript, tracks: Sequence[Floats]) -> Transcript:
    """Add speakers to a transcript of the first track; the other tracks hold the same sound."""
    first = transcript.tracks[0]
    told = diariser.tell(tracks[0], first.words)
    voiced = replace(first, speakers=told.speakers, alike=told.alike)
    return replace(
        transcript,
        engine=f"{transcript.engine}+{diariser.name}",
        tracks=(voiced, *(TrackTranscript() for _ in tracks[1:])),
    )


def _windows(words: Sequence[Word]) -> Iterator[_Window]:
    """Choose windows that hardly ever hold two speakers: none reaches over a sentence or pause."""
    for phrase in _phrases(words):
        start, end = words[phrase[0]].start_s - PAD_S, words[phrase[-1]].end_s + PAD_S
        count = max(1, int(np.ceil((end - start - 1.25 * WINDOW_S) / STEP_S)) + 1)
        for at in np.linspace(start, max(end - WINDOW_S, start), count):
            span = (float(at), float(min(at + WINDOW_S, end)))
            inside = tuple(i for i in phrase if span[0] <= _middle(words[i]) <= span[1])
            yield _Window(span, inside or tuple(phrase))


def _phrases(words: Sequence[Word]) -> Iterator[range]:
    start = 0
    for at, (word, following) in enumerate(pairwise(words), start=1):
        if _ends_sentence(word, following) or following.start_s - word.end_s > PHRASE_GAP_S:
            yield range(start, at)
            start = at
    yield range(start, len(words))


def _scores(words: Sequence[Word], windows: Sequence[_Window], likeness: Floats) -> Floats:
    """Give words x speakers: the mean of the windows that hold a word, times its length."""
    total = np.zeros((len(words), likeness.shape[1]), dtype=np.float64)
    count = np.zeros(len(words), dtype=np.float64)
    for window, alike in zip(windows, likeness, strict=True):
        for at in window.words:
            total[at] += alike
            count[at] += 1
    lengths = np.array([max(word.end_s - word.start_s, 0.05) for word in words])
    return np.asarray(
        total / np.maximum(count, 1)[:, None] * lengths[:, None] * SURE, dtype=np.float32
    )


def _likeliest(words: Sequence[Word], scores: Floats) -> NDArray[np.int64]:
    """Find the best sequence of speakers; a change costs what its border says (Viterbi)."""
    count = scores.shape[1]
    best, came = scores[0].astype(np.float64), np.zeros(scores.shape, dtype=np.int64)
    stay = np.arange(count)
    for at in range(1, len(words)):
        leader = int(best.argmax())
        changed = best[leader] - _price(words[at - 1], words[at])
        came[at] = np.where(changed > best, leader, stay)
        best = np.maximum(best, changed) + scores[at]
    path = np.zeros(len(words), dtype=np.int64)
    path[-1] = int(best.argmax())
    for at in range(len(words) - 1, 0, -1):
        path[at - 1] = came[at, path[at]]
    return path


def _price(word: Word, following: Word) -> float:
    """Say in nats how unlikely a change of speaker is between two words."""
    gap = following.start_s - word.end_s
    if _ends_sentence(word, following):
        return 0.5 if gap > 0.25 else 1.5
    if gap > 0.5:
        return 2.0
    if gap > 0.25 or word.text.endswith((",", ";", ":")):
        return 4.0
    return 8.0


def _ends_sentence(word: Word, following: Word) -> bool:
    return word.text.endswith(ENDS) and not following.text.startswith((".", ",", "-"))


def _renumbered(path: NDArray[np.int64]) -> tuple[int, ...]:
    numbers: dict[int, int] = {}
    return tuple(numbers.setdefault(int(speaker), len(numbers)) for speaker in path)


def _middle(word: Word) -> float:
    return (word.start_s + word.end_s) / 2


def _length(span: Span) -> float:
    return span[1] - span[0]
