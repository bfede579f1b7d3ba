"""Find in a script who said the words that were heard."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from schemas.base import Contract

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")


class Line(Contract, frozen=True, kw_only=True):
    """One turn of a script; times in seconds where they are known."""

    speaker: str
    text: str = ""
    start: float | None = None
    end: float | None = None


def speakers_of_words(heard: Sequence[str], script: Sequence[Line]) -> list[str | None]:
    """Give for each word that was heard who says it in the script; None where that is not clear.

    The two are aligned by the longest runs of equal words; words heard otherwise lie between
    them, and are taken in proportion.
    """
    pieces = [(part, at) for at, word in enumerate(heard) for part in _parts(word)]
    truth = [(part, line.speaker) for line in script for part in _parts(line.text)]
    matcher = SequenceMatcher(None, [p for p, _ in pieces], [p for p, _ in truth], autojunk=False)
    found: list[str | None] = [None] * len(heard)
    for kind, first, last, start, end in matcher.get_opcodes():
        if kind not in ("equal", "replace"):
            continue
        for at in range(first, last):
            there = start + int((at - first + 0.5) * (end - start) / (last - first))
            found[pieces[at][1]] = found[pieces[at][1]] or truth[there][1]
    return _between(found)


def _between(found: list[str | None]) -> list[str | None]:
    """Give a word without a place the speaker on both sides of it, where that is one."""
    before = list(_carried(found))
    after = list(_carried(found[::-1]))[::-1]
    return [
        one or (left if left == right else None)
        for one, left, right in zip(found, before, after, strict=True)
    ]


def _carried(found: Sequence[str | None]) -> Iterator[str | None]:
    last: str | None = None
    for one in found:
        last = one or last
        yield last


def _parts(text: str) -> list[str]:
    return _WORD.findall(text.casefold().replace("’", "'"))
