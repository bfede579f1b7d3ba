"""Compute customers from evidence: a pure function of the set, so everything can be undone."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from processors.identity.explain import Explanation, explain
from processors.identity.holdings import holdings_of, plain
from processors.identity.linking import Linking
from processors.identity.rules import Rules
from processors.identity.statements import Key, ends_of, fold, is_manual, standing
from schemas.identity import Customer, Evidence
from schemas.ids import customer_id

__all__ = ["Explanation", "Rules", "clusters", "customer_id", "customers_of", "explain"]


def clusters(evidence: Iterable[Evidence], rules: Rules) -> tuple[Customer, ...]:
    """Compute every customer that a set of evidence tells of, sorted by tenant and id.

    Order and repetition of the evidence do not matter.
    """
    tenants: dict[str, dict[Key, Evidence]] = {}
    for statement in evidence:
        fold(tenants.setdefault(statement.tenant, {}), statement)
    found: list[Customer] = []
    for tenant, statements in tenants.items():
        for component in _components(statements.values(), rules):
            found += customers_of(tenant, component, rules).customers
    return tuple(sorted(found, key=lambda customer: (customer.tenant, customer.id)))


class Computed(NamedTuple):
    """The customers of a component, and whether any of its identifiers changed hands."""

    customers: tuple[Customer, ...]
    passed_on: bool


def customers_of(
    tenant: str,
    statements: Collection[Evidence],
    rules: Rules,
    members: frozenset[str] | None = None,
    *,
    frozen: bool = False,
) -> Computed:
    """Compute the customers of one component, sorted by id, from its folded statements.

    The oldest identifier names the customer. `revision` counts the component's identifiers, what
    was said to be different or withdrawn, and what people said, so it never falls.
    """
    known = standing(statements, rules, members)
    there = members or {end for e in statements for end in ends_of(e, rules)}
    revision = len(there) + sum(
        e.kind == "different" or e.withdrawn or is_manual(e) for e in statements
    )
    found = []
    for group in Linking(known, rules).groups():
        group.sort(key=lambda node: (known.first_seen[node], node))
        id, *aliases = (customer_id(tenant, node) for node in group)
        found.append(
            Customer(
                id=id,
                tenant=tenant,
                identifiers=tuple(sorted({plain(node) for node in group})),
                aliases=tuple(sorted(aliases)),
                holdings=holdings_of(group, known.cuts) if known.cuts else (),
                since=known.first_seen[group[0]],
                revision=revision,
                frozen=frozen,
            )
        )
    found.sort(key=lambda customer: customer.id)
    return Computed(tuple(found), bool(known.cuts))


def _components(statements: Iterable[Evidence], rules: Rules) -> list[list[Evidence]]:
    """Part statements into sets that share no identifier, blocked values aside."""
    parent: dict[str, str] = {}

    def root(identifier: str) -> str:
        while (above := parent.setdefault(identifier, identifier)) != identifier:
            parent[identifier] = parent[above]
            identifier = parent[identifier]
        return identifier

    placed = [(ends[0], e) for e in statements if (ends := ends_of(e, rules))]
    for _, evidence in placed:
        ends = ends_of(evidence, rules)
        parent[root(ends[-1])] = root(ends[0])
    parts: dict[str, list[Evidence]] = {}
    for end, evidence in placed:
        parts.setdefault(root(end), []).append(evidence)
    return list(parts.values())
