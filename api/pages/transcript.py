"""Lay out what was said: words that play, masks that hide, and who speaks in which lane."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from schemas.events import COMPANY_SIDE, Party, Role
from schemas.summary import SummaryLine
from schemas.utterance import Redaction, Tagged

_MASK = re.compile(r"\[([a-z]+)(?::[0-9a-f]{12})?\](\W*)")


class Word(NamedTuple):
    """A word of a call from `start_s` to `end_s`; `masks` names the type that it hides."""

    text: str
    start_s: float
    end_s: float
    masks: str | None


class Stretch(NamedTuple):
    """A stretch of written text; `masks` names the type that it hides."""

    text: str
    masks: str | None


class Line(NamedTuple):
    """One utterance: words where it was spoken, stretches where it was written."""

    tagged: Tagged
    is_ours: bool
    speaker: str
    words: list[Word]
    stretches: list[Stretch]


class SummaryRow(NamedTuple):
    """A line of the summary, the number of its utterance, and its text with masks that hide."""

    line: SummaryLine
    number: int
    stretches: list[Stretch]


class Lane(NamedTuple):
    """A track of the recording and who speaks on it."""

    track: int
    speaker: str
    role: Role

    @property
    def is_ours(self) -> bool:
        """Tell whether the company speaks here."""
        return self.role in COMPANY_SIDE


def lines_of(utterances: Sequence[Tagged]) -> list[Line]:
    """Lay out the utterances of one interaction."""
    return [
        Line(
            tagged=tagged,
            is_ours=tagged.utterance.role in COMPANY_SIDE,
            speaker=speaker_of(tagged.utterance.party),
            words=_words(tagged),
            stretches=_stretches(tagged.utterance.text, tagged.utterance.redactions),
        )
        for tagged in utterances
    ]


def summary_rows(summary: Sequence[SummaryLine], utterances: Sequence[Tagged]) -> list[SummaryRow]:
    """Lay out the summary; a line is found by the number of its utterance, from 1."""
    numbers = {tagged.utterance.id: at for at, tagged in enumerate(utterances, 1)}
    return [
        SummaryRow(line, numbers[line.utterance], _masked(line.text))
        for line in summary
        if line.utterance in numbers
    ]


def speaker_of(party: Party) -> str:
    """Name who speaks; by role where there is no name."""
    return party.name or party.role.value.capitalize()


def lanes_of(utterances: Sequence[Tagged]) -> list[Lane]:
    """List the tracks on which somebody speaks, in order."""
    lanes: dict[int, Lane] = {}
    for tagged in utterances:
        said = tagged.utterance
        if said.track is not None:
            lanes.setdefault(said.track, Lane(said.track, speaker_of(said.party), said.role))
    return [lanes[track] for track in sorted(lanes)]


def _words(tagged: Tagged) -> list[Word]:
    out = []
    for word in tagged.utterance.words:
        text = word.text.strip()
        if not text:
            continue
        mask = _MASK.fullmatch(text)
        out.append(Word(text, word.start_s, word.end_s, mask[1] if mask else None))
    return out


def _stretches(text: str, redactions: Sequence[Redaction]) -> list[Stretch]:
    out, at = [], 0
    for hidden in sorted(redactions, key=lambda one: one.start):
        if hidden.start < at or hidden.end <= hidden.start:
            continue
        if hidden.start > at:
            out.append(Stretch(text[at : hidden.start], None))
        out.append(Stretch(text[hidden.start : hidden.end], hidden.type))
        at = hidden.end
    if at < len(text):
        out.append(Stretch(text[at:], None))
    return out


def _masked(text: str) -> list[Stretch]:
    """Cut a text at its masks: where they stand is known of whole utterances only."""
    out, at = [], 0
    for mask in _MASK.finditer(text):
        if mask.start() > at:
            out.append(Stretch(text[at : mask.start()], None))
        out.append(Stretch(mask[0], mask[1]))
        at = mask.end(1) + 1
    return [*out, Stretch(text[at:], None)] if at < len(text) else out
