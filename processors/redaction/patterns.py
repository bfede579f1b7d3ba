"""Values that show by their shape: mail addresses, IBAN, SSN, phone numbers, passwords."""

from __future__ import annotations

import re
from collections.abc import Iterator

from processors.redaction.checksums import IBAN_LENGTHS, iban
from processors.redaction.policy import Sensitive

Shape = tuple[Sensitive, int, int]

_DIGIT = re.compile(r"\d")
_EMAIL = re.compile(r"[\w.+%'-]{1,64}@\w[\w-]{0,62}(?:\.\w[\w-]{0,62}){1,6}")
_PROVIDERS = r"(?:g ?mail|yahoo|hotmail|outlook|icloud|aol|ymail|rediff ?mail|proton ?mail|gmx)"
# A chat that has lost its punctuation: "jane 45 gmailcom", "janegmailcom".
_BARE_EMAIL = re.compile(
    rf"(?<!\w)(?:(?:[^\W\d_]+ )?\d+ )?[^\W_]{{0,40}}{_PROVIDERS}com(?!\w)", re.IGNORECASE
)
_IBAN = re.compile(r"(?<![^\W_])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,34}")
_SSN = re.compile(r"(?<![\w-])(?!000|666)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}(?![\w-])")
# What a spreadsheet makes of sixteen digits: 4.57E+15.
_ROUNDED = re.compile(r"(?<![\w.])\d[.,]?\d{1,14} ?e ?\+?(?:1[1-9]|2\d)(?!\w)", re.IGNORECASE)
_MIXED = re.compile(
    r"(?<!\w)(?=[A-Za-z-]*\d)(?=[\d-]*[A-Za-z])(?=(?:-?\w){4})(?=\w*(?:-\w*)*\d\D{0,3}\d)"
    r"[A-Za-z\d]+(?:-[A-Za-z\d]+)*(?!\w)"
)
_ACCOUNT_CUE = (
    r"(?<!\w)(?:account|acct?|policy|member(?:ship)?|customer|claim|licen[cs]e|passport)\s?"
    r"(?:numbers?|no|num|id|#)"
)
_MIXED_ACCOUNT = re.compile(
    rf"{_ACCOUNT_CUE}\.?(?:\s(?:is|was|it's|its))?[\s:]{{1,2}}({_MIXED.pattern})", re.I
)
_ASKED_ACCOUNT = re.compile(rf"{_ACCOUNT_CUE}\b[^.?!\n]{{0,60}}[.?!]?\s*$", re.I)
_SHORT_ANSWER = 6
_EXTENSION = r"(?:\s?(?:x|ext\.?|extension)\s?\d{1,6})?(?![\w%])"
_PHONES = (
    re.compile(r"(?<![\w+])(?:\+|00)\s?\(?[1-9](?:[\s().\-/]{0,3}\d){6,14}" + _EXTENSION),
    re.compile(  # North America: 3-3-4
        r"(?<![\w.+$£€#-])(?:(?:00)?1[\s.-]?)?(?:\([2-9]\d\d\)|[2-9]\d\d)"
        r"(?:[\s.-]{1,2}\d{3}[\s.-]|[2-9]\d\d)\d{4}" + _EXTENSION
    ),
    re.compile(  # elsewhere: a trunk zero
        r"(?<![\w.,+$£€#/-])(?=(?:\D?\d){9,11}(?!\D?\d))"
        r"(?:\(0\d{1,4}\)|0\d{1,4})(?:[ .-]?\d{2,6}){1,4}" + _EXTENSION
    ),
)
_PASSWORD = re.compile(
    r"(?<![^\W_])pass\s?(?:word|phrase)s?(?:\s\w+){0,2}?\s?(?:\bis|\bwas|:|=|\bto)\s*"
    r"(\S{2,64}(?:\s\d{2,8}(?!\w))?)",
    re.I,
)
_SHORTEST_PASSWORD = 4
_ASKED_PASSWORD = re.compile(r"(?<![^\W_])pass\s?(?:word|phrase)\b[^.?!]{0,40}\?\s*$", re.I)
_SECRET = re.compile(r"(?=.*[\d!$%&*#@^_+=])|[a-z]+[A-Z]|[\"'“‘]")
_MONTH = (
    r"(?:0?[1-9]|1[0-2])\s?[/.\-]\s?(?:20)?\d\d(?![\d/.\-])"
    r"|(?:jan|feb|mar|apr|may|june?|july?|aug|sep|oct|nov|dec)[a-z]*\.?,? (?:20)?\d\d(?!\d)"
)
_EXPIRY = re.compile(
    r"(?:\bexp(?:ir(?:y|es|ation|ing))?(?: ?date)?|\bvalid (?:thru|through|until|till)"
    rf"|\bgood (?:thru|through))\b\W*(?:[a-z]+\s){{0,3}}\W*({_MONTH})",
    re.I,
)
_CARD_WORDS = re.compile(r"\bcard|visa|amex|expiry date|expiration date|\bcv[vc]\b", re.I)
_BESIDE_CARD = (
    (
        Sensitive.EXPIRY,
        re.compile(rf"\[card[^\]]*\][\s,;|/-]{{0,4}}(?:exp\S*\s)?({_MONTH})", re.I),
    ),
    (Sensitive.CVV, re.compile(r"\[(?:card|expiry)[^\]]*\][\s,;|/-]{1,4}(\d{3,4})(?![\w:/.%])")),
)


