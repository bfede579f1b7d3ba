"""What another set of rules would change, before it is applied."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from processors.identity.clusters import clusters
from processors.identity.rules import Rules
from processors.identity.statements import Key, fold
from schemas.base import Contract
from schemas.identity import Customer, Evidence

Kind = Literal["merge", "split", "regroup", "time"]


class Regrouping(Contract, frozen=True, kw_only=True):
    """Customers who would be others: `before` they share identifiers with `after`.

    A `time` is one customer who would hold the same identifiers for another time.
    """

    kind: Kind
    before: tuple[Customer, ...]
    after: tuple[Customer, ...]


class Plan(Contract, frozen=True, kw_only=True):
    """How many customers there are and would be, how many stay, and all that would change."""

    statements: int
    before: int
    after: int
    unchanged: int
    changes: tuple[Regrouping, ...]

    def count(self, kind: Kind) -> int:
        """Count the changes of a kind."""
        return sum(change.kind == kind for change in self.changes)


def plan(evidence: Iterable[Evidence], now: Rules, then: Rules) -> Plan:
    """Compute the customers of one tenant by both sets of rules, and compare them."""
    statements: dict[Key, Evidence] = {}
    for one in evidence:
        fold(statements, one)
    before = clusters(statements.values(), now)
    after = clusters(statements.values(), then)
    changes = regroupings(before, after)
    return Plan(
        statements=len(statements),
        before=len(before),
        after=len(after),
        unchanged=len(before) - sum(len(change.before) for change in changes),
        changes=changes,
    )


def regroupings(before: Iterable[Customer], after: Iterable[Customer]) -> tuple[Regrouping, ...]:
    """Find which customers would be others, those with most customers first."""
    old = {(one.identifiers, one.holdings): one for one in before}
    new = {(one.identifiers, one.holdings): one for one in after}
    gone = [one for key, one in old.items() if key not in new]
    come = [one for key, one in new.items() if key not in old]
    parent: dict[str, str] = {}

    def root(identifier: str) -> str:
        while (above := parent.setdefault(identifier, identifier)) != identifier:
            parent[identifier] = parent[above]
            identifier = parent[identifier]
        return identifier

    for one in (*gone, *come):
        for identifier in one.identifiers:
            parent[root(identifier)] = root(one.identifiers[0])
    groups: dict[str, tuple[list[Customer], list[Customer]]] = {}
    for side, customers in enumerate((gone, come)):
        for one in customers:
            groups.setdefault(root(one.identifiers[0]), ([], []))[side].append(one)
    found = [
        Regrouping(kind=_kind(len(was), len(will)), before=tuple(was), after=tuple(will))
        for was, will in groups.values()
    ]
    return tuple(sorted(found, key=lambda one: (-len(one.before) - len(one.after), _name(one))))


def _kind(before: int, after: int) -> Kind:
    if before == after == 1:
        return "time"
    if after == 1:
        return "merge"
    return "split" if before == 1 else "regroup"


def _name(change: Regrouping) -> str:
    return min(one.id for one in (*change.before, *change.after))
