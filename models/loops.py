"""Cut what speech models say of themselves: loops on music and noise, and names read off a list."""

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


def without_recital(words: Sequence[Word], names: Sequence[str]) -> list[Word]:
    """Leave out runs of two or more `names` in the order in which they were given as hints.

    A model that is led by names may read their list out in place of what was said.
    """
    texts = [_bare(word.text) for word in words]
    listed = [[_bare(part) for part in name.split()] for name in names]
    kept: list[Word] = []
    at = 0
    while at < len(words):
        recited = max(
            (_recited(texts, at, listed[start:]) for start in range(len(listed))), default=0
        )
        if not recited:
            kept.append(words[at])
        at += recited or 1
    return kept


def _recited(texts: Sequence[str], at: int, listed: Sequence[list[str]]) -> int:
    """Count the words from `at` that read `listed` from its start; 0 if they are one name only."""
    length = count = 0
    for name in listed:
        if not name or list(texts[at + length : at + length + len(name)]) != name:
            break
        length += len(name)
        count += 1
    return length if count > 1 else 0


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
