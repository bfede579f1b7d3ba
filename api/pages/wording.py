"""How values are put into words: times in UTC, lengths, moods, identifiers, chances."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from schemas.utterance import mood_of

_TYPES = {
    "phone": "Phone",
    "email": "Email",
    "handle": "Social handle",
    "crm": "CRM record",
    "account": "Account",
    "device": "Device",
    "cookie": "Browser cookie",
    "contact": "Unknown caller",
}


_TONGUES = {
    "ar": "Arabic",
    "bg": "Bulgarian",
    "bn": "Bengali",
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "fa": "Persian",
    "fi": "Finnish",
    "fr": "French",
    "he": "Hebrew",
    "hi": "Hindi",
    "hu": "Hungarian",
    "id": "Indonesian",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nl": "Dutch",
    "no": "Norwegian",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sv": "Swedish",
    "th": "Thai",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "ur": "Urdu",
    "vi": "Vietnamese",
    "zh": "Chinese",
    "und": "language unclear",
}


_RISK_PARTS = {
    "base": "Where everybody starts",
    "intent": "Says that they leave",
    "cancel": "Phrases of cancelling",
    "competitor": "Names a competitor",
    "escalation": "Wants somebody higher up",
    "trend": "Sentiment, end against beginning",
    "complaint": "Complains",
    "tenure": "Time as a customer",
}


class Identifier(NamedTuple):
    """An identifier, taken apart to be shown; `whole` is `type:value`."""

    whole: str
    type: str
    label: str
    value: str


def identifier(whole: str) -> Identifier:
    """Take `type:value` apart and name its type.

    What stands in for a caller whom nobody has named is shown as that, and not as its hash.
    """
    type, _, value = whole.partition(":")
    if type == "contact":
        value = f"Unknown caller {value[:6]}"
    return Identifier(whole, type, _TYPES.get(type, words(type)), value)


def telling(identifiers: Sequence[str]) -> Identifier:
    """Choose the identifier by which people know a customer best."""
    order = ("email", "phone", "handle", "crm", "account")
    known = [identifier(one) for one in identifiers]
    return min(known, key=lambda one: order.index(one.type) if one.type in order else len(order))


def clock(at: datetime) -> str:
    """Give the time of day, `14:02`, UTC."""
    return f"{at.astimezone(UTC):%H:%M}"


def day(at: datetime) -> str:
    """Give the day, `Thu 19 Nov 2026`, UTC."""
    at = at.astimezone(UTC)
    return f"{at:%a} {at.day} {at:%b %Y}"


def moment(at: datetime) -> str:
    """Give day and time to the second, as a title shows them."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def minute(at: datetime) -> str:
    """Give a time as queries take it: `2026-11-01T09:30`, UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M}"


def ago(at: datetime, now: datetime) -> str:
    """Say roughly how long ago something was; the date where it is longer than a week ago."""
    seconds = (now - at).total_seconds()
    if seconds < 0:
        return f"{day(at)}, {clock(at)}"
    for limit, size, unit in ((90, 1, "s"), (5400, 60, "min"), (129_600, 3600, "h")):
        if seconds < limit:
            return f"{round(seconds / size)} {unit} ago"
    days = round(seconds / 86_400)
    return f"{days} days ago" if days <= 7 else day(at)


def lasting(seconds: float | None) -> str:
    """Say how long something lasted: `48 s`, `4 min 12 s`, `1 h 5 min`."""
    if seconds is None:
        return "–"
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min" + (f" {whole % 60} s" if whole % 60 else "")
    if whole < 172_800:
        return f"{whole // 3600} h" + (f" {whole % 3600 // 60} min" if whole % 3600 >= 60 else "")
    return f"{round(whole / 86_400)} days"


def playtime(seconds: float) -> str:
    """Give a place in a recording: `4:12`, `1:04:12`."""
    whole = int(seconds)
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}:{rest:02}"
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def mood(score: float) -> str:
    """Name a sentiment score from -1 to 1."""
    return mood_of(score).value


def signed(score: float) -> str:
    """Write a score with its sign: `−0.62`, `+0.40`."""
    text = f"{score:+.2f}".replace("-", "−")
    return "0.00" if text[1:] == "0.00" else text


def percent(share: float) -> str:
    """Write a share of 1 in whole percent."""
    return f"{round(100 * share)} %"


def words(code: str) -> str:
    """Turn a code such as `churn_risk` into words: `Churn risk`."""
    text = re.sub(r"[_\-]+", " ", code).strip()
    return text[:1].upper() + text[1:]


def risk_part(code: str) -> str:
    """Say what a part of the churn risk stands for."""
    return _RISK_PARTS.get(code, words(code))


def tongue(code: str) -> str:
    """Name a language by its code; the code where we have no name for it."""
    return _TONGUES.get(code, code)


def chance(p: float) -> str:
    """Put a p-value into words: how often chance alone would do as much."""
    if p >= 0.1:
        return "nothing unusual: chance alone does as much quite often"
    if p < 1e-9:
        return "less than once in a billion windows by chance alone"
    often = f"{_rounded(1 / p):,}"
    return f"about once in {often} windows by chance alone"


def _rounded(value: float) -> int:
    """Keep two figures: nobody believes the third."""
    whole = round(value)
    size = int(10 ** max(0, len(str(whole)) - 2))
    return round(whole / size) * size


FILTERS = {
    "identifier": identifier,
    "telling": telling,
    "clock": clock,
    "day": day,
    "moment": moment,
    "minute": minute,
    "ago": ago,
    "lasting": lasting,
    "playtime": playtime,
    "mood": mood,
    "signed": signed,
    "percent": percent,
    "words": words,
    "risk_part": risk_part,
    "tongue": tongue,
    "chance": chance,
}
