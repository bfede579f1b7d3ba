"""When a statement was said, as stretches of time: a fold that keeps order and repetition out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from schemas.identity import Evidence, Span

DAY_MS = 86_400_000
STRETCH_DAYS = 60
"""What lies no further apart than this is one stretch; no rule asks for less silence."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def millisecond(at: datetime) -> int:
    """Give an aware time in ms since 1970 UTC."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def moment(at: int) -> datetime:
    """Give the time of a number of ms since 1970 UTC."""
    return _EPOCH + timedelta(milliseconds=at)


def spans_of(evidence: Evidence) -> tuple[Span, ...]:
    """Give the stretches in which a statement was said.

    One that ended before it was told was last true right before its end.
    """
    if evidence.seen:
        return evidence.seen
    at = millisecond(evidence.at)
    if evidence.until is None:
        return ((at, at, 0, 0),)
    until = millisecond(evidence.until)
    true = min(at, until - 1)
    return ((true, true, at, until),)


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Join stretches that lie close together: commutative, associative, idempotent.

    How far apart they lie counts in UTC days, and a stretch that lasted ends with the begin of its
    last day: so many messages on one day change nothing but once.
    """
    found: list[Span] = []
    for first, last, told, until in sorted(spans):
        held = found[-1] if found else None
        if held is not None and _day(first) - _day(held[1]) <= STRETCH_DAYS:
            end = max((held[2], held[3]), (told, until))
            newest = _day(max(held[1], last)) * DAY_MS
            found[-1] = (held[0], max(held[0], newest), *end)
        else:
            found.append((first, last, told, until))
    return tuple(found)


def _day(at: int) -> int:
    return at // DAY_MS


def written(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """Leave out what `at` says already: one moment without an end."""
    if len(spans) == 1 and spans[0][0] == spans[0][1] and not spans[0][3]:
        return ()
    return spans


def goes_on(span: Span, at: int) -> bool:
    """Tell whether a moment makes a stretch no more than longer."""
    first, last, _, until = span
    return not until and first <= at and _day(at) - _day(last) <= STRETCH_DAYS


def ended(span: Span) -> tuple[int, int, int | None]:
    """Give first and last time of a stretch, and its end if that was the last word."""
    first, last, told, until = span
    if until and told >= last:
        return first, min(last, until - 1), until
    return first, last, None
