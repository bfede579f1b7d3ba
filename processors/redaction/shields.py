"""Numbers that are plainly something else: amounts, dates, times, versions, links."""

from __future__ import annotations

import re

_MONTHS = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_SHIELDED = re.compile(
    r"https?://\S+|www\.\S+"
    r"|(?:[$£€¥₹]|\b(?:usd|eur|gbp|inr|rs)\.?)\s?\d[\d,.]*(?:\s?\d{3}\b)*"
    r"|(?<![\d,])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d,])"
    r"|(?<![\d.-])\d+\.\d{1,2}(?![\d.-])"
    r"|(?<![\w/.-])(?:19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}(?![\w/-])"
    r"|(?<![\w/.-])\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)?\d\d(?![\w/-]|\.\d)"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTHS},? (?:19|20)\d\d\b"
    rf"|\b{_MONTHS} \d{{1,2}}(?:st|nd|rd|th)?,? (?:19|20)\d\d\b"
    r"|\b\d{1,2}:\d\d(?::\d\d)?\b"
    r"|\bv\s?\d+(?:\.\d+)+|\b\d{1,3}(?:\.\d{1,3}){3}\b",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r"\s?(?:[%$£€¥]|k\b|m\b|percent|per cent|dollars?|bucks|pounds?|quid|euros?|cents?|pence|rupees"
    r"|usd|eur|gbp|inr|years?|months?|weeks?|days?|hours?|hrs?|minutes?|mins?|seconds?|secs?|times"
    r"|people|customers|users|miles?|km|kg|lbs?|gb|mb|tb|mbps|kbps|a\.?m\b|p\.?m\b|o'clock|points"
    r"|followers|tweets|items|units|pieces|copies|degrees|feet|ft|inch(?:es)?|metres|meters)(?!\w)",
    re.IGNORECASE,
)
_MONEY_BEFORE = re.compile(r"(?:[$£€¥₹]|\b(?:usd|eur|gbp|inr|rs)\.?)\s?$", re.IGNORECASE)
_LONGEST_AMOUNT = 9
_YEAR = re.compile(r"(?:(?:19|20)\d\d){1,2}")


def shielded(text: str) -> bytearray:
    """Mark, per character, the stretches whose digits mean something harmless."""
    marks = bytearray(len(text))
    for match in _SHIELDED.finditer(text):
        marks[match.start() : match.end()] = b"\x01" * (match.end() - match.start())
    return marks


def measured(text: str, digits: str, start: int, end: int) -> bool:
    """Tell whether a number counts money, time or things."""
    if len(digits) > _LONGEST_AMOUNT:
        return False
    if _UNIT.match(text, end):
        return True
    return _MONEY_BEFORE.search(text[max(0, start - 6) : start]) is not None


def like_a_year(digits: str) -> bool:
    """Tell whether digits are a year of 1900-2099, or two of them."""
    return _YEAR.fullmatch(digits) is not None
