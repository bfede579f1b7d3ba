"""Find sensitive values in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from processors.redaction.answers import answered, counted, like_a_date
from processors.redaction.cards import cards
from processors.redaction.cues import kind_by_cue
from processors.redaction.patterns import (
    Shape,
    beside_masks,
    expiries,
    mixed_accounts,
    passwords,
    shapes,
)
from processors.redaction.personal import answers, personal
from processors.redaction.policy import Sensitive
from processors.redaction.shields import like_a_year, measured, shielded
from processors.redaction.spoken_email import spoken_emails
from processors.redaction.spoken_numbers import NUMBER_WORDS, Run, plain_digits, runs

_WINDOW = 190
_MASK = re.compile(rf"\[(?:{'|'.join(Sensitive)})(?::[0-9a-f]{{12}})?\]")
_VEIL = "\x00"
_OTHER = re.compile(
    r"\bname\b|birth|\w@|\bdot\b|\w\.[a-z]{2}|mailcom|yahoocom|outlookcom|aolcom|\bpass\s?(?:word|phrase)"
)
_NUMBER = re.compile(rf"\d|\b(?:{'|'.join(sorted(NUMBER_WORDS))})\b")
_RANK = {kind: rank for rank, kind in enumerate(Sensitive)}
_SPOKEN_PHONE = (10, 11)
_SPOKEN_CARD = range(12, 25)


class Find(NamedTuple):
    """A sensitive value at `start`..`end` of the text; `value` is its plain form."""

    kind: Sensitive
    start: int
    end: int
    value: str


def detect(text: str, context: str = "") -> list[Find]:
    """Find sensitive values, in order, not overlapping. Masks are never found."""
    whole, context = context, context[-_WINDOW:]
    if not _worth_reading(text.lower()) and not _answers(text, context):
        return []
    veiled = _veil(text)
    context = _veil(context)
    found = [
        *_by_shape(text, veiled, context),
        *_by_number(veiled, context, whole),
    ]
    return _settle(found, len(text))


def _worth_reading(text: str) -> bool:
    """Tell quickly whether a text in lower case can hold anything at all."""
    numbers = _NUMBER.findall(text)
    return len(numbers) > 1 or _OTHER.search(text) is not None


def _answers(text: str, context: str) -> bool:
    """Tell whether the text answers the question for a password or a name."""
    if answers(text, context):
        return True
    return "pass" in context.lower() and any(passwords(text, context))


def _veil(text: str) -> str:
    """Blank out masks, so that they are neither found again nor serve as cues."""
    if "[" not in text:
        return text
    return _MASK.sub(lambda match: _VEIL * len(match[0]), text)


def _by_shape(text: str, veiled: str, context: str) -> Iterator[Find]:
    found: list[Shape] = [
        *shapes(veiled),
        *expiries(veiled, context),
        *mixed_accounts(veiled, context),
        *passwords(veiled, context),
        *beside_masks(text),
    ]
    found += personal(veiled, context)
    found += personal(veiled, context)
    found += ((Sensitive.EMAIL, *span) for span in spoken_emails(veiled, context))
    for kind, start, end in found:
        value = text[start:end]
        if _VEIL not in veiled[start:end]:
            yield Find(kind, start, end, _plain(kind, value))


def _plain(kind: Sensitive, value: str) -> str:
    """Write a value in the form that hashes alike however it was written."""
    if kind in (Sensitive.EMAIL, Sensitive.PASSWORD):
        return value.casefold() if kind is Sensitive.EMAIL else value
    signs = (plain_digits(sign) if sign.isdecimal() else sign for sign in value if sign.isalnum())
    return "".join(signs).upper()


def _by_number(text: str, context: str, whole: str) -> Iterator[Find]:
    safe: bytearray | None = None
    for run in runs(text):
        if len(run.digits) < 3:
            continue
        if safe is None:
            safe = shielded(text)
        for find in _cards(run):
            safe[find.start : find.end] = b"\x01" * (find.end - find.start)
            yield find
        for part in _parts(run, safe):
            kind = _kind(part, text, context, whole)
            if kind:
                yield Find(kind, part.starts[0], part.ends[-1], part.digits)


def _cards(run: Run) -> Iterator[Find]:
    for reading in (run, run.with_homophones()) if run.homophones else (run,):
        for first, end in cards(reading):
            start, stop = reading.starts[first], reading.ends[end - 1]
            yield Find(Sensitive.CARD, start, stop, reading.digits[first:end])


def _parts(run: Run, safe: bytearray) -> Iterator[Run]:
    """Split a run at signs such as "/" and leave out what is shielded."""
    harmless = [1 in safe[a:b] for a, b in zip(run.starts, run.ends, strict=True)]
    first = 0
    for place in range(1, len(run.digits) + 1):
        last = place == len(run.digits)
        if last or place in run.hard or harmless[place] != harmless[first]:
            if place - first >= 3 and not harmless[first]:
                yield run.part(first, place)
            first = place


def _kind(part: Run, text: str, context: str, whole: str) -> Sensitive | None:
    """Tell what a number is, or None if it is nobody's business."""
    start, end, digits = part.starts[0], part.ends[-1], part.digits
    if measured(text, digits, start, end) or _glued(text, start, end):
        return None
    before = (context + "\n" + text[max(0, start - _WINDOW) : start])[-_WINDOW:]
    unlikely = like_a_year(digits) or like_a_date(digits) or counted(text[:start], digits)
    kind = kind_by_cue(digits, before, text[end : end + 50], year=unlikely)
    if kind:
        return kind
    if not all(part.spoken):
        return answered(digits, text, whole, start=start, end=end)
    if len(digits) in _SPOKEN_PHONE:
        return Sensitive.PHONE
    return Sensitive.CARD if len(digits) in _SPOKEN_CARD else None


def _glued(text: str, start: int, end: int) -> bool:
    """Tell whether letters touch the number, as in a handle or an ordinal."""
    return text[start - 1 : start].isalpha() or text[end : end + 1].isalpha()


def _settle(found: list[Find], size: int) -> list[Find]:
    """Keep the first in rank of overlapping finds; of equal rank the longest."""
    kept: list[Find] = []
    taken = bytearray(size)
    for find in sorted(found, key=lambda each: (_RANK[each.kind], each.start - each.end, each)):
        if 1 not in taken[find.start : find.end]:
            taken[find.start : find.end] = b"\x01" * (find.end - find.start)
            kept.append(find)
    return sorted(kept, key=lambda each: each.start)
