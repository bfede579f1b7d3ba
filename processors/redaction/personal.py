"""Find personal details: birth dates, postal addresses, national identity numbers, names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from processors.redaction.policy import Sensitive

Shape = tuple[Sensitive, int, int]

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_SAID = (
    r"(?:\d{1,4}(?:st|nd|rd|th)?|zero|oh|one|two|three|four|five|six|seven|eight|nine|ten|eleven"
    r"|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|twenty|thirty|[a-z]+ieth|hundred|thousand"
    r"|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth"
    r"|[a-z]+teenth|(?:forty|fifty|sixty|seventy|eighty|ninety))"
)
_NUMBERS = rf"{_SAID}(?:[\s,-]+{_SAID}){{0,6}}"
_DATE = (
    rf"(?:\d{{1,4}}[/.\-]\d{{1,2}}[/.\-]\d{{1,4}}|{_MONTH}[\s,]+(?:the\s)?{_NUMBERS}"
    rf"|(?:the\s)?{_SAID}(?:[\s-]{_SAID})?(?:\sof)?\s{_MONTH}(?:[\s,]+{_NUMBERS})?"
    r"|\d{2}\s\d{2}\s(?:19|20)?\d{2}|\d{8}|\d{6})"
)
_BIRTH = r"(?:date of birth|birth ?date|my birthday|d\.?o\.?b\.?|i was born(?: on| in)?)"
_BORN = re.compile(
    rf"(?<!\w){_BIRTH}(?:\W{{1,3}}(?:is|was|it's|its|on|in|would be|yes|sure|my)){{0,3}}"
    rf"\W{{1,3}}({_DATE})(?!\w)",
    re.I,
)
_BIRTH_ASKED = re.compile(rf"(?<!\w){_BIRTH}(?!\w)[^\n]{{0,80}}\s*$", re.I)
_ANSWERED_DATE = re.compile(
    r"^\W*(?:(?:yes|sure|ok|okay|it's|its|it is|my|that's|that is|certainly|of course)\W+){0,4}"
    rf"({_DATE})(?!\w)",
    re.I,
)

_STREET = re.compile(
    r"(?<![\w$£€.,:#/-])\d{1,6}[a-z]?,?(?:\s(?:n|s|e|w|north|south|east|west|old|new)\.?)?"
    r"(?:\s(?!(?:minutes?|hours?|miles?|days?|weeks?|people|times|way|cars?|of|the|on|in|to|for"
    r"|and|at|am|pm)\b)[^\W\d_]['’\w]+|\s\d{1,3}\s?(?:st|nd|rd|th)){1,4}"
    r"\s(?:street|str|avenue|ave|boulevard|blvd|road|rd|lane|ln|parkway|pkwy)\b\.?",
    re.I,
)
_STREET_CAPITAL = re.compile(
    r"(?<![\w$£€.,:#/-])\d{1,6}[a-z]?,?(?:\s(?:[NSEW]\.?|[A-Z][a-z'’]+|\d{1,3}(?:st|nd|rd|th))){1,4}"
    r"\s(?:St|Dr|Drive|Ct|Court|Pl|Place|Way|Square|Terrace|Close|Crescent|Circle|Cir|Hwy|Highway"
    r"|Trail|Loop)\b\.?"
)
_REST = re.compile(
    r"(?:,?\s(?:apt|apartment|suite|unit|flat|floor|#)\.?\s?\w{1,6})?"
    r"(?:,?\s(?-i:[A-Z][A-Za-z.'’]+)(?:\s(?-i:[A-Z][A-Za-z.'’]+)){0,2})?"
    r"(?:,?\s(?-i:[A-Z]{2}))?(?:,?\s\d{5}(?:-\d{4})?)?(?!\w)",
    re.I,
)
_LIVES = re.compile(
    r"\baddress\b|\b(?:lives?|living|reside|ship|shipped|deliver(?:ed|y)?|mov(?:e|ed|ing)|send|mail|bill"
    r"|billing|pick(?:ed)? up)\b",
    re.I,
)
_LIVES_REACH = 160
_ANSWER_LONGEST = 12  # words of an answer that is hardly more than the address
_BOX = re.compile(r"(?<!\w)p\.?\s?o\.?\s?box\s\d{1,6}(?!\w)", re.I)
_ZIP = re.compile(
    r"(?<!\w)(?:zip(?: ?code)?|post ?code|postal code)s?(?:\s(?:is|was|would be|for|of|it's))?"
    r"\W{1,3}(\d{5}(?:-\d{4})?|\d{4}|\d{6}|(?:\d\W?){5,6})(?!\w)",
    re.I,
)
_POSTCODE = re.compile(
    r"(?<!\w)[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}(?!\w)|(?<!\w)[A-Z]\d[A-Z] \d[A-Z]\d(?!\w)"
)

_NATIONAL = (
    re.compile(r"(?<!\w)[A-CEGHJ-PR-TW-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D](?!\w)"),  # Britain
    re.compile(r"(?<!\w)[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z](?!\w)"),  # Italy
)
_SPANISH = re.compile(r"(?<!\w)([XYZ]?)(\d{7,8})-?([A-HJ-NP-TV-Z])(?!\w)")
_FRENCH = re.compile(
    r"(?<![\w-])[12] ?\d\d ?(?:0[1-9]|1[0-2]|[2-9]\d) ?\d[\dAB] ?\d{3} ?\d{3} ?\d\d(?!\w)"
)
_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"

_NAME = r"[^\W\d_][\w'’-]*(?:\s(?:van|de|von|der|la|el|bin|al|o'))?(?:\s[^\W\d_][\w'’-]*){0,2}"
_NAMED = re.compile(
    rf"(?<!\w)(?:my name(?: is|'s|’s)|name is|the name's|my full name is)\s(?:is\s)?({_NAME})",
    re.I,
)
_NAME_ASKED = re.compile(r"\byour(?: \w+){0,2} name\b[^\n]{0,60}\s*$", re.I)
_NAME_ANSWER = re.compile(
    rf"^\W*(?:(?:yes|sure|hi|hello|it's|it is|this is|i'm|i am|of course)\W+){{0,3}}({_NAME})\W*$",
    re.I,
)
_NO_NAME = re.compile(
    r"\s(?:and|with|from|i|my|on|the|at|in|for|calling|here|speaking|please|account|is|but|it)\b.*$",
    re.I,
)


def personal(text: str, context: str) -> Iterator[Shape]:
    """Find personal details: kind, start and end. Names come too, though few policies hide them."""
    yield from _births(text, context)
    yield from _names(text, context)
    if any(sign.isdigit() for sign in text):
        yield from _addresses(text, context)
        yield from _national(text)


def answers(text: str, context: str) -> bool:
    """Tell whether a text without numbers may answer the question for a name."""
    return "name" in context and any(_names(text, context))


def _births(text: str, context: str) -> Iterator[Shape]:
    for match in _BORN.finditer(text):
        yield Sensitive.BIRTH, *match.span(1)
    if _BIRTH_ASKED.search(context):
        answer = _ANSWERED_DATE.match(text)
        if answer:
            yield Sensitive.BIRTH, *answer.span(1)


def _addresses(text: str, context: str) -> Iterator[Shape]:
    """Find where people live; an address in a post about an event is nobody's."""
    said = f"{context[-_LIVES_REACH:]}\n{text}"
    answers = text.lstrip()[:1].isdigit() and len(text.split()) <= _ANSWER_LONGEST
    for pattern in (_STREET, _STREET_CAPITAL) if answers or _LIVES.search(said) else ():
        for match in pattern.finditer(text):
            rest = _REST.match(text, match.end())
            yield Sensitive.ADDRESS, match.start(), rest.end() if rest else match.end()
    for match in _BOX.finditer(text):
        yield Sensitive.ADDRESS, *match.span()
    for match in _ZIP.finditer(text):
        yield Sensitive.ADDRESS, *match.span(1)
    for match in _POSTCODE.finditer(text) if _LIVES.search(said) else ():
        yield Sensitive.ADDRESS, *match.span()