def mixed_accounts(text: str, context: str) -> Iterator[Shape]:
    """Find account numbers of letters and digits: after their cue, or in answer to the question."""
    for match in _MIXED_ACCOUNT.finditer(text):
        yield Sensitive.ACCOUNT, *match.span(1)
    if _ASKED_ACCOUNT.search(context) and len(text.split()) <= _SHORT_ANSWER:
        for match in _MIXED.finditer(text):
            yield Sensitive.ACCOUNT, *match.span()


def shapes(text: str) -> Iterator[Shape]:
    """Find values by their shape: kind, start and end."""
    if "@" in text:
        yield from ((Sensitive.EMAIL, *match.span()) for match in _EMAIL.finditer(text))
    if "com" in text or "COM" in text:
        yield from ((Sensitive.EMAIL, *match.span()) for match in _BARE_EMAIL.finditer(text))
    if _DIGIT.search(text) is None:
        return
    yield from ((Sensitive.SSN, *match.span()) for match in _SSN.finditer(text))
    yield from ((Sensitive.CARD, *match.span()) for match in _ROUNDED.finditer(text))
    for phone in _PHONES:
        yield from ((Sensitive.PHONE, *match.span()) for match in phone.finditer(text))
    yield from _ibans(text)


def beside_masks(text: str) -> Iterator[Shape]:
    """Find an expiry or CVV that directly follows the mask of a card."""
    for kind, pattern in _BESIDE_CARD:
        yield from ((kind, *match.span(1)) for match in pattern.finditer(text))


def expiries(text: str, context: str) -> Iterator[Shape]:
    """Find the month a card expires in, where the talk is of a card."""
    found = [match.span(1) for match in _EXPIRY.finditer(text)]
    if found and _CARD_WORDS.search(context + text):
        yield from ((Sensitive.EXPIRY, *span) for span in found)


def passwords(text: str, context: str) -> Iterator[Shape]:
    """Find what is said to be a password, and a lone answer to the question for it."""
    for match in _PASSWORD.finditer(text):
        start, end = match.span(1)
        end -= len(match[1]) - len(match[1].rstrip(".,;?!)\"'”’"))
        labelled = text[match.start() : start].rstrip().endswith((":", "="))
        if end - start >= _SHORTEST_PASSWORD and (labelled or _SECRET.match(text[start:end])):
            yield Sensitive.PASSWORD, start, end
    answer = text.strip()
    if answer and " " not in answer and _SECRET.match(answer) and _ASKED_PASSWORD.search(context):
        start = text.index(answer)
        yield Sensitive.PASSWORD, start, start + len(answer)


def _ibans(text: str) -> Iterator[Shape]:
    for match in _IBAN.finditer(text):
        size = IBAN_LENGTHS.get(match[0][:2].upper())
        if size is None:
            continue
        places = [place for place in range(*match.span()) if text[place].isalnum()][:size]
        plain = "".join(text[place] for place in places).upper()
        if plain.isascii() and iban(plain):
            yield Sensitive.IBAN, match.start(), places[-1] + 1
