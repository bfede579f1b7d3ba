"""Cut greetings and closing formulas off a text: they are said whatever the text is about.

Before it was done, "Good morning!" in front or "Have a nice day!" behind turned half of the texts
of a public benchmark that were read as negative positive, or more.
"""

from __future__ import annotations

import re

ENGINE = "without-pleasantries/1"
FEWEST = 3  # words that must remain: a text that is all greeting keeps it
CLOSE = 160  # characters of the end in which a closing formula is looked for
MOST_CLOSINGS = 3

_TO_WHOM = r"(?:\s+(?:there|all|again|team|everyone|everybody|support|sir|madam|or|and)\b)*"
_NAMES = r"(?:\s+[\w'’-]+){0,3}?"
_GREETING = re.compile(
    r"\s*(?:(?:hi|hiya|hello|hey|dear|greetings|good\s+(?:morning|afternoon|evening|day)"
    r"|hallo|guten\s+(?:tag|morgen|abend)|liebes?|sehr\s+geehrte[rs]?|bonjour|bonsoir"
    r"|hola|buen[oa]s\s+(?:d[ií]as|tardes|noches)|ciao|buon\s?giorno|buona\s?sera|ol[áa]"
    rf"|bom\s+dia|boa\s+(?:tarde|noite))\b{_TO_WHOM}(?:{_NAMES}\s*[,!.:…\n]+|(?=\s))\s*)+",
    re.IGNORECASE,
)
_BREAK = re.compile(r"[.!?,;:…\n)\]]\s*")
_WHO = r"(?:[,.!\s]+[\w'’.-]+){0,3}?[\s,.!]*$"
_CLOSING = re.compile(
    r"(?:"
    r"(?:(?:and\s+)?(?:with\s+)?(?:many\s+thanks\s+and\s+)?(?:(?:kind|best|warm)(?:est)?\s+)?regards"
    r"|(?:all\s+the\s+best|best(?:\s+wishes)?|many\s+thanks|cheers)(?=\s*(?:[,\n]|[.!]?\s*$))"
    r"|yours(?:\s+(?:sincerely|faithfully|truly))?|sincerely(?:\s+yours)?"
    r"|(?:many\s+)?thank(?:s|\s+you)(?:\s+(?:so|very)\s+much)?\s+in\s+advance"
    r"(?:\s+for\s+your\s+(?:help|reply))?"
    r"|(?:i\s+wish\s+you\s+|have\s+)an?\s+(?:\w+\s+)?(?:nice|good|great|lovely|wonderful|pleasant)"
    r"\s+(?:day|evening|night|week|weekend|one|time)(?:\s+ahead)?"
    r"|mit\s+freundlichen\s+gr(?:ü|ue)(?:ß|ss)en|(?:viele|liebe|beste|freundliche)\s+gr(?:ü|ue)(?:ß|ss)e"
    r"|(?:vielen\s+)?dank(?:e)?\s+im\s+voraus|(?:einen\s+)?sch(?:ö|oe)nen\s+tag(?:\s+noch)?"
    r"|(?:bien\s+)?cordialement|bien\s+[àa]\s+vous|merci\s+d['’]avance|bonne\s+(?:journ[ée]e|soir[ée]e)"
    r"|(?:un\s+)?(?:cordial(?:es)?\s+)?saludos?|(?:muchas\s+)?gracias\s+de\s+antemano"
    r"|(?:cordiali|distinti)\s+saluti|grazie\s+in\s+anticipo|buona\s+(?:giornata|serata)"
    rf"|atenciosamente|(?:com\s+os\s+melhores\s+)?cumprimentos|obrigad[oa]\s+desde\s+j[áa])){_WHO}",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")


def without_pleasantries(text: str) -> str:
    """Cut greetings off the start and closing formulas off the end, unless little else is said."""
    found = _GREETING.match(text)
    kept = _if_enough(text[found.end() :], text) if found else text
    for _ in range(MOST_CLOSINGS):
        closing = _closing(kept)
        if closing is None:
            break
        kept = _if_enough(kept[:closing].rstrip(" ,;\n"), kept)
    return kept


def _closing(text: str) -> int | None:
    """Find where a closing formula begins that goes on to the end."""
    for place in _BREAK.finditer(text, max(0, len(text) - CLOSE)):
        if _CLOSING.match(text, place.end()):
            return place.end()
    return None


def _if_enough(shorter: str, text: str) -> str:
    return shorter if len(_WORD.findall(shorter)) >= FEWEST else text
