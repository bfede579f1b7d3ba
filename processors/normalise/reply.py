"""Cut quoted mails and signatures from a mail's text, and keep what was cut."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from processors.normalise import reply_patterns as patterns

_QUOTED = re.compile(r"\s{0,3}(?:>(?!From )|\|\s)")
_WORD = re.compile(r"[^\W_]")
_GAP = re.compile(r"\n(?:[ \t]*\n){2,}")
_DIGIT = re.compile(r"\d")
_LONGEST_ANNOUNCEMENT = 4
_LONGEST_HEADER_BLOCK = 14
_LONGEST_SIGNATURE = 20
_WRAPPED_AT = 60


class Cut(NamedTuple):
    """A mail's own words, and what was quoted or signed (None where nothing was)."""

    text: str
    quoted: str | None


def cut_reply(text: str) -> Cut:
    """Part the new words of a mail from quoted mails, signature and disclaimer.

    Answers between quoted lines are kept and the quotes around them cut. Where nothing would be
    left, as in a mail that is only forwarded, the whole text stays.
    """
    written = text.split("\n")
    lines = [line.rstrip() for line in written]
    dropped = [False] * len(lines)
    _drop_quotes(lines, dropped)
    if not _has_words(lines, dropped):
        dropped = [False] * len(lines)
    before = list(dropped)
    _drop_closings(lines, dropped)
    if not _has_words(lines, dropped):
        dropped = before
    if not any(dropped):
        return Cut(_join(written), None)
    kept = _join(line for line, out in zip(written, dropped, strict=True) if not out)
    cut = _join(line for line, out in zip(written, dropped, strict=True) if out)
    return Cut(kept, cut or None)


def _join(lines: Iterator[str] | list[str]) -> str:
    return _GAP.sub("\n\n", "\n".join(lines)).strip()


def _has_words(lines: list[str], dropped: list[bool]) -> bool:
    return any(
        not out and (_WORD.search(line) or _is_symbol(line))
        for line, out in zip(lines, dropped, strict=False)
    )


def _is_symbol(line: str) -> bool:
    """Tell whether a line is an emoji or the like: a whole answer to many people."""
    return (
        bool(line.strip())
        and not patterns.RULE.fullmatch(line)
        and any(ord(sign) > 0x2190 or sign in "+!?" for sign in line)
    )


def _drop_quotes(lines: list[str], dropped: list[bool]) -> None:
    at = 0
    while at < len(lines):
        if _QUOTED.match(lines[at]) or _is_wrapped_quote(lines, at, dropped):
            dropped[at] = True
            at += 1
            continue
        length = _announcement(lines, at) or _header_block(lines, at)
        if not length:
            at += 1
            continue
        after = _next_filled(lines, at + length)
        # Unmarked lines below an announcement are the old mail; only marked ones have an end.
        marked = after < len(lines) and bool(_QUOTED.match(lines[after]))
        if not marked and not _has_words(lines[:at], dropped):
            at += length
            continue
        end = at + length if marked else len(lines)
        dropped[at:end] = [True] * (end - at)
        at = end


def _is_wrapped_quote(lines: list[str], at: int, dropped: list[bool]) -> bool:
    """Tell whether a line is the tail of a long quoted line that a mailer broke in two."""
    line = lines[at].strip()
    if not line or at == 0 or at + 1 >= len(lines) or not dropped[at - 1]:
        return False
    above = lines[at - 1].rstrip()
    if not _QUOTED.match(above) or not _QUOTED.match(lines[at + 1]) or len(above) < _WRAPPED_AT:
        return False
    return line[0].islower() or above[-1] not in ".?!:"


def _next_filled(lines: list[str], at: int) -> int:
    while at < len(lines) and not lines[at].strip():
        at += 1
    return at


def _announcement(lines: list[str], at: int) -> int:
    """Count the lines of "On <date>, <name> wrote:" that start here, 0 where none do."""
    if not lines[at].strip() or len(lines[at]) > patterns.LONGEST_LINE:
        return 0
    if patterns.separates(lines[at]):
        return 1 + _header_block(lines, _next_filled(lines, at + 1))
    joined = ""
    for length in range(1, _LONGEST_ANNOUNCEMENT + 1):
        if at + length > len(lines) or not lines[at + length - 1].strip():
            return 0
        joined = f"{joined} {lines[at + length - 1].strip()}".strip()
        # A wrapped announcement starts with its date; other lines above it are own words.
        if patterns.announces_quote(joined) and (length == 1 or _DIGIT.search(lines[at])):
            return length
        if length == 1 and patterns.may_announce_quote(joined):
            after = _next_filled(lines, at + length)
            if after < len(lines) and _QUOTED.match(lines[after]):
                return length
    return 0


