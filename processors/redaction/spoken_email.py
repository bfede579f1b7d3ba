"""Find mail addresses that were said aloud: "jane dot doe at example dot com"."""

from __future__ import annotations

import re
from collections.abc import Iterator

_ATOM = r"[^\W_]+(?:['’-][^\W_]+)*"
_JOIN = r"(?:\s?\.\s?|\s(?:dot|point|period)\s|\s?_\s?|\s(?:underscore|dash|hyphen|minus|plus)\s)"
_AT = r"(?:\s?@\s?|\s(?:at|at sign)\s)"
_DOMAIN = rf"{_ATOM}(?:\s(?:dash|hyphen)\s{_ATOM})?(?:\s(?:dot|period)\s{_ATOM}|\.{_ATOM}){{1,3}}"
_SPOKEN = re.compile(rf"{_AT}({_DOMAIN})", re.IGNORECASE)
_LOCAL = re.compile(rf"(?:{_ATOM}{_JOIN}){{0,5}}(?:(?:(?<!\w)\w\s|\d+\s){{0,30}}){_ATOM}$", re.I)
_CUE = re.compile(r"\b(?:e-?mail|mail|address|inbox|send (?:it|them|that) to)\b", re.IGNORECASE)
_PROVIDERS = re.compile(
    r"(?:g ?mail|yahoo|hotmail|outlook|icloud|aol|proton ?mail|gmx|live|msn|web) ?(?:dot|\.)", re.I
)
_LOCAL_REACH = 80
_CUE_REACH = 160


def spoken_emails(text: str, context: str) -> Iterator[tuple[int, int]]:
    """Find spoken mail addresses.

    "look at example dot com" names a site: without a joined local part ("jane dot doe"), a known
    mail provider or talk of mail it does not count.
    """
    for match in _SPOKEN.finditer(text):
        begin = max(0, match.start() - _LOCAL_REACH)
        local = _LOCAL.search(text[begin : match.start()])
        if local is None:
            continue
        joined = re.search(rf"\w{_JOIN}\w", local[0], re.IGNORECASE)
        talk = (context + "\n" + text[: match.start()])[-_CUE_REACH:]
        talk += text[match.end() : match.end() + _CUE_REACH // 4]
        if joined or _PROVIDERS.match(match[1]) or _CUE.search(talk):
            yield begin + local.start(), match.end()
