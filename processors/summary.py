"""Summarise a contact by quoting it: why the customer came, what came of it, what was promised."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from processors.moments import second_of
from processors.summary_cues import (
    ABOUT_ONESELF,
    ANSWER,
    DONE,
    EMPTY,
    NEED,
    NO_PROMISE,
    NOT_YET,
    PROMISE,
    REFUSED,
    SETTLED,
    UNTIL,
)
from schemas.events import COMPANY_SIDE, Role
from schemas.summary import Sentence, SummaryLine, SummaryPart
from schemas.utterance import Utterance

LONGEST = 240
MOST_PROMISES = 5
EARLY = 6
"""A reason is looked for in so many of the customer's first turns that say anything."""

_SENTENCE = re.compile(r"[^.!?\n]+(?:\.(?=\w)[^.!?\n]*)*[.!?]*")
_WORD = re.compile(r"[^\W\d_]{2,}")
_MASK = re.compile(r"\[\w+(?::\w+)?\]")


class Spoken(NamedTuple):
    """A turn as the summary sees it: whose, and its sentences that may tell something."""

    utterance: str
    role: Role
    sentences: tuple[Sentence, ...]


def sentences_of(utterance: Utterance) -> tuple[Sentence, ...]:
    """Find the sentences of an utterance that a summary may quote, at most two of each kind."""
    find = _of_company if utterance.role in COMPANY_SIDE else _of_customer
    kept: list[Sentence] = []
    for start, text in _sentences(utterance.text):
        for part, weight in find(text):
            kept.append(
                Sentence(
                    part=part,
                    text=_cut(text),
                    start=start,
                    start_s=second_of(utterance, start),
                    until=_until(text) if part is SummaryPart.PROMISE else None,
                    weight=weight,
                )
            )
    best: list[Sentence] = []
    for part in SummaryPart:
        these = sorted((one for one in kept if one.part is part), key=lambda one: -one.weight)
        best += sorted(these[:2], key=lambda one: one.start)
    return tuple(best)


def summary_of(turns: Sequence[Spoken]) -> tuple[SummaryLine, ...]:
    """Put the summary together from turns in order; empty where nothing tells anything."""
    reason = _reason([turn for turn in turns if turn.role not in COMPANY_SIDE])
    promises = [
        _line(turn, one)
        for turn in turns
        for one in turn.sentences
        if one.part is SummaryPart.PROMISE
    ]
    places = [turn.utterance for turn in turns]
    outcome = _outcome(turns, places.index(reason.utterance) + 1 if reason else 0)
    lines = [one for one in (reason, outcome) if one is not None]
    return (*lines, *_unlike(promises)[-MOST_PROMISES:])


def _reason(theirs: Sequence[Spoken]) -> SummaryLine | None:
    """Take the best sentence of the customer's first turns, of equally good ones the first."""
    early = [turn for turn in theirs if turn.sentences][:EARLY]
    found = [
        (-one.weight, at, one.start, turn, one)
        for at, turn in enumerate(early)
        for one in turn.sentences
        if one.part is SummaryPart.REASON
    ]
    best = min(found, key=lambda item: item[:3], default=None)
    return _line(best[3], best[4]) if best else None


def _outcome(turns: Sequence[Spoken], begins: int) -> SummaryLine | None:
    """Take the weightiest word on how it ended, of equally weighty ones the last.

    The customer's own count in the later half only: before, they tell what brought them.
    """
    found = [
        (one.weight, at, one.start, turn, one)
        for at, turn in enumerate(turns)
        for one in turn.sentences
        if one.part is SummaryPart.OUTCOME
        and at >= (begins if turn.role in COMPANY_SIDE else max(begins, len(turns) // 2))
    ]
    best = max(found, key=lambda item: item[:3], default=None)
    return _line(best[3], best[4]) if best else None


def _line(turn: Spoken, one: Sentence) -> SummaryLine:
    return SummaryLine(
        part=one.part,
        text=one.text,
        role=turn.role,
        utterance=turn.utterance,
        start=one.start,
        start_s=one.start_s,
        until=one.until,
    )


def _unlike(lines: Sequence[SummaryLine]) -> list[SummaryLine]:
    """Drop what is promised twice in the same words."""
    kept: dict[str, SummaryLine] = {}
    for line in lines:
        kept.setdefault(line.text.casefold(), line)
    return list(kept.values())


def _of_customer(text: str) -> Iterator[tuple[SummaryPart, int]]:
    bare = EMPTY.sub("", text)
    words = len(_WORD.findall(_MASK.sub("", bare)))
    needs = bool(NEED.search(bare))
    if words >= 3 and needs:
        yield SummaryPart.REASON, 2
    elif words >= 4 and not ABOUT_ONESELF.match(bare):
        yield SummaryPart.REASON, 1
    if words >= 2 and SETTLED.search(text):
        yield SummaryPart.OUTCOME, 2
    if PROMISE.search(text) and not NO_PROMISE.search(text) and _until(text):
        yield SummaryPart.PROMISE, 1


def _of_company(text: str) -> Iterator[tuple[SummaryPart, int]]:
    promises = bool(PROMISE.search(text) and not NO_PROMISE.search(text))
    if promises:
        yield SummaryPart.PROMISE, 2 if _until(text) else 1
    if text.endswith("?"):
        return
    if REFUSED.search(text) or (DONE.search(text) and not NOT_YET.search(text)):
        yield SummaryPart.OUTCOME, 3
    elif not promises and ANSWER.search(text):
        yield SummaryPart.OUTCOME, 1


def _until(text: str) -> str | None:
    found = UNTIL.search(text)
    return found[0] if found else None


def _sentences(text: str) -> Iterator[tuple[int, str]]:
    for match in _SENTENCE.finditer(text):
        stripped = match[0].strip()
        if stripped:
            yield match.start() + match[0].index(stripped), stripped


def _cut(text: str) -> str:
    """Shorten a long sentence between words; a mask holds no blank, so that none is cut."""
    if len(text) <= LONGEST:
        return text
    return text[:LONGEST].rsplit(" ", 1)[0] + " \u2026"
