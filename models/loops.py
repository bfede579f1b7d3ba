"""Cut the repetition loops that speech models fall into on music, tones and noise."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.utterance import Word

LONGEST_PHRASE = 12  # words
REPEATS = 4  # a phrase said this often in a row ...
LOOP_WORDS = 8  # ... that makes up at least so many words
ALL_LOOP = 0.8  # share of a segment in loops above which none of it was said
DIGITS = frozenset(
    "zero oh one two three four five six seven eight nine double triple".split()  # noqa: SIM905  # a list of words reads better so
)


def without_loops(words: Sequence[Word]) -> list[Word]:
    """Keep one copy of a phrase that loops, and nothing of a segment that is all loop.

    Digits never count as a loop: card numbers repeat them, and what is cut here could be
    neither redacted nor muted.
    """
    texts = [_bare(word.text) for word in words]
    kept: list[Word] = []
    looped = at = 0
    while at < len(words):
        phrase, repeats = _loop_at(texts, at)
        if repeats:
            kept.extend(words[at : at + phrase])
            looped += phrase * repeats
            at += phrase * repeats
        else:
            kept.append(words[at])
            at += 1
    return [] if looped and looped >= ALL_LOOP * len(words) else kept


def _loop_at(texts: Sequence[str], at: int) -> tuple[int, int]:
    """Tell the length of the phrase that loops from `at`, and how often; (0, 0) for none."""
    for length in range(1, LONGEST_PHRASE + 1):
        phrase = texts[at : at + length]
        if len(phrase) < length or any(_numeric(text) for text in phrase):
            return 0, 0
        repeats = 1
        while texts[at + repeats * length : at + (repeats + 1) * length] == phrase:
            repeats += 1
        if repeats >= REPEATS and repeats * length >= LOOP_WORDS:
            return length, repeats
    return 0, 0


def _numeric(text: str) -> bool:
    return text in DIGITS or any(map(str.isdigit, text))


def _bare(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()
