"""Say why two identifiers are one customer, or why they are not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from msgspec.structs import replace

from processors.identity.holdings import as_said, plain
from processors.identity.linking import Linking
from processors.identity.nearby import Nearby
from processors.identity.rules import Rules
from processors.identity.statements import Key, Standing, fold, standing
from schemas.base import Contract
from schemas.errors import Unavailable
from schemas.identity import Customer, Evidence
from schemas.ids import customer_id

Verdict = Literal[
    "same identifier",
    "linked",
    "unknown",
    "no path",
    "different",
    "blocked",
    "shared line",
    "limit",
    "frozen",
    "passed on",
]


class Explanation(Contract, frozen=True, kw_only=True):
    """Why two identifiers are, or are not, one customer.

    `chain` leads from `a` to `b`: the evidence in use, or what would have linked them.
    `weakest_first` are the places of its links, the least trustworthy first, and `weakest` is that
    link of a chain in use. `broken_at` is the statement that may not
    link, or the `different` that forbids it; `about` names the identifier, type or pair.
    """

    a: str
    b: str
    together: bool
    reason: Verdict
    chain: tuple[Evidence, ...] = ()
    weakest_first: tuple[int, ...] = ()
    weakest: Evidence | None = None
    broken_at: Evidence | None = None
    about: str | None = None


def explain(evidence: Iterable[Evidence], a: str, b: str, rules: Rules) -> Explanation:
    """Explain two canonical identifiers of one tenant, whose evidence is given.

    Of an identifier that passed from one holder to another the last holder is meant.
    """
    return _Account(evidence, rules, None).of_identifiers(a, b)


def explain_near(near: Nearby, a: str, b: str, rules: Rules) -> Explanation:
    """Explain two canonical identifiers from what is around them.

    What a component that was full left out joins nobody: such identifiers are `frozen` apart.
    """
    found = _Account(near.statements, rules, near.members).of_identifiers(a, b)
    return found if near.are_connected(a, b) or not found.together or a == b else _cut_off(found)


def explain_customers(near: Nearby, one: Customer, other: Customer, rules: Rules) -> Explanation:
    """Explain why two customers are not one, from what is around both.

    Of each the identifier that names it is taken, for the time in which it was this customer's.
    """
    found = _Account(near.statements, rules, near.members).of_customers(one, other)
    return _cut_off(found) if found.together and one.id != other.id else found


def _cut_off(found: Explanation) -> Explanation:
    return replace(found, together=False, reason="frozen", weakest=None)


class _Account:
    """Evidence sorted out and linked, to explain from."""

    def __init__(
        self, evidence: Iterable[Evidence], rules: Rules, members: frozenset[str] | None
    ) -> None:
        statements: dict[Key, Evidence] = {}
        for statement in evidence:
            fold(statements, statement)
        self._statements = statements.values()
        self._rules = rules
        self._known = standing(self._statements, rules, members)
        self._links = Linking(self._known, rules)

    def of_identifiers(self, a: str, b: str) -> Explanation:
        """Explain two identifiers."""
        known = self._known
        held = (known.last_holding(a), known.last_holding(b))
        missing = next((i for i in held if self._links.root(i) is None), None)
        if missing is not None:
            blocked = self._rules.blocks(missing)
            reason: Verdict = "blocked" if blocked else "unknown"
            return Explanation(a=a, b=b, together=False, reason=reason, about=missing)
        if a == b:
            return Explanation(a=a, b=b, together=True, reason="same identifier")
        return self._of_nodes(*held)

    def of_customers(self, one: Customer, other: Customer) -> Explanation:
        """Explain two customers."""
        return self._of_nodes(self._naming(one), self._naming(other))

    def _naming(self, customer: Customer) -> str:
        names = (node for node in self._known.first_seen if is_named(customer, node))
        found = next(names, None)
        if found is None:
            raise Unavailable("this customer is changing; ask again")
        return found

    def _of_nodes(self, a: str, b: str) -> Explanation:
        if a == b:
            return Explanation(a=plain(a), b=plain(b), together=True, reason="same identifier")
        found = _explained(self._known, self._links, a, b)
        if self._known.cuts:
            found = _passed_on(found, self._statements, self._known)
        chain = found.chain
        order = sorted(range(len(chain)), key=lambda place: _weakness(chain[place]), reverse=True)
        return replace(found, weakest_first=tuple(order))


def is_named(customer: Customer, node: str) -> bool:
    """Tell whether a customer has its id from an identifier or from one holder's time of it."""
    return customer.id == customer_id(customer.tenant, node)


