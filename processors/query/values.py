"""Read and print what stands behind a field's colon: numbers, lengths of time, dates, names."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches

from processors.query.ast import Between
from processors.query.lexer import Lexeme
from schemas.errors import QueryError

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_LENGTH = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)([smhdw])")
_DECIMAL = re.compile(r"[+-]?\d(?:\.\d{1,4})?|[+-]?\.\d{1,4}")
_COMPARED = re.compile(r"(<=|>=|<|>)(.*)", re.DOTALL)
_SPAN = re.compile(r"([\[{])\s*(\S+)\s+TO\s+(\S+)\s*([\]}])")
Reader = Callable[[str], float | None]


def wrong(query: str, lexeme: Lexeme, message: str) -> QueryError:
    """Make an error that points at a filter's value."""
    length = lexeme.end - lexeme.value_at
    return QueryError(message, query=query, position=lexeme.value_at, length=length)


def suggestion(wanted: str, known: tuple[str, ...]) -> str:
    """Say what is close to a misspelt name, and what there is."""
    close = get_close_matches(wanted.lower(), known, n=1)
    hint = f"did you mean {close[0]}? " if close else ""
    return f"{hint}There are {', '.join(known)}"


def seconds(written: str) -> float | None:
    """Read a length of time such as `90s`, `5m`, `1.5h`; None when it is none."""
    found = _LENGTH.fullmatch(written)
    return round(float(found[1]) * _SECONDS[found[2]], 3) if found else None


def decimal(written: str) -> float | None:
    """Read a number of one digit and at most four decimals; None when it is none."""
    return float(written) + 0.0 if _DECIMAL.fullmatch(written) else None


def bounds(query: str, lexeme: Lexeme, read: Reader, example: str) -> Between:
    """Read `<x`, `>=x`, `[a TO b]` or `{a TO b}`, with `*` for an open end.

    Raises:
        QueryError: it is none of these.
    """
    failure = wrong(query, lexeme, f"{lexeme.field}: takes a bound or a range, such as {example}")
    if lexeme.quoted:
        raise failure
    if span := _SPAN.fullmatch(lexeme.text):
        low, high = (None if side == "*" else read(side) for side in (span[2], span[3]))
        if (low is None and span[2] != "*") or (high is None and span[3] != "*"):
            raise failure
        low_open, high_open = span[1] == "{", span[4] == "}"
        return Between(
            lexeme.field, low, high, low is not None and low_open, high is not None and high_open
        )
    compared = _COMPARED.fullmatch(lexeme.text)
    value = read(compared[2]) if compared else None
    if compared is None or value is None:
        raise failure
    opened = len(compared[1]) == 1
    if compared[1][0] == "<":
        return Between(lexeme.field, None, value, high_open=opened)
    return Between(lexeme.field, value, None, low_open=opened)


def moment(query: str, lexeme: Lexeme, now: datetime) -> datetime:
    """Read a date, a time or a length of time before `now`, as aware UTC.

    A date stands for its first instant, a time without a zone is UTC.

    Raises:
        QueryError: it is none of these, or lies outside the calendar.
    """
    try:
        ago = seconds(lexeme.text)
        if ago is not None:
            return (now - timedelta(seconds=ago)).astimezone(UTC)
        if lexeme.text in ("today", "yesterday"):
            midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
            return midnight - timedelta(days=lexeme.text == "yesterday")
        at = datetime.fromisoformat(lexeme.text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise wrong(
            query,
            lexeme,
            f"{lexeme.field}: takes a date such as 2026-11-01 or 2026-11-01T09:30Z, "
            "a length of time before now such as 7d or 12h, today or yesterday",
        ) from None


def print_seconds(value: float) -> str:
    """Print a length of time so that it reads back the same."""
    return f"{value:.3f}".rstrip("0").rstrip(".") + "s"


def print_decimal(value: float) -> str:
    """Print a number so that it reads back the same."""
    return f"{value:.4f}".rstrip("0").rstrip(".")


def print_moment(at: datetime) -> str:
    """Print a time so that it reads back the same."""
    text = at.astimezone(UTC).replace(tzinfo=None).isoformat()
    return text.removesuffix("T00:00:00") if text.endswith("T00:00:00") else f"{text}Z"
