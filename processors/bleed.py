"""Drop words that one party's microphone caught from the other's loudspeaker."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import combinations

from schemas.utterance import Word

APART_S = 0.4  # the same word on two tracks starts within this time
FEWEST = 3  # fewer equal words in a row may be two people who greet each other

Run = list[tuple[int, int]]


def without_bleed(tracks: Sequence[Sequence[Word]]) -> tuple[tuple[Word, ...], ...]:
    """Give each track's words without those that are the same words of another track.

    At least three words in a row must agree in text and time; the run that was heard with less
    confidence is dropped, on a tie the one of the later track.
    """
    dropped: list[set[int]] = [set() for _ in tracks]
    for first, second in combinations(range(len(tracks)), 2):
        for run in _runs(tracks[first], tracks[second]):
            ours, theirs = [i for i, _ in run], [j for _, j in run]
            if _confidence(tracks[first], ours) < _confidence(tracks[second], theirs):
                dropped[first].update(ours)
            else:
                dropped[second].update(theirs)
    return tuple(
        tuple(word for at, word in enumerate(words) if at not in gone)
        for words, gone in zip(tracks, dropped, strict=True)
    )


def _runs(first: Sequence[Word], second: Sequence[Word]) -> Iterator[Run]:
    """Find stretches in which both tracks have the same words at the same time."""
    starts = [word.start_s for word in second]
    texts = [_bare(word) for word in second]
    run: Run = []
    for i, word in enumerate(first):
        j = _same(word, starts, texts, after=run[-1][1] if run else -1)
        if run and (j is None or j != run[-1][1] + 1):
            if len(run) >= FEWEST:
                yield run
            run = []
        if j is not None:
            run.append((i, j))
    if len(run) >= FEWEST:
        yield run


def _same(word: Word, starts: Sequence[float], texts: Sequence[str], after: int) -> int | None:
    text = _bare(word)
    at = max(bisect_left(starts, word.start_s - APART_S), after + 1)
    while at < len(starts) and starts[at] <= word.start_s + APART_S:
        if text and texts[at] == text:
            return at
        at += 1
    return None


def _confidence(words: Sequence[Word], run: Sequence[int]) -> float:
    return sum(words[at].confidence for at in run) / len(run)


def _bare(word: Word) -> str:
    return "".join(filter(str.isalnum, word.text)).casefold()
