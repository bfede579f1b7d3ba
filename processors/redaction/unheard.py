"""Find speech in which the engine heard no words: it may be a number, and nobody can tell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Span = tuple[float, float]

LONGEST_WORD_S = 1.5  # an engine stretches a word over what it does not understand
EDGE_S = 0.25  # word times are this uncertain
SHORTEST_S = 1.2  # less is a breath, a laugh or half a word
JOIN_S = 1.2


def unheard(words: Iterable[Span], speech: Sequence[Span]) -> list[Span]:
    """Find the stretches of speech without words, in seconds of the recording, in order.

    `words` are the times of all words of the call, whoever said them; `speech` is where the voice
    detection found somebody speaking. Stretches with short pauses between them are one.
    """
    words = sorted(words)
    covered = merged(
        ((start - EDGE_S, min(end, start + LONGEST_WORD_S) + EDGE_S) for start, end in words), 0.0
    )
    left = [piece for span in merged(speech, 0.0) for piece in _without(span, covered)]
    long = [span for span in merged(left, JOIN_S, covered) if span[1] - span[0] >= SHORTEST_S]
    return merged((_to_word(span, words) for span in long), 0.0)


def _to_word(span: Span, words: Iterable[Span]) -> Span:
    """Lengthen a stretch over the word behind it, where that is too long to be one word.

    The engine begins it early, over what it did not understand: the word itself is at its end.
    """
    start, end = span
    for first, last in words:
        if abs(first - end) <= 2 * EDGE_S and last - first > LONGEST_WORD_S:
            return start, last
    return span


def merged(spans: Iterable[Span], gap: float, between: Sequence[Span] = ()) -> list[Span]:
    """Join spans that are at most `gap` seconds apart, unless a span of `between` lies there."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start - joined[-1][1] <= gap and not _holds(between, joined[-1][1], start):
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((start, end))
    return joined


def _holds(spans: Sequence[Span], low: float, high: float) -> bool:
    return any(start < high and low < end for start, end in spans)


def _without(span: Span, covered: Sequence[Span]) -> list[Span]:
    """Cut covered stretches out of a span."""
    left: list[Span] = []
    start, end = span
    for low, high in covered:
        if high <= start:
            continue
        if low >= end:
            break
        if low > start:
            left.append((start, low))
        start = max(start, high)
    if start < end:
        left.append((start, end))
    return left
