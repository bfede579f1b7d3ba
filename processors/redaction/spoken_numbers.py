"""Read digits out of text, however they are written or spoken.

"four double one one", "4111-1111", "oh", "thirty-two", "three zeros" and what a speech engine
makes of them ("It is for 111-1111...") all become runs of digits that know where they stood.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto

_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+|[^\w\s]|_")
_PIECES = re.compile(r"[\s.,;:!?…\-‐‑–—/()\"]+")
_MAX_GAP = 3
_HARD = frozenset("/:;$€£¥₹%=*@<>|~^&{}\x00")


class _Part(Enum):
    """What a word does in a spoken number."""

    DIGITS = auto()
    TENS = auto()
    PLURAL = auto()
    SCALE = auto()
    REPEAT = auto()
    HOMOPHONE = auto()
    FILLER = auto()


def _words(line: str) -> list[str]:
    return line.split()


_UNITS = _words("zero one two three four five six seven eight nine")
_TEENS = _words("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen")
_TENS = _words("twenty thirty forty fifty sixty seventy eighty ninety")
_FILLERS = _words(
    "uh um umm er erm ah hmm mm and then dash space hyphen minus comma so okay ok yeah next"
)

LEXICON: dict[str, tuple[_Part, str]] = {
    **{word: (_Part.DIGITS, str(value)) for value, word in enumerate(_UNITS)},
    **dict.fromkeys(_words("oh o nought naught nil"), (_Part.DIGITS, "0")),
    **{word: (_Part.DIGITS, str(value)) for value, word in enumerate(_TEENS, 10)},
    **{word: (_Part.TENS, f"{value}0") for value, word in enumerate(_TENS, 2)},
    **{f"{word}s": (_Part.PLURAL, str(value)) for value, word in enumerate(_UNITS)},
    **dict.fromkeys(_words("zeroes ohs oh's noughts"), (_Part.PLURAL, "0")),
    "sixes": (_Part.PLURAL, "6"),
    "fourty": (_Part.TENS, "40"),
    "niner": (_Part.DIGITS, "9"),
    "hundred": (_Part.SCALE, "00"),
    "thousand": (_Part.SCALE, "000"),
    "double": (_Part.REPEAT, "2"),
    "triple": (_Part.REPEAT, "3"),
    "treble": (_Part.REPEAT, "3"),
    "quadruple": (_Part.REPEAT, "4"),
    "to": (_Part.HOMOPHONE, "2"),
    "too": (_Part.HOMOPHONE, "2"),
    "for": (_Part.HOMOPHONE, "4"),
    "ate": (_Part.HOMOPHONE, "8"),
    "won": (_Part.HOMOPHONE, "1"),
    **dict.fromkeys(_FILLERS, (_Part.FILLER, "")),
}

NUMBER_WORDS = tuple(
    word for word, (part, _) in LEXICON.items() if part not in (_Part.FILLER, _Part.HOMOPHONE)
)
"""The words that spoken numbers are made of; three digits take two of them."""


@dataclass(slots=True)
class Run:
    """Digits that were said or written in one go.

    Per digit: `starts`/`ends` of what stood for it, `groups` (which token), `spoken` (a word).
    `hard` holds the positions before which stands a sign such as `/` or `:`.
    `homophones` are (position, digit, start, end) of words like "for" that may mean a digit.
    """

    digits: str = ""
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    groups: list[int] = field(default_factory=list)
    spoken: list[bool] = field(default_factory=list)
    hard: set[int] = field(default_factory=set)
    homophones: list[tuple[int, str, int, int]] = field(default_factory=list)

    def add(self, digits: str, start: int, end: int, *, spoken: bool) -> None:
        """Add the digits of one token; written digits keep their own places."""
        group = self.groups[-1] + 1 if self.groups else 0
        for index in range(len(digits)):
            self.starts.append(start if spoken else start + index)
            self.ends.append(end if spoken else start + index + 1)
            self.groups.append(group)
            self.spoken.append(spoken)
        self.digits += digits

    def take_back(self, count: int) -> int:
        """Remove the last digits and tell where they started."""
        start = self.starts[-count]
        self.digits = self.digits[:-count]
        for values in (self.starts, self.ends, self.groups, self.spoken):
            del values[-count:]
        return start

    def part(self, start: int, end: int) -> Run:
        """Cut out the digits from `start` to `end`."""
        return Run(
            self.digits[start:end],
            self.starts[start:end],
            self.ends[start:end],
            self.groups[start:end],
            self.spoken[start:end],
        )

    def with_homophones(self) -> Run:
        """Read every homophone as its digit."""
        run = Run()
        at = 0
        for position, digit, start, end in self.homophones:
            run._copy(self, at, position)
            run.add(digit, start, end, spoken=True)
            at = position
        run._copy(self, at, len(self.digits))
        return run

    def _copy(self, other: Run, start: int, end: int) -> None:
        """Append digits of another run, with new group numbers."""
        base = self.groups[-1] + 1 if self.groups else 0
        self.digits += other.digits[start:end]
        self.starts += other.starts[start:end]
        self.ends += other.ends[start:end]
        self.spoken += other.spoken[start:end]
        first = other.groups[start] if start < end else 0
        self.groups += [base + group - first for group in other.groups[start:end]]


def runs(text: str) -> Iterator[Run]:
    """Read the runs of digits in a text, in order."""
    reader = _Reader()
    for token in _TOKEN.finditer(text):
        if not reader.idle or token[0][0].isdecimal() or token[0].lower() in LEXICON:
            yield from reader.take(token[0], token.start(), token.end())
    yield from reader.finish()


def digits_said(word: str) -> str:
    """Read a single word of a call as digits: "7,", "4-1-1", "thirty-two"; "" if it is none."""
    pieces = [piece for piece in _PIECES.split(word.lower()) if piece]
    if not pieces or not all(piece.isdecimal() or _is_number(piece) for piece in pieces):
        return ""
    return "".join(run.digits for run in runs(" ".join(pieces)))


def _is_number(word: str) -> bool:
    part = LEXICON.get(word, (None, ""))[0]
    return part is not None and part not in (_Part.FILLER, _Part.HOMOPHONE)


def plain_digits(written: str) -> str:
    """Write the digits of any script as 0-9."""
    return written if written.isascii() else "".join(str(int(digit)) for digit in written)


class _Reader:
    """Puts tokens together to runs."""

    def __init__(self) -> None:
        self._last_tens = ""
        self._forget()

    def _forget(self) -> None:
        self._run = Run()
        self._gap = 0
        self._hard = False
        self._repeat: tuple[int, int] | None = None
        self._tens = False
        self._pending: list[tuple[int, str, int, int]] = []

    @property
    def idle(self) -> bool:
        """Tell whether an ordinary word would change nothing."""
        return not (self._run.digits or self._pending or self._repeat)

    def finish(self) -> Iterator[Run]:
        """End the run, if there is one."""
        if self._run.digits:
            yield self._run
        self._forget()

    def take(self, token: str, start: int, end: int) -> Iterator[Run]:
        """Take the next token; give the run that it ends."""
        if token[0].isdecimal():
            self._digits(plain_digits(token), start, end, spoken=False)
            return
        part, value = LEXICON.get(token.lower(), (None, ""))
        if part in (_Part.DIGITS, _Part.TENS):
            self._digits(value, start, end, spoken=True)
            self._tens = part is _Part.TENS
        elif part is _Part.REPEAT:
            self._repeat = int(value), start
        elif part is _Part.HOMOPHONE:
            if not self._run.digits:
                self._pending.clear()
            self._pending.append((len(self._run.digits), value, start, end))
            yield from self._skip()
        elif part in (_Part.PLURAL, _Part.SCALE) and self._run.digits and not self._gap:
            self._stretch(value, start, end, plural=part is _Part.PLURAL)
        elif part is _Part.FILLER or (part is None and not token[0].isalpha()):
            self._fill(token)
            yield from self._skip()
        elif not self.idle:
            yield from self.finish()

    def _fill(self, filler: str) -> None:
        """Note what stands between two digits."""
        self._hard = self._hard or filler in _HARD
        self._tens = self._tens and filler in ("-", "‐", "‑")
        if not self._run.digits:
            self._pending.clear()

    def _skip(self) -> Iterator[Run]:
        """Step over a token that may stand inside a number."""
        if self._run.digits:
            self._gap += 1
            if self._gap > _MAX_GAP:
                yield from self.finish()

    def _digits(self, digits: str, start: int, end: int, *, spoken: bool) -> None:
        run = self._run
        if self._hard and run.digits:
            run.hard.add(len(run.digits))
        if self._tens and spoken and len(digits) == 1 and digits != "0":
            start = run.take_back(2)
            digits = self._last_tens + digits
        else:
            run.homophones += self._pending
        if self._repeat is not None:
            times, start = self._repeat
            digits = digits * times
        run.add(digits, start, end, spoken=spoken or self._repeat is not None)
        self._last_tens = digits[0]
        self._gap, self._hard, self._tens, self._repeat, self._pending = 0, False, False, None, []

    def _stretch(self, value: str, start: int, end: int, *, plural: bool) -> None:
        """Read "three zeros" as 000 and "four thousand" as 4000."""
        run = self._run
        count = int(run.digits[-1])
        if plural and count > 1:
            run.add(value * count, run.take_back(1), end, spoken=True)
        else:
            run.add(value, start, end, spoken=True)
