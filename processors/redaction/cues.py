"""Words that say what a number is: before it, just after it, or in the question asked."""

from __future__ import annotations

import re
from dataclasses import dataclass

from processors.redaction.policy import Sensitive

NEAR = 30
"""Characters within which a cue speaks of the very next number, even if that looks like a year."""


@dataclass(frozen=True, slots=True)
class Cue:
    """Words that announce a kind of number, how far they reach (characters), and its sizes."""

    kind: Sensitive
    words: re.Pattern[str]
    reach: int
    sizes: frozenset[int]


def _cue(kind: Sensitive, words: str, reach: int, *sizes: int | range) -> Cue:
    counts = {n for size in sizes for n in (size if isinstance(size, range) else (size,))}
    pattern = re.compile(rf"(?<![^\W_])(?:{words})(?![^\W_])", re.IGNORECASE)
    return Cue(kind, pattern, reach, frozenset(counts))


_NUMBER = r"(?:\s?(?:numbers?|no|num|nos|id|code|#)(?![^\W\d_])\.?)"

CUES = (
    _cue(
        Sensitive.CVV,
        r"cvv2?|cvc2?|cv2|c\.?\s?v\.?\s?v\.?|security (?:code|number)|(?:three|four|3|4)[- ]digits?"
        r"(?: (?:code|number))?(?: on| at| from)? the back|last (?:three|3)(?: digits| numbers)? on"
        r"|on the back(?: of (?:the|your|my) card)?|back of (?:the|your|my) card",
        90,
        3,
        4,
    ),
    _cue(
        Sensitive.CARD,
        rf"(?:card|visa|mastercard|amex|american express|maestro|discover)"
        rf"(?: card)?{_NUMBER}?|long number|sixteen[- ]digits?|16[- ]digits?|pan",
        160,
        range(8, 30),
    ),
    _cue(
        Sensitive.CARD,
        rf"(?:card|visa|mastercard|amex|maestro|debit|credit){_NUMBER}|long number",
        NEAR,
        range(4, 8),
    ),
    _cue(
        Sensitive.EXPIRY,
        r"expir(?:y|es|ation|ing)(?: date)?|exp\.?(?: date)?|valid (?:thru|through|until|till)"
        r"|good (?:thru|through)",
        80,
        3,
        4,
        6,
    ),
    _cue(
        Sensitive.SSN,
        rf"s\.?s\.?n\.?{_NUMBER}?|social(?: security)?{_NUMBER}?",
        160,
        4,
        9,
    ),
    _cue(Sensitive.SSN, rf"s\.?s\.?n\.?{_NUMBER}?(?: is)?|social security{_NUMBER}?", 5, 3),
    _cue(Sensitive.ACCOUNT, rf"(?:account|acct?|ac){_NUMBER}(?: is)?", 8, 3),
    _cue(
        Sensitive.PIN,
        r"pin(?: (?:number|code|is|no))?|passcode|pass code|verification code|one[- ]time (?:code"
        r"|passcode|password)|otp|access code|security pin",
        70,
        range(4, 9),
    ),
    _cue(Sensitive.PASSWORD, r"pass ?word(?: is| was)?", 25, range(3, 13)),
    _cue(
        Sensitive.PHONE,
        rf"(?:tele)?phone{_NUMBER}?|mobile{_NUMBER}?|cell(?:phone)?{_NUMBER}?|landline|tel|fax"
        r"|whatsapp|call(?:ed|ing)? (?:me|us|him|her|back|from)|text me|(?:reach|contact) (?:me|us|"
        r"him|her)|answering at|(?:messages?|texts?) to|registered"
        r"|contact (?:number|no)|call ?back(?: number)?|my number|best number|your number",
        100,
        range(7, 16),
    ),
    _cue(
        Sensitive.ACCOUNT,
        rf"(?:account|acct?|a/c|bank|checking|savings?|routing|iban|policy|member(?:ship)?|customer"
        rf"|client|patient|passport|licen[cs]e){_NUMBER}?|sort code|national insurance",
        120,
        range(6, 30),
    ),
    _cue(
        Sensitive.ACCOUNT,
        rf"(?:account|acct?|ac|a/c|policy|member(?:ship)?|customer|routing){_NUMBER}"
        r"|sort code|acct?",
        NEAR,
        range(4, 6),
    ),
)

_BLANK = "\x00"
_ONCE = frozenset({Sensitive.PASSWORD, Sensitive.PIN, Sensitive.SSN, Sensitive.CVV})
_AFTER = re.compile(r"\W{0,3}(?:is|was|are|that's|thats|as)\s+(?:my|the|your|his|her|our)\s", re.I)
_AFTER_REACH = 45
_LABEL_AFTER = re.compile(r"\W{0,3}(?:office|fax|mobile|cell|landline|home phone)\b", re.I)


def kind_by_cue(digits: str, before: str, after: str, *, year: bool) -> Sensitive | None:
    """Tell what a number is from the words around it; the nearest fitting cue decides.

    `before` ends where the number starts; `year` says that it may well be a year.
    """
    best: tuple[int, Sensitive] | None = None
    for cue in CUES:
        if len(digits) not in cue.sizes or not _plausible(cue.kind, digits):
            continue
        distance = _distance(cue, before, after)
        if distance is not None and cue.kind in _ONCE and _is_spent(before, distance):
            continue
        if distance is None or (year and (distance > NEAR or cue.kind is Sensitive.EXPIRY)):
            continue
        if best is None or distance < best[0]:
            best = distance, cue.kind
    return best[1] if best else None


def _is_spent(before: str, distance: int) -> bool:
    """Tell whether the question was answered in an earlier turn: a mask, blanked out, stands there.

    A card or an account number may be read out in pieces; a password may not.
    """
    between = before[len(before) - distance :]
    return _BLANK in between and "\n" in between


def _distance(cue: Cue, before: str, after: str) -> int | None:
    """Count the characters from the last such cue to the number; None without one in reach."""
    distance: int | None = None
    tail = before[-cue.reach - 30 :]
    for match in cue.words.finditer(tail):
        distance = len(tail) - match.end()
    if distance is not None and distance <= cue.reach:
        return distance
    if cue.kind is Sensitive.PHONE and _LABEL_AFTER.match(after):
        return NEAR
    link = _AFTER.match(after)
    if link and cue.words.search(after[link.end() - 1 : _AFTER_REACH]):
        return NEAR
    return None


def _plausible(kind: Sensitive, digits: str) -> bool:
    """Tell whether an expiry starts with a month."""
    return kind is not Sensitive.EXPIRY or 1 <= int(digits[: 2 - len(digits) % 2]) <= 12