def _header_block(lines: list[str], at: int) -> int:
    """Count the lines of an Outlook header block (From, Sent, To, Subject) that starts here.

    A customer who writes "From: Berlin, To: Rome" has no block: it takes a sender, another
    header, and either a subject or an address.
    """
    if at >= len(lines) or not patterns.HEADER_LINE.fullmatch(lines[at][: patterns.LONGEST_LINE]):
        return 0
    kinds: set[str] = set()
    count, end, since = 0, at, 0
    for index in range(at, min(len(lines), at + _LONGEST_HEADER_BLOCK)):
        match = patterns.HEADER_LINE.fullmatch(lines[index][: patterns.LONGEST_LINE])
        if match:
            kinds.update(name for name, value in match.groupdict().items() if value)
            count, end, since = count + 1, index + 1, 0
        elif not lines[index].strip() or since:
            break
        else:
            since += 1
    addressed = any("@" in line for line in lines[at:end])
    known = "from" in kinds and count > 1 and ("subject" in kinds or addressed)
    return end - at if known else 0


def _drop_closings(lines: list[str], dropped: list[bool]) -> None:
    """Drop signatures at the end of every run of own words, and warnings above the first."""
    for start, end in list(_runs(dropped)):
        first = _closing(lines, start, end)
        dropped[first:end] = [True] * (end - first)
        tail = first - 1
        while tail >= start and (not lines[tail].strip() or patterns.RULE.fullmatch(lines[tail])):
            if lines[tail].strip() and first < len(lines):
                dropped[tail : tail + 1] = [True]
            tail -= 1
    start = _next_filled(lines, 0)
    if start < len(lines) and patterns.WARNING.match(lines[start]):
        end = start
        while end < len(lines) and lines[end].strip():
            end += 1
        dropped[start:end] = [True] * (end - start)


def _runs(dropped: list[bool]) -> Iterator[tuple[int, int]]:
    start = None
    for index, out in enumerate(dropped):
        if out and start is not None:
            yield start, index
            start = None
        elif not out and start is None:
            start = index
    if start is not None:
        yield start, len(dropped)


def _closing(lines: list[str], start: int, end: int) -> int:
    """Find the line at which the closing of a run of own words begins; `end` where none does."""
    filled = [index for index in range(start, end) if lines[index].strip()]
    for place, index in enumerate(filled):
        line = lines[index].strip()
        # One line more than any closing has tells that it is too long, and bounds the work.
        below = [lines[i].strip() for i in filled[place + 1 : place + 2 + _LONGEST_SIGNATURE]]
        alone = index == start or not lines[index - 1].strip()
        if len(line) <= patterns.LONGEST_LINE and _closes(line, below, place > 0, alone):
            return index
    return end


def _closes(line: str, below: list[str], follows: bool, alone: bool) -> bool:
    """Tell whether a line begins a closing; `follows` own words, `alone` under an empty line."""
    if patterns.SIGNATURE.fullmatch(line):
        return len(below) <= _LONGEST_SIGNATURE
    if patterns.FOOTER_RULE.fullmatch(line):
        return len(below) <= _LONGEST_SIGNATURE and any(
            patterns.FOOTER_WORDS.search(other) for other in below
        )
    if patterns.MOBILE.fullmatch(line):
        # Programs on phones sign above the old mail, which often comes without any mark.
        return alone or not below
    return follows and (bool(patterns.DISCLAIMER.match(line)) or _signs_off(line, below))


def _signs_off(line: str, below: list[str]) -> bool:
    if not patterns.SIGN_OFF.fullmatch(line):
        return False
    if patterns.THANKS.match(line) and not (
        line[-1] not in ".!" and 1 <= len(below) <= 3 and max(map(len, below)) <= 40
    ):
        return False
    return len(below) <= 10 and all(len(other) <= 80 and "?" not in other for other in below)
