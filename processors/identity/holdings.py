"""Identifiers that pass from one holder to the next, such as a phone number given out again.

Where an identifier has changed hands, each time of one holder is a *node* of its own: the
identifier itself for the first, and the identifier with a number for those after it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import timedelta

from msgspec.structs import replace

from processors.identity.identifiers import type_of
from processors.identity.rules import Rules
from processors.identity.seen import DAY_MS, ended, millisecond, moment, spans_of
from schemas.identity import Evidence, Holding, Strength

Cuts = dict[str, tuple[int, ...]]
"""Per identifier the moments (ms UTC) at which it passed to another holder, in order."""

_MARK = "\x1f"
_STEADY = ("crm", "account", "email")
"""Types that stay when what stands beside them ends, the steadiest first."""

Stretch = tuple[int, int]


def node_of(identifier: str, cuts: Cuts, at: int) -> str:
    """Name the holding of an identifier at a time."""
    held = cuts.get(identifier)
    place = bisect_right(held, at) if held else 0
    return f"{identifier}{_MARK}{place + 1}" if place else identifier


def nodes_of(identifier: str, cuts: Cuts) -> list[str]:
    """Name all holdings of an identifier in order."""
    numbers = range(2, len(cuts.get(identifier, ())) + 2)
    return [identifier, *(f"{identifier}{_MARK}{number}" for number in numbers)]


def plain(node: str) -> str:
    """Give the identifier of a node."""
    return node.partition(_MARK)[0]


def as_said(evidence: Evidence) -> Evidence:
    """Give a statement about nodes as it was said, about identifiers."""
    if _MARK not in evidence.a and _MARK not in evidence.b:
        return evidence
    id = plain(evidence.id)
    return replace(evidence, id=id, a=plain(evidence.a), b=plain(evidence.b))


def holdings_of(nodes: Iterable[str], cuts: Cuts) -> tuple[Holding, ...]:
    """List the times in which the identifiers of some nodes were held, without the unbounded."""
    found: list[Holding] = []
    places: dict[str, list[int]] = {}
    for node in nodes:
        identifier, _, number = node.partition(_MARK)
        if identifier in cuts:
            places.setdefault(identifier, []).append(int(number or 1) - 1)
    for identifier, held in sorted(places.items()):
        found += _times(identifier, sorted(held), cuts[identifier])
    return tuple(found)


def _times(identifier: str, places: Sequence[int], cuts: Sequence[int]) -> list[Holding]:
    stretches: list[list[int]] = []
    for place in places:
        if stretches and stretches[-1][1] + 1 == place:
            stretches[-1][1] = place
        else:
            stretches.append([place, place])
    if stretches == [[0, len(cuts)]]:
        return []
    return [
        Holding(
            identifier=identifier,
            since=moment(cuts[first - 1]) if first else None,
            until=moment(cuts[last]) if last < len(cuts) else None,
        )
        for first, last in stretches
    ]


def cuts_of(statements: Sequence[Evidence], rules: Rules) -> Cuts:
    """Find where identifiers passed to another holder: a pure function of statements that stand.

    By an end that was told; by silence, for types that are given out again; or because a record
    claims one that nobody has been seen with any more.
    """
    if _is_brief(statements, rules):
        return {}
    reused = tuple(f"{name}:" for name in rules.reassigned)
    ends: dict[str, set[int]] = {}
    used: dict[str, list[Evidence]] = {}
    for one in statements:
        if one.kind != "same":
            continue
        if one.seen or one.until:
            _note_end(one, ends)
        if one.strength is not Strength.MANUAL:
            if one.a.startswith(reused):
                used.setdefault(one.a, []).append(one)
            if one.b.startswith(reused) and one.b != one.a:
                used.setdefault(one.b, []).append(one)
    found = {identifier: set(given) for identifier, given in ends.items()}
    for identifier, seen in used.items():
        told = found.setdefault(identifier, set())
        told |= _takeovers(identifier, seen, rules)
        told |= _silences(seen, told, rules)
    return {
        identifier: tuple(sorted(at))
        for identifier, at in found.items()
        if at and not rules.blocks(identifier)
    }


def _is_brief(statements: Sequence[Evidence], rules: Rules) -> bool:
    """Tell cheaply that all was said within too short a time for anything to change hands."""
    if any(one.seen or one.until for one in statements):
        return False
    days = [rules.taken_over_after_days]
    if rules.silent_months:
        days.append(rules.silence_ms // DAY_MS)
    times = [one.at for one in statements]
    return not times or max(times) - min(times) < timedelta(days=min(days))


def placed(statements: Iterable[Evidence], cuts: Cuts) -> list[Evidence]:
    """Write statements about nodes: one that was said in the time of two holders comes twice."""
    found: list[Evidence] = []
    for one in statements:
        if one.a in cuts or one.b in cuts:
            found += _per_node(one, cuts)
        else:
            found.append(one)
    return found


def _per_node(one: Evidence, cuts: Cuts) -> list[Evidence]:
    times = [millisecond(one.at)]
    if one.kind == "same":
        stretches = [ended(span) for span in spans_of(one)]
        times = sorted({at for first, last, _ in stretches for at in (first, last)})
    first: dict[tuple[str, str], int] = {}
    for at in times:
        first.setdefault((node_of(one.a, cuts, at), node_of(one.b, cuts, at)), at)
    return [
        replace(
            one,
            id=f"{one.id}{_MARK}{n}" if n else one.id,
            a=a,
            b=b,
            at=one.at if n == 0 else moment(at),
        )
        for n, ((a, b), at) in enumerate(first.items())
    ]


def _note_end(one: Evidence, ends: dict[str, set[int]]) -> None:
    told = {until for *_, until in map(ended, spans_of(one)) if until is not None}
    if told:
        for identifier in _bounded(one.a, one.b):
            ends.setdefault(identifier, set()).update(told)


def _bounded(a: str, b: str) -> tuple[str, ...]:
    """Choose which of two identifiers changes hands when what was said about them ends."""
    one, other = (
        _STEADY.index(name) if (name := type_of(end)) in _STEADY else len(_STEADY) for end in (a, b)
    )
    if one == other:
        return (a, b)
    return (b,) if one < other else (a,)


def _silences(seen: Iterable[Evidence], told: Iterable[int], rules: Rules) -> set[int]:
    """Find the ends of silences; contacts may begin a day before they say whose they are."""
    if not rules.silent_months:
        return set()
    stretches = sorted(ended(span)[:2] for one in seen for span in spans_of(one))
    found, last = set[int](), stretches[0][1]
    for first, until in stretches[1:]:
        passed = any(last < at <= first for at in told)
        if first - last > rules.silence_ms and not passed:
            found.add(first - DAY_MS)
        last = max(last, until)
    return found


def _takeovers(identifier: str, seen: Sequence[Evidence], rules: Rules) -> set[int]:
    """Find where a record claims an identifier whose earlier companions are all gone."""
    claims: dict[str, int] = {}
    beside: dict[str, Stretch] = {}
    for one in seen:
        other = one.b if one.a == identifier else one.a
        if other == identifier or not rules.is_strong(other):
            continue
        stretches = [ended(span) for span in spans_of(one)]
        first, last = stretches[0][0], stretches[-1][1]
        if one.strength is Strength.PROFILE and type_of(other) == "crm":
            claims[other] = min(first, claims.get(other, first))
        held = beside.get(other, (first, last))
        beside[other] = (min(first, held[0]), max(last, held[1]))
    if len(claims) < 2:
        return set()
    quiet = rules.taken_over_after_days * DAY_MS
    return {
        at
        for at in claims.values()
        if any(beside[crm][1] < at for crm in claims)
        and all(last + quiet <= at for first, last in beside.values() if first < at)
    }