def _weakness(evidence: Evidence) -> tuple[int, datetime, str]:
    return evidence.strength, evidence.at, evidence.id


def _explained(known: Standing, links: Linking, a: str, b: str) -> Explanation:
    """Explain two nodes that are known."""
    if links.root(a) == links.root(b):
        chain = _path(links.used, a, b)
        weakest = max(chain, key=_weakness)
        return Explanation(a=a, b=b, together=True, reason="linked", chain=chain, weakest=weakest)
    return _apart(known, links, a, b)


def _passed_on(found: Explanation, statements: Iterable[Evidence], known: Standing) -> Explanation:
    """Write an explanation about nodes in terms of identifiers, and say who held what when."""
    plainly = replace(
        found,
        a=plain(found.a),
        b=plain(found.b),
        chain=tuple(map(as_said, found.chain)),
        weakest=as_said(found.weakest) if found.weakest else None,
        broken_at=as_said(found.broken_at) if found.broken_at else None,
        about=" ".join(map(plain, found.about.split(" "))) if found.about else None,
    )
    if found.reason != "no path":
        return plainly
    if plainly.a == plainly.b:
        return replace(plainly, reason="passed on", about=plainly.a)
    chain = _path(_forest(e for e in statements if e.kind == "same"), plainly.a, plainly.b)
    ends = dict.fromkeys(end for link in chain for end in (link.a, link.b))
    passed = next((end for end in ends if end in known.cuts), None)
    if passed is None:
        return plainly
    return replace(plainly, reason="passed on", chain=chain, about=passed)


def _apart(known: Standing, links: Linking, a: str, b: str) -> Explanation:
    chain = _path(_forest(known.same), a, b)
    against = links.kept_apart_by(a, b)
    if against is not None:
        return Explanation(
            a=a,
            b=b,
            together=False,
            reason="different",
            chain=chain,
            broken_at=against,
            about=f"{against.a} {against.b}",
        )
    for link in chain:
        refusal = links.refused.get(link.id)
        if refusal is not None:
            return Explanation(
                a=a,
                b=b,
                together=False,
                reason=refusal.reason,
                chain=chain,
                broken_at=link,
                about=refusal.about,
            )
    return Explanation(a=a, b=b, together=False, reason="no path")


def _forest(same: Iterable[Evidence]) -> list[Evidence]:
    """Keep the first statements, in their order, that join anything, as if there were no rules."""
    group: dict[str, set[str]] = {}
    kept = []
    for evidence in same:
        one = group.setdefault(evidence.a, {evidence.a})
        other = group.setdefault(evidence.b, {evidence.b})
        if one is not other:
            kept.append(evidence)
            one |= other
            group.update(dict.fromkeys(other, one))
    return kept


def _path(forest: Iterable[Evidence], a: str, b: str) -> tuple[Evidence, ...]:
    """Walk the only path from `a` to `b`; empty when there is none."""
    beside: dict[str, list[tuple[str, Evidence]]] = {}
    for evidence in forest:
        beside.setdefault(evidence.a, []).append((evidence.b, evidence))
        beside.setdefault(evidence.b, []).append((evidence.a, evidence))
    came: dict[str, tuple[str, Evidence]] = {}
    front = [b]
    while front and a not in came:
        here = front.pop()
        for far, evidence in beside.get(here, ()):
            if far not in came and far != b:
                came[far] = (here, evidence)
                front.append(far)
    chain = []
    while a != b and a in came:
        a, evidence = came[a]
        chain.append(evidence)
    return tuple(chain)
