"""Find numbers that are read out in a call: over words and turns, as a speech engine hears them.

A speech engine drops, merges and invents digits ("111-1111..."), and a turn ends where the caller
takes a breath. So a number is not sought by its digits, but as a stretch of speech that consists
of digits, and the whole stretch counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from processors.redaction.cues import kind_by_cue
from processors.redaction.policy import Sensitive
from processors.redaction.shields import like_a_year
from processors.redaction.spoken_numbers import digits_said
from processors.redaction.unheard import Span
from schemas.utterance import Utterance, Word

LONG = 7
"""Digits that make a number nobody has asked for."""

BREATH_S = 4.0  # from one digit to the next
ASKED_S = 20.0  # from the question to the first digit
ASKED = 200  # characters of what was said before that serve for cues
PAUSE_S = 0.45  # a longer one parts the answer from the question
TOUCHES_S = 1.5  # from digits to speech that was not understood
DIGITS_PER_S = 1.2
MOST_MISHEARD = 4
UNSURE = 0.6  # confidence below which a word among digits may be a digit
UNSURE_MIXED = 0.8  # the same for letters and digits in one word: "C5"
MOST_UNSURE = 6
OTHERS = 2  # words between two digits that are no digits: misheard ones, "mm-hmm", "and then"
BETWEEN = 4  # the same between two parts of a card that are each known as such
_ANEW = re.compile(r"\b(?:last|code|date|expir\w*|security|back|number|digits)\b", re.IGNORECASE)
_CARD_ASKED = re.compile(
    r"\b(?:long number|(?:sixteen|16)[- ]?digits?|(?:debit|credit|visa|master ?card|amex|bank|your"
    r"|the|my|payment) card|car[dt]? (?:number|details|no))\b",
    re.IGNORECASE,
)
_OWN = re.compile(
    r"\b(?:order|booking|ticket|reference|confirmation|tracking|case|invoice|serial|model)\b"
)
_MISHEARD = frozenset(
    "to too for fore ate won tree free sex nein fife nigh night oh o so and then a uh um".split()  # noqa: SIM905  # a list of words reads better so
)
_SHORT = 4  # digits of a security code or an expiry, asked for beside the card
_CARD_SIZES = range(12, 40)
_PHONE_SIZES = range(10, 12)


class Place(NamedTuple):
    """A word of a call: which turn, and which word of it."""

    turn: int
    word: int


@dataclass(slots=True)
class Stretch:
    """A number read out: its words, from `start_s` to `end_s` in the recording, in seconds."""

    kind: Sensitive
    places: list[Place]
    start_s: float
    end_s: float


@dataclass(slots=True)
class _Open:
    """A stretch that may go on; `digits` so far, `pending` the words since the last digit."""

    places: list[Place] = field(default_factory=list)
    pending: list[Place] = field(default_factory=list)
    digits: str = ""
    pieces: int = 0
    sure: int = 0
    end_s: float = 0.0


def stretches(turns: Sequence[Utterance], holes: Sequence[Span] = ()) -> list[Stretch]:
    """Find the numbers that are read out in the turns of one call, in time order.

    Without a cue a number counts from seven digits that are said one by one; after the question
    for a card everything counts that sounds like digits. `holes` is speech in which no words were
    heard: beside digits it stands for more of them.
    """
    tracks = sorted({turn.track for turn in turns if turn.words}, key=lambda track: track or 0)
    found = [
        stretch
        for track in tracks
        for stretch in _joined(turns, list(_of_track(turns, track, holes)))
    ]
    found += _half_heard(turns, holes, {place for one in found for place in one.places})
    return sorted(found, key=lambda stretch: (stretch.start_s, stretch.end_s))


def _of_track(
    turns: Sequence[Utterance], track: int | None, holes: Sequence[Span]
) -> Iterator[Stretch]:
    for group in _groups(turns, track, holes):
        start_s = _word(turns, group.places[0]).start_s
        beside = _beside((start_s, group.end_s), holes)
        before = said_before(turns, min(start_s, beside[0]))
        lost = int((beside[1] - beside[0] - (group.end_s - start_s)) * DIGITS_PER_S)
        kind = _kind(group, lost, before, _after(turns, group.places[-1]))
        if kind is not None:
            places = _with_edges(turns, group, lost)
            start, end = _word(turns, places[0]), _word(turns, places[-1])
            yield Stretch(kind, places, min(start.start_s, beside[0]), max(end.end_s, beside[1]))


def _joined(turns: Sequence[Utterance], found: list[Stretch]) -> list[Stretch]:
    """Make one of two stretches that only a few words part: a card may come in two attempts."""
    joined: list[Stretch] = []
    for stretch in found:
        between = _between(turns, joined[-1].places[-1], stretch.places[0]) if joined else []
        if joined and _goes_on(turns, joined[-1], stretch, between):
            last = joined[-1]
            places = list(dict.fromkeys([*last.places, *between, *stretch.places]))
            end_s = max(last.end_s, stretch.end_s)
            joined[-1] = Stretch(Sensitive.CARD, places, last.start_s, end_s)
        else:
            joined.append(stretch)
    return joined


def _goes_on(
    turns: Sequence[Utterance], last: Stretch, stretch: Stretch, between: Sequence[Place]
) -> bool:
    kinds = {last.kind, stretch.kind}
    words = [_word(turns, place) for place in between]
    sure = sum(word.confidence >= UNSURE for word in words)
    return (
        kinds in ({Sensitive.CARD}, {Sensitive.CARD, Sensitive.NUMBER})
        and stretch.start_s - last.end_s <= BREATH_S
        and sure <= BETWEEN
        and len(words) <= MOST_UNSURE
        and not any(_ANEW.search(word.text) for word in words)
    )


def _between(turns: Sequence[Utterance], first: Place, last: Place) -> list[Place]:
    """List the words of one track between two of its words."""
    track = turns[first.turn].track
    return [
        place
        for at in range(first.turn, last.turn + 1)
        if turns[at].track == track
        for place in (Place(at, index) for index in range(len(turns[at].words)))
        if first < place < last
    ]


def _groups(
    turns: Sequence[Utterance], track: int | None, holes: Sequence[Span]
) -> Iterator[_Open]:
    """Put digits of one track together that follow each other, whatever stands between them."""
    group = _Open()
    for at, turn in enumerate(turns):
        if turn.track != track:
            continue
        for index, word in enumerate(turn.words):
            place = Place(at, index)
            digits = _digits(word)
            late = group.digits and _silence(group.end_s, word.start_s, holes) > BREATH_S
            if late or (not digits and _is_off(turns, group, word)):
                if group.digits:
                    yield group
                group = _Open()
            if digits:
                group.sure += 1 + sum(
                    _word(turns, one).confidence >= UNSURE for one in group.pending
                )
                group.places += [*group.pending, place]
                group.pending.clear()
                group.digits += digits
                group.pieces += 1
                group.end_s = word.end_s
            elif group.digits:
                group.pending.append(place)
    if group.digits:
        yield group


def _digits(word: Word) -> str:
    """Read a word as digits; what the engine is unsure of may have letters in it: "E37PAO"."""
    said = digits_said(word.text)
    if said or word.confidence >= UNSURE_MIXED:
        return said
    return "".join(sign for sign in word.text if sign.isdecimal())


def _is_off(turns: Sequence[Utterance], group: _Open, word: Word) -> bool:
    """Tell whether too much stands between the last digit and the next; what is unsure is free."""
    pending = [_word(turns, place) for place in group.pending] + [word]
    sure = sum(one.confidence >= UNSURE for one in pending)
    return sure > OTHERS or len(pending) > MOST_UNSURE


def _silence(start_s: float, end_s: float, holes: Sequence[Span]) -> float:
    """Count the seconds between two words in which nobody spoke."""
    return end_s - start_s - sum(max(0.0, min(end_s, b) - max(start_s, a)) for a, b in holes)


def _beside(span: Span, holes: Sequence[Span]) -> Span:
    """Widen a stretch over the speech without words that it touches."""
    start, end = span
    for low, high in holes:
        if low - end <= TOUCHES_S and start - high <= TOUCHES_S:
            start, end = min(start, low), max(end, high)
    return start, end


def _kind(group: _Open, lost: int, before: str, after: str) -> Sensitive | None:
    """Tell what a stretch of digits is, or None where it is nobody's business.

    `lost` is how many digits there is room for in the speech beside it that was not understood.
    """
    size = len(group.digits)
    named = kind_by_cue(group.digits, before, after, year=like_a_year(group.digits))
    if card_asked(before) and (size >= 3 or group.pieces > 1 or lost >= LONG):
        return named if named is not None and size <= _SHORT else Sensitive.CARD
    if named is not None and len({place.turn for place in group.places}) > 1:
        return named
    one_by_one = size / group.pieces <= 2 or group.pieces == 1 or size >= _CARD_SIZES[0]
    if size + lost < LONG or not (one_by_one or lost > OTHERS):
        return None
    # Amounts, years and counts have words between them; digits that are read out have none.
    if group.pieces < group.sure * 0.6 or like_a_year(group.digits):
        return None
    if named is not None:
        return named
    if size + lost in _CARD_SIZES:
        return Sensitive.CARD
    if _OWN.search(before[-60:].lower()):
        return None
    return Sensitive.PHONE if size in _PHONE_SIZES else Sensitive.NUMBER


def _half_heard(
    turns: Sequence[Utterance], holes: Sequence[Span], taken: set[Place]
) -> Iterator[Stretch]:
    """Find the few words heard at the head of an answer that was not understood.

    "Your card number?" "All night night" may well have been "oh nine nine".
    """
    for hole in holes:
        if not card_asked(said_before(turns, hole[0])):
            continue
        places: list[Place] = []
        next_s = hole[0]
        for word, place in _backwards(turns, hole[0]):
            if next_s - word.end_s > PAUSE_S or len(places) > MOST_MISHEARD:
                break
            places.append(place)
            next_s = word.start_s
        heard = [
            place
            for place in places
            if place not in taken and not _is_hidden(_word(turns, place).text)
        ]
        if heard and len(places) <= MOST_MISHEARD and len({place.turn for place in heard}) == 1:
            yield Stretch(Sensitive.CARD, heard[::-1], next_s, hole[1])


def _is_hidden(text: str) -> bool:
    return text.strip().startswith("[") or not any(sign.isalnum() for sign in text)


def _backwards(turns: Sequence[Utterance], second: float) -> list[tuple[Word, Place]]:
    """List the words before a second of the recording, the latest first."""
    before = [
        (word, Place(at, index))
        for at, turn in enumerate(turns)
        for index, word in enumerate(turn.words)
        if second - ASKED_S <= word.start_s < second
    ]
    return sorted(before, key=lambda each: each[0].start_s, reverse=True)


def card_asked(before: str) -> bool:
    """Tell whether the talk was of a card number just now."""
    return _CARD_ASKED.search(before) is not None


def said_before(turns: Sequence[Utterance], second: float) -> str:
    """Write what anybody said in the 20 seconds before a second of the recording."""
    words = [word.text.strip() for word, _ in reversed(_backwards(turns, second))]
    return " ".join(words)[-ASKED:]


def _after(turns: Sequence[Utterance], last: Place) -> str:
    words = turns[last.turn].words[last.word + 1 : last.word + 10]
    return "".join(f" {word.text.strip()}" for word in words)


def _with_edges(turns: Sequence[Utterance], group: _Open, lost: int) -> list[Place]:
    """Add the words beside the digits that sound like digits: "it is for 111-111"."""
    places = list(group.places)
    if len(group.digits) + lost < LONG:
        return places
    first, last = places[0], places[-1]
    before = turns[first.turn].words[: first.word + 1]
    after = turns[last.turn].words[last.word :]
    for index in range(1, _misheard_run(before[::-1]) + 1):
        places.insert(0, Place(first.turn, first.word - index))
    places += [Place(last.turn, last.word + at + 1) for at in range(_misheard_run(after))]
    return places


def _misheard_run(words: Sequence[Word]) -> int:
    """Count the words after the first, on either side in time, that may be digits misheard."""
    count = 0
    for beside, word in pairwise(words):
        apart = max(word.start_s - beside.end_s, beside.start_s - word.end_s)
        plain = word.text.strip(" .,;:!?-").lower()
        unsure = word.confidence < UNSURE and apart < PAUSE_S and count < MOST_MISHEARD
        if not (plain in _MISHEARD or unsure):
            break
        count += 1
    return count


def _word(turns: Sequence[Utterance], place: Place) -> Word:
    return turns[place.turn].words[place.word]