def _national(text: str) -> Iterator[Shape]:
    for pattern in _NATIONAL:
        for match in pattern.finditer(text):
            yield Sensitive.NATIONAL, *match.span()
    for match in _SPANISH.finditer(text):
        if _is_spanish(match[1], match[2], match[3]):
            yield Sensitive.NATIONAL, *match.span()
    for match in _FRENCH.finditer(text):
        if _is_french(match[0].replace(" ", "")):
            yield Sensitive.NATIONAL, *match.span()


def _is_spanish(prefix: str, digits: str, letter: str) -> bool:
    """Check the letter of a DNI or NIE: the number modulo 23."""
    number = f"{'XYZ'.index(prefix)}{digits}" if prefix else digits
    return len(number) == 8 and _LETTERS[int(number) % 23] == letter


def _is_french(number: str) -> bool:
    """Check the key of a social insurance number: 97 minus the rest of 13 digits by 97."""
    plain = number[:13].replace("2A", "19").replace("2B", "18")
    return plain.isdigit() and int(number[13:]) == 97 - int(plain) % 97


def _names(text: str, context: str) -> Iterator[Shape]:
    for match in _NAMED.finditer(text):
        name = _NO_NAME.sub("", match[1])
        yield Sensitive.NAME, match.start(1), match.start(1) + len(name)
    if _NAME_ASKED.search(context):
        answer = _NAME_ANSWER.match(text)
        if answer:
            yield Sensitive.NAME, *answer.span(1)
