"""Redact a call: what its turns say, the numbers read out over turns, and what was not heard."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from statistics import fmean

from msgspec.structs import replace

from processors.redaction.policy import Action, Policy, Sensitive
from processors.redaction.read_out import Place, Stretch, card_asked, said_before, stretches
from processors.redaction.unheard import Span, merged, unheard
from schemas.utterance import Redaction, Utterance, Word

PAD_S = 0.2  # word times are this uncertain
PAD_BEFORE_S = 0.45  # the first digit is often found late
BREATH_S = 1.3  # longer, and the next words have begun
DIGIT_S = 1.4  # the longest that one digit takes with the quiet that voice detection adds
NUMBER_S = 3.0  # shorter speech holds no long number
DIGIT_WORDS = 2  # what an engine may make of one digit: "Let", "you will"
SPLIT_S = 0.01
LOST_BEFORE_S = 2.0  # digits said in a low voice may be missed by the voice detection too
LOST_AFTER_S = 2.0
GUESSED = 0.3  # confidence below which a word is as good as none
DOUBTFUL = 0.45  # the same for the mean of a word and two on either side
NEAR_S = 1.5  # unheard speech this near to a hidden value belongs to it

Pieces = dict[int, list[tuple[Sensitive, range]]]
"""Per turn, the words that are part of a number read out."""


def read_out(
    turns: Sequence[Utterance], holes: Sequence[Span], policy: Policy
) -> tuple[list[Stretch], Pieces]:
    """Find the numbers read out that are to be hidden, and which words of which turns they are.

    `holes` is the speech in which no words were heard.
    """
    found = [one for one in stretches(turns, holes) if policy.action(one.kind) is not Action.KEEP]
    pieces: Pieces = {}
    for stretch in found:
        for turn in dict.fromkeys(place.turn for place in stretch.places):
            words = [place.word for place in stretch.places if place.turn == turn]
            pieces.setdefault(turn, []).append((stretch.kind, range(words[0], words[-1] + 1)))
    return found, {turn: _apart(ranges) for turn, ranges in pieces.items()}


def _apart(pieces: list[tuple[Sensitive, range]]) -> list[tuple[Sensitive, range]]:
    """Put the pieces of a turn in order; those that overlap become one, of the first kind."""
    apart: list[tuple[Sensitive, range]] = []
    for kind, words in sorted(pieces, key=lambda piece: (piece[1].start, piece[1].stop)):
        if apart and words.start < apart[-1][1].stop:
            first, before = apart[-1]
            apart[-1] = first, range(before.start, max(before.stop, words.stop))
        else:
            apart.append((kind, words))
    return apart


def muted_beyond_words(
    turns: Sequence[Utterance],
    before: Sequence[Utterance],
    found: Sequence[Stretch],
    holes: Sequence[Span],
    speech: Sequence[Span],
    policy: Policy,
) -> tuple[Utterance, ...]:
    """Widen what is muted: over the pauses of a number, and over speech without words.

    `before` are the turns as they came, `found` the numbers read out in them.
    """
    widened = [_padded(turn, came) for turn, came in zip(turns, before, strict=True)]
    gaps = _Gaps(turns, speech)
    for stretch in found:
        span = gaps.around(gaps.with_lone_words((stretch.start_s, stretch.end_s)))
        _whole(widened, stretch, span)
    for hole in (gaps.around(gaps.with_lone_words(hole)) for hole in holes):
        if not _joins_a_value(widened, hole):
            _mark(widened, before, hole, policy)
    return tuple(widened)


def _padded(turn: Utterance, came: Utterance) -> Utterance:
    """Mute a little more than the words of each new redaction."""
    if not turn.words or len(turn.redactions) == len(came.redactions):
        return turn
    old = {(each.type, each.start_s, each.end_s) for each in came.redactions}
    return replace(
        turn,
        redactions=tuple(
            each if (each.type, each.start_s, each.end_s) in old else _wider(each, PAD_S)
            for each in turn.redactions
        ),
    )


def _wider(redaction: Redaction, by_s: float) -> Redaction:
    if redaction.start_s is None or redaction.end_s is None:
        return redaction
    return replace(
        redaction,
        start_s=round(max(0.0, redaction.start_s - by_s), 3),
        end_s=round(redaction.end_s + by_s, 3),
    )


def holes_in(turns: Sequence[Utterance], speech: Sequence[Span]) -> list[Span]:
    """Find the speech of a call in which no words were heard."""
    heard = [word for turn in turns for word in _understood(turn.words)]
    return unheard([(word.start_s, word.end_s) for word in heard], speech)


def _understood(words: Sequence[Word]) -> list[Word]:
    """Leave out the words that the engine has made up: unsure, or among others that are."""
    return [
        word
        for at, word in enumerate(words)
        if word.confidence >= GUESSED
        and fmean(one.confidence for one in words[max(0, at - 2) : at + 3]) >= DOUBTFUL
    ]


class _Gaps:
    """The pauses between words, whoever said them: what is muted there costs nobody a word."""

    def __init__(self, turns: Sequence[Utterance], speech: Sequence[Span]) -> None:
        self._speech = merged(speech, -SPLIT_S)
        words = [(word.start_s, word.end_s) for turn in turns for word in turn.words]
        by_start, by_end = sorted(words), sorted(words, key=lambda word: word[::-1])
        self._middles = sorted((start + end) / 2 for start, end in words)
        self._starts = [start for start, _ in by_start]
        self._ends = [end for _, end in by_end]
        self._ended = list(accumulate((end for _, end in by_start), max))
        self._next = list(accumulate((start for start, _ in reversed(by_end)), min))[::-1]

    def around(self, span: Span) -> Span:
        """Widen a span to the words before and after it, or as far as a digit may be lost."""
        first = bisect_left(self._starts, span[0])
        last = bisect_right(self._ends, span[1])
        low = self._ended[first - 1] if first else 0.0
        high = self._next[last] if last < len(self._next) else span[1] + LOST_AFTER_S
        start = max(0.0, span[0] - LOST_BEFORE_S, min(low, span[0] - PAD_BEFORE_S))
        end = min(span[1] + LOST_AFTER_S, max(high, span[1] + PAD_S, self._breath(span[1])))
        return round(start, 3), round(end, 3)

    def _breath(self, second: float) -> float:
        """Find where the speech ends that a second lies in: the next word may be put too early."""
        for start, end in self._speech:
            if start - SPLIT_S <= second < end <= second + BREATH_S:
                return end
        return second

    def with_lone_words(self, span: Span) -> Span:
        """Widen a number over short sounds beside it that stand alone, like its digits.

        The first and the last digit are misheard more often than others, for what is said beside
        them: "... one eight. Let. Me quickly look into that".
        """
        start, end = span
        if end - start < NUMBER_S:
            return span
        for low, high in self._speech:
            if high > end and low < end + BREATH_S and low - span[1] < LOST_AFTER_S:
                if not self._is_lone(max(low, end), high):
                    break
                end = high
        for low, high in reversed(self._speech):
            if low < start and high > start - BREATH_S and span[0] - high < LOST_BEFORE_S:
                if not self._is_lone(low, min(high, start)):
                    break
                start = low
        return start, end

    def _is_lone(self, low: float, high: float) -> bool:
        middles = bisect_left(self._middles, high) - bisect_left(self._middles, low)
        return high - low <= DIGIT_S and middles <= DIGIT_WORDS


def _whole(turns: list[Utterance], stretch: Stretch, span: Span) -> None:
    """Let the first redaction of a number mute all of it, pauses between turns included."""
    first: Place = stretch.places[0]
    turn = turns[first.turn]
    for at, redaction in enumerate(turn.redactions):
        if redaction.start_s is None or redaction.end_s is None:
            continue
        if redaction.end_s > turn.words[first.word].start_s:
            start_s, end_s = min(redaction.start_s, span[0]), max(redaction.end_s, span[1])
            turns[first.turn] = _with(turn, at, replace(redaction, start_s=start_s, end_s=end_s))
            return


def _joins_a_value(turns: list[Utterance], hole: Span) -> bool:
    """Widen the redactions beside unheard speech, and tell whether there are any."""
    joined = False
    for number, turn in enumerate(turns):
        for at, redaction in enumerate(turn.redactions):
            if redaction.start_s is None or redaction.end_s is None:
                continue
            if hole[0] - redaction.end_s <= NEAR_S and redaction.start_s - hole[1] <= NEAR_S:
                start_s, end_s = min(redaction.start_s, hole[0]), max(redaction.end_s, hole[1])
                turns[number] = _with(
                    turns[number],
                    at,
                    replace(redaction, start_s=round(start_s, 3), end_s=round(end_s, 3)),
                )
                joined = True
    return joined


def _mark(turns: list[Utterance], before: Sequence[Utterance], hole: Span, policy: Policy) -> None:
    """Mute unheard speech that stands alone, in the name of the turn that it follows."""
    asked = card_asked(said_before(before, hole[0]))
    kind = Sensitive.CARD if asked else Sensitive.UNHEARD
    if policy.action(kind) is Action.KEEP or not turns:
        return
    number = _latest(turns, hole[0])
    turn = turns[number]
    end = len(turn.text)
    mark = Redaction(
        type=kind.value, start=end, end=end, start_s=round(hole[0], 3), end_s=round(hole[1], 3)
    )
    turns[number] = replace(turn, redactions=(*turn.redactions, mark))


def _latest(turns: Iterable[Utterance], second: float) -> int:
    """Find the last turn that begins before a second, else the first."""
    begun = [at for at, turn in enumerate(turns) if (turn.start_s or 0.0) <= second]
    return begun[-1] if begun else 0


def _with(turn: Utterance, at: int, redaction: Redaction) -> Utterance:
    redactions = (*turn.redactions[:at], redaction, *turn.redactions[at + 1 :])
    return replace(turn, redactions=redactions)
