"""Say why two identifiers are one customer, or why they are not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec.structs import replace

from processors.identity.holdings import as_said, plain
from processors.identity.linking import Linking
from processors.identity.rules import Rules
from processors.identity.statements import Key, Standing, fold, standing
from schemas.base import Contract
from schemas.identity import Evidence

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

    `chain` leads from `a` to `b`: the evidence in use, or what would have linked them. `weakest`
    is the least trustworthy link of a chain in use. `broken_at` is the statement that may not
    link, or the `different` that forbids it; `about` names the identifier, type or pair.
    """

    a: str
    b: str
    together: bool
    reason: Verdict
    chain: tuple[Evidence, ...] = ()
    weakest: Evidence | None = None
    broken_at: Evidence | None = None
    about: str | None = None


def explain(evidence: Iterable[Evidence], a: str, b: str, rules: Rules) -> Explanation:
    """Explain two canonical identifiers of one tenant, whose evidence is given.

    Of an identifier that passed from one holder to another the last holder is meant.
    """
    statements: dict[Key, Evidence] = {}
    for statement in evidence:
        fold(statements, statement)
    known = standing(statements.values(), rules)
    links = Linking(known, rules)
    missing = next((i for i in (a, b) if links.root(known.last_holding(i)) is None), None)
    if missing is not None:
        blocked = rules.blocks(missing)
        reason: Verdict = "blocked" if blocked else "unknown"
        return Explanation(a=a, b=b, together=False, reason=reason, about=missing)
    if a == b:
        return Explanation(a=a, b=b, together=True, reason="same identifier")
    found = _explained(known, links, known.last_holding(a), known.last_holding(b))
    return _passed_on(found, statements.values(), known) if known.cuts else found


def _explained(known: Standing, links: Linking, a: str, b: str) -> Explanation:
    """Explain two nodes that are known."""
    if links.root(a) == links.root(b):
        chain = _path(links.used, a, b)
        weakest = max(chain, key=lambda e: (e.strength, e.at, e.id))
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
