"""Evidence as a set: equal statements collapse, withdrawn and overruled ones no longer stand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import IntEnum
from typing import NamedTuple

from msgspec.structs import replace

from processors.identity.holdings import Cuts, cuts_of, nodes_of, placed, plain
from processors.identity.rules import Rules
from processors.identity.seen import goes_on, joined, millisecond, spans_of, written
from schemas.identity import Evidence, Span, Strength

Pair = tuple[str, str]
Identity = tuple[str, str, str]
Key = tuple[str, str, str, bool, str]


class Standing(NamedTuple):
    """Evidence that counts, in the order in which it is tried; `first_seen` is in UTC.

    It is about nodes: where `cuts` part the time of an identifier, about one holder's time.
    """

    same: tuple[Evidence, ...]
    different: tuple[Evidence, ...]
    first_seen: dict[str, datetime]
    cuts: Cuts

    def last_holding(self, identifier: str) -> str:
        """Name the node of the last holder of an identifier that is known."""
        for node in reversed(nodes_of(identifier, self.cuts)):
            if node in self.first_seen:
                return node
        return identifier


def is_manual(evidence: Evidence) -> bool:
    """Tell whether a person said it."""
    return evidence.strength is Strength.MANUAL


def ends_of(evidence: Evidence, rules: Rules) -> tuple[str, ...]:
    """List the identifiers (0-2, no repeats) that a statement makes known.

    A blocked value is nobody, so only a person's word makes it known.
    """
    ends = (evidence.a,) if evidence.a == evidence.b else (evidence.a, evidence.b)
    return (
        ends
        if is_manual(evidence) and evidence.kind != "unused"
        else tuple(e for e in ends if not rules.blocks(e))
    )


def key_of(evidence: Evidence) -> Key:
    """Name a statement, written in order and in UTC, within a set of statements."""
    moment = evidence.at.isoformat() if is_manual(evidence) else ""
    return (evidence.id, evidence.a, evidence.b, evidence.withdrawn, moment)


class Change(IntEnum):
    """What a statement did to a set: nothing, more of what is known already, or something new."""

    NOTHING = 0
    TIMES = 1
    NEWS = 2


def fold(statements: dict[Key, Evidence], evidence: Evidence) -> Change:
    """Add a statement to a set of statements; tell whether the set changed, and how far.

    Commutative, associative and idempotent. What machines repeat becomes one statement with its
    earliest time and best strength (a withdrawal: its latest time), and remembers when it was
    said; what people say is kept as often as it was said.
    """
    new = _in_order(evidence)
    key = key_of(new)
    old = statements.get(key)
    if old is None:
        statements[key] = new
        return Change.NEWS
    both = _both(old, new)
    if both == old:
        return Change.NOTHING
    statements[key] = both
    return Change.TIMES if _only_longer(old, both) else Change.NEWS


def is_covered(statements: dict[Key, Evidence], lone: Evidence) -> bool:
    """Tell whether a lone sighting changes nobody: it goes on with what a machine said before.

    Then its identifier is known since earlier, and no silence before it ends.
    """
    if lone.a != lone.b or lone.kind != "same" or lone.withdrawn or lone.seen or is_manual(lone):
        return False
    at = millisecond(lone.at)
    return any(
        lone.a in (e.a, e.b)
        and e.id != lone.id
        and e.kind == "same"
        and e.at <= lone.at
        and not (e.withdrawn or is_manual(e))
        and (e.id, e.a, e.b, True, "") not in statements
        and goes_on(spans_of(e)[-1], at)
        for e in statements.values()
    )


def _only_longer(old: Evidence, new: Evidence) -> bool:
    """Tell whether a statement only goes on: no end of it was told, and no silence before it."""
    if replace(new, seen=old.seen) != old or any(until for *_, until in new.seen):
        return False
    return len(new.seen) <= max(len(old.seen), 1)


def standing(
    statements: Iterable[Evidence], rules: Rules, members: frozenset[str] | None = None
) -> Standing:
    """Sort out which statements count: not withdrawn, and not overruled by a later manual one.

    With `members`, statements make no other identifier known.
    """
    live = _in_use(_without_unused(_not_withdrawn(tuple(statements))), rules)
    cuts = cuts_of(live, rules)
    if cuts:
        live = placed(live, cuts)
    verdicts = _manual_verdicts(live)
    counted = sorted((e for e in live if _upheld(e, verdicts)), key=_order)
    first_seen: dict[str, datetime] = {}
    for evidence in counted:
        if evidence.kind == "same":
            for end in ends_of(evidence, rules):
                if members is None or plain(end) in members:
                    first_seen[end] = min(evidence.at, first_seen.get(end, evidence.at))
    return Standing(
        same=tuple(e for e in counted if e.kind == "same"),
        different=tuple(e for e in counted if e.kind == "different" and e.a != e.b),
        first_seen=first_seen,
        cuts=cuts,
    )


def _in_order(evidence: Evidence) -> Evidence:
    if evidence.a <= evidence.b and evidence.at.tzinfo is UTC and evidence.until is None:
        return evidence
    a, b = sorted((evidence.a, evidence.b))
    at = evidence.at.astimezone(UTC)
    if evidence.withdrawn or evidence.kind == "different" or evidence.until is None:
        return replace(evidence, a=a, b=b, at=at, until=None)
    return replace(evidence, a=a, b=b, at=at, until=None, seen=spans_of(evidence))


def _both(old: Evidence, new: Evidence) -> Evidence:
    first = min(
        (old, new), key=lambda e: (e.kind, e.source, e.said_by or "", e.basis or "", e.why or "")
    )
    at = max(old.at, new.at) if new.withdrawn else min(old.at, new.at)
    seen = () if new.withdrawn or new.kind == "different" else _seen(old, new)
    return replace(first, at=at, seen=seen, strength=min(old.strength, new.strength))


def _seen(old: Evidence, new: Evidence) -> tuple[Span, ...]:
    return written(joined((*spans_of(old), *spans_of(new))))


def _in_use(live: list[Evidence], rules: Rules) -> list[Evidence]:
    """Give statements the strengths that the rules declare; what is unused still tells who is."""
    if not rules.strengths:
        return live
    found: list[Evidence] = []
    for e in live:
        worth = rules.strength_of(e)
        if worth is not None:
            found.append(e if worth is e.strength else replace(e, strength=worth))
        elif e.kind == "same":
            found += _ends_alone(e)
    return found


def _without_unused(live: list[Evidence]) -> list[Evidence]:
    """Take out what people set aside of machines; it still tells who is."""
    unused = {(e.statement, e.a, e.b) for e in live if e.kind == "unused"}
    if not unused:
        return live
    found: list[Evidence] = []
    for e in live:
        if is_manual(e) or (e.id, e.a, e.b) not in unused:
            found += [] if e.kind == "unused" else [e]
        elif e.kind == "same":
            found += _ends_alone(e)
    return found


def _ends_alone(e: Evidence) -> list[Evidence]:
    return [replace(e, id=f"{e.id}/{end}", a=end, b=end) for end in sorted({e.a, e.b})]


def _order(evidence: Evidence) -> tuple[int, datetime, str, str, str, str]:
    return evidence.strength, evidence.at, evidence.a, evidence.b, evidence.id, evidence.kind


def _not_withdrawn(statements: tuple[Evidence, ...]) -> list[Evidence]:
    """Drop withdrawn statements. A machine's stays withdrawn; a person may say it again later."""
    withdrawn: dict[Identity, datetime] = {}
    for e in statements:
        if e.withdrawn:
            identity = (e.id, e.a, e.b)
            withdrawn[identity] = max(e.at, withdrawn.get(identity, e.at))

    def stands(e: Evidence) -> bool:
        until = withdrawn.get((e.id, e.a, e.b))
        return until is None or (is_manual(e) and e.at > until)

    return [e for e in statements if not e.withdrawn and stands(e)]


def _manual_verdicts(live: Iterable[Evidence]) -> dict[Pair, str]:
    """Find what people last said about each pair; at the same moment `different` wins."""
    said: dict[Pair, tuple[datetime, bool]] = {}
    for e in live:
        if is_manual(e):
            word = (e.at, e.kind == "different")
            said[e.a, e.b] = max(word, said.get((e.a, e.b), word))
    return {pair: "different" if apart else "same" for pair, (_, apart) in said.items()}


def _upheld(evidence: Evidence, verdicts: dict[Pair, str]) -> bool:
    """Keep what no person overruled; a machine's `same` is kept, for it also tells who exists."""
    verdict = verdicts.get((evidence.a, evidence.b))
    if verdict is None or verdict == evidence.kind:
        return True
    return not is_manual(evidence) and evidence.kind == "same"
