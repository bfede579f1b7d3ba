"""Unite identifiers greedily, the strongest and oldest evidence first, under the rules."""

from __future__ import annotations

from collections import Counter
from typing import Literal, NamedTuple

from processors.identity.holdings import plain
from processors.identity.identifiers import plus_base, type_of
from processors.identity.rules import Rules
from processors.identity.statements import Standing, is_manual
from schemas.identity import Evidence

Reason = Literal["blocked", "shared line", "different", "limit", "frozen"]


class Refusal(NamedTuple):
    """Why a statement did not unite its ends; `about` names the identifier, pair or type."""

    reason: Reason
    about: str


class Linking:
    """Groups of identifiers, and which statements made them.

    Statements that were used form a forest. Because they are tried in order of strength, the
    weakest link between two identifiers is the strongest possible one (Kruskal 1956).
    """

    def __init__(self, standing: Standing, rules: Rules) -> None:
        self._rules = rules
        self._shared = shared_lines(standing, rules)
        self._root = {identifier: identifier for identifier in standing.first_seen}
        self._members = {identifier: [identifier] for identifier in self._root}
        self._types = {i: Counter((type_of(i),)) for i in self._root}
        self._apart: dict[str, list[Evidence]] = {}
        for evidence in standing.different:
            self._apart.setdefault(evidence.a, []).append(evidence)
            self._apart.setdefault(evidence.b, []).append(evidence)
        self.used: list[Evidence] = []
        self.refused: dict[str, Refusal] = {}
        for evidence in standing.same:
            self._try(evidence)

    def groups(self) -> list[list[str]]:
        """List the groups, each with its identifiers."""
        return list(self._members.values())

    def root(self, identifier: str) -> str | None:
        """Find the group of an identifier; None when nothing makes it known."""
        return self._root.get(identifier)

    def kept_apart_by(self, a: str, b: str, *, manual_only: bool = False) -> Evidence | None:
        """Find a `different` statement between the groups of two known identifiers."""
        one, other = self._root[a], self._root[b]
        if len(self._members[other]) < len(self._members[one]):
            one, other = other, one
        for member in self._members[one]:
            for evidence in self._apart.get(member, ()):
                far = evidence.b if evidence.a == member else evidence.a
                if self._root.get(far) == other and (is_manual(evidence) or not manual_only):
                    return evidence
        return None

    def _try(self, evidence: Evidence) -> None:
        if evidence.a == evidence.b:
            return
        refusal = self._refusal(evidence)
        if refusal is not None:
            self.refused[evidence.id] = refusal
        elif self._root[evidence.a] != self._root[evidence.b]:
            self._unite(self._root[evidence.a], self._root[evidence.b])
            self.used.append(evidence)

    def _refusal(self, evidence: Evidence) -> Refusal | None:
        manual = is_manual(evidence)
        for end in (evidence.a, evidence.b):
            if not manual and self._rules.blocks(end):
                return Refusal("blocked", end)
            if end not in self._root:
                return Refusal("frozen", end)
            if not manual and end in self._shared:
                return Refusal("shared line", end)
        one, other = self._root[evidence.a], self._root[evidence.b]
        if one == other:
            return None
        against = self.kept_apart_by(one, other, manual_only=manual)
        if against is not None:
            return Refusal("different", f"{against.a} {against.b}")
        full = None if manual else self._over_limit(one, other)
        return None if full is None else Refusal("limit", full)

    def _over_limit(self, one: str, other: str) -> str | None:
        mine, theirs = self._types[one], self._types[other]
        for name in sorted(mine.keys() & theirs.keys()):
            limit = self._rules.limit(name)
            # An identifier that two holders had counts once where both are this customer.
            if mine[name] + theirs[name] > limit and self._count(name, one, other) > limit:
                return name
        return None

    def _count(self, type_name: str, *roots: str) -> int:
        members = (plain(node) for root in roots for node in self._members[root])
        return len({one for one in members if type_of(one) == type_name})

    def _unite(self, one: str, other: str) -> None:
        if len(self._members[one]) < len(self._members[other]):
            one, other = other, one
        for member in self._members[other]:
            self._root[member] = one
        self._members[one] += self._members.pop(other)
        self._types[one].update(self._types.pop(other))


def shared_lines(standing: Standing, rules: Rules) -> frozenset[str]:
    """Find phones, cookies and devices that machines saw with too many people's identifiers.

    Plus-addresses of one mailbox count once.
    """
    touches: dict[str, set[str]] = {}
    for evidence in standing.same:
        if is_manual(evidence):
            continue
        for line, person in ((evidence.a, evidence.b), (evidence.b, evidence.a)):
            if rules.is_shareable(line) and rules.is_strong(person) and not rules.blocks(person):
                touches.setdefault(line, set()).add(plus_base(person))
    return frozenset(line for line, people in touches.items() if len(people) > rules.shared_after)
