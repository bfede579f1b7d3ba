"""Tell when a number is the answer to a question for an identifier, even one that nobody can see.

"7868", "wanda stevens 4297", "my name is ram and the last four are 5478": in a chat the number
often stands alone. What was talked about before tells which number it is likely to be.
"""

from __future__ import annotations

import re

from processors.redaction.policy import Sensitive

SHORTEST = 4
TOPIC_REACH = 600
"""Characters of the conversation in which its topic is looked for."""

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_GLUE = frozenset(
    """and is its it it's the my number numbers numner no num nos yes yeah yep sure ok okay here
    that thats that's this are be as well with so oh sorry name names im i'm i am sir mam
    madam mr mrs ms hi hello hai hey for last four digit digits of thank thanks you please id
    user username me we our also fine right correct wrong alright myself first provided
    provide given mine will a an e x ending ends end in company e plus minus
    """.split()  # noqa: SIM905  # a list of words reads better so
)
_ELSE = frozenset(
    """zip zipcode pincode pin postal postcode order orders booking booked ticket tickets flight
    pnr confirmation reference ref gb mb tb kb mbps tv inch inches model item items quantity
    qty piece pieces people persons passengers adults seats seat dollar dollars rupees euro
    euros pounds rs usd inr date dates dated on at from to year years month months day days
    week hours minutes plan price cost costs total amount charge charged charges worth paid
    pay fee street st ave avenue road rd lane apt drive room bus train windows office version
    error sku level points miles km feet am pm jan feb mar apr may june july aug sep sept oct
    nov dec january february march april august september october november december episode
    season chapter page pages verse channel gate terminal bags nights copies units episodes
    followers likes tweets percent degrees size what whats how why when where who which
    calculate divided multiplied square root won lost vs score about around over under than
    only just until till since by add subtract times divide
    """.split()  # noqa: SIM905  # a list of words reads better so
)
_INTRODUCES = re.compile(
    r"\b(?:name(?: is|s)?|i am|i['’]?m|this is|myself|it['’]?s|it is|they are|last (?:four|4)"
    r"|number(?: is)?|digits?(?: is| are)?|id(?: is)?)\b",
    re.IGNORECASE,
)
_SUM = re.compile(r"[+*=/×÷%$£€<>]\s?\d")
_NAME_LONGEST = 3
_TOPICS = (
    (Sensitive.SSN, re.compile(r"\bs\.?s\.?n\b|\bsocial\b", re.I)),
    (Sensitive.CARD, re.compile(r"\b(?:credit|debit)? ?card\b", re.I)),
    (
        Sensitive.ACCOUNT,
        re.compile(
            r"\b(?:ac|acct?|a/c|account|balance|bank|routing|policy|claim|member|bills?|billing"
            r"|statement|insurance|premium)\b",
            re.I,
        ),
    ),
    (Sensitive.PASSWORD, re.compile(r"\bpass ?(?:word|code)\b|\blog ?in\b", re.I)),
)
_PLACE = re.compile(
    r"\b(?:zip|post(?:al)? ?code|city|area|mov(?:e|ing)|relocat\w+|address)\b", re.I
)
_DATE = re.compile(
    r"(?:0?[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:20)?[12]\d"
    r"|(?:0?[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])(?:20)?[12]\d"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_MASKED = re.compile(r"\W*\[[a-z]+(?::[0-9a-f]{12})?\]\W*")
_LAST_FOUR = re.compile(r"\blast (?:four|4)\b(?: \w+){0,6}\W*$", re.IGNORECASE)
_MOVED = re.compile(r"\b(?:from|to|into)(?: account)?\W*$", re.IGNORECASE)
_COUNTS = re.compile(
    r"\b(?:(?<!expiry )(?<!expiration )(?<!exp )dates?|time|amount|charged?s?|costs?"
    r"|price|total|transfer(?:red)?|fee|paid|pay|spent"
    r"|expenses?|worth|around|about|quantity|flights?|hotels?|food|at|on)"
    r"(?: (?:is|was|are|of|not|its|it is|for|to))?\W*$",
    re.IGNORECASE,
)
_ASKED_ELSE = re.compile(
    r"\b(?:order|booking|ticket|reference|confirmation|tracking|case|invoice|serial|model|flight|item"
    r"|part)(?: (?:number|no|id|code))?\b[^?\n]*\?|\bhow (?:many|much|long|old|far)\b"
    r"|\bwhat (?:time|year|date|day|amount|price|size)\b",
    re.IGNORECASE,
)
_LONGEST_COUNT = 9
_NUMBERED = (Sensitive.SSN, Sensitive.CARD, Sensitive.ACCOUNT)
_ZIP_LENGTH = 5


def answered(digits: str, text: str, context: str, *, start: int, end: int) -> Sensitive | None:
    """Tell what a number is that no word announces, or None where it is none of an identifier.

    `text` is the whole turn, in which the number stands at `start`..`end`, `context` what was said
    before it, a line per turn.
    """
    before = text[:start]
    topic = topic_of(f"{context}\n{before}"[-TOPIC_REACH:])
    if len(digits) == SHORTEST and _LAST_FOUR.search(before[-60:]):
        return topic or Sensitive.NUMBER
    if len(digits) >= SHORTEST and _MOVED.search(before[-20:]) and "transfer" in text.lower():
        return Sensitive.ACCOUNT
    if not _is_answer(text, bool(context.strip()), topic) or counted(before, digits):
        return None
    alone = not text[:start].strip() and not text[end:].strip(" .")
    last = context.rstrip().rpartition("\n")[2]
    if _ASKED_ELSE.search(last):
        return None
    named = bool(context.strip()) and (_is_name(last) or _others(before) > 0)
    named = named or (_MASKED.fullmatch(last) is not None and not digits.endswith("00"))
    if not _is_whole(digits, topic, alone=alone, after_name=named):
        return None
    if topic is None and len(digits) == _ZIP_LENGTH and _PLACE.search(context[-TOPIC_REACH:]):
        return None
    if topic is Sensitive.CARD and len(digits) <= SHORTEST:
        return Sensitive.NUMBER
    return topic or Sensitive.NUMBER


def counted(before: str, digits: str) -> bool:
    """Tell whether the words just before a number make it a date, a time or an amount."""
    return len(digits) <= _LONGEST_COUNT and _COUNTS.search(before[-30:]) is not None


def like_a_date(digits: str) -> bool:
    """Tell whether six to eight digits are a day, month and year of our time."""
    return _DATE.fullmatch(digits) is not None


def _is_whole(digits: str, topic: Sensitive | None, *, alone: bool, after_name: bool) -> bool:
    """Tell whether a number is long enough for an identifier, and no year, amount or date."""
    if len(digits) < SHORTEST:
        # Somebody lost a digit; an amount would be round.
        return len(digits) == SHORTEST - 1 and alone and topic in _NUMBERED and digits[-1] != "0"
    if len(digits) != SHORTEST and like_a_date(digits):
        return False
    if topic is not None or after_name:
        return True
    return not (_YEAR.fullmatch(digits) or digits.endswith("00"))


def _is_name(last: str) -> bool:
    """Tell whether the turn before was hardly more than a name."""
    words = [word.lower() for word in _WORD.findall(last)]
    others = [word for word in words if word not in _GLUE]
    plain = not any(sign.isdigit() or sign == "\x00" for sign in last)
    named = 1 <= len(others) <= _NAME_LONGEST and len(words) <= 2 * _NAME_LONGEST
    return plain and named and not any(word in _ELSE for word in words)


def topic_of(said: str) -> Sensitive | None:
    """Tell which identifier the talk was of last."""
    last: tuple[int, Sensitive] | None = None
    for kind, words in _TOPICS:
        for match in words.finditer(said):
            if last is None or match.end() > last[0]:
                last = match.end(), kind
    return last[1] if last else None


def _others(text: str) -> int:
    """Count the words that are more than glue: of an answer, those of a name."""
    return sum(word.lower() not in _GLUE for word in _WORD.findall(text))


def _is_answer(text: str, in_talk: bool, topic: Sensitive | None) -> bool:
    """Tell whether a turn holds numbers, a name perhaps, and nothing else of substance."""
    words = [word.lower() for word in _WORD.findall(text)]
    others = [word for word in words if word not in _GLUE]
    if any(word in _ELSE for word in others) or _SUM.search(text):
        return False
    allowed = _NAME_LONGEST if in_talk else 2
    if in_talk and topic in _NUMBERED:
        allowed = 8
    if _INTRODUCES.search(text):
        allowed += 3
    return len(others) <= allowed
