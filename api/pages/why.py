"""Why is this one person? The evidence in use, and what was left out and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from api.pages.graph import Graph, draw
from processors.identity.explain import Explanation, explain
from processors.identity.linking import Linking, Refusal
from processors.identity.rules import Rules
from processors.identity.statements import Key, Standing, fold, is_manual, standing
from schemas.identity import Customer, Evidence, Strength

STRENGTHS = {
    Strength.MANUAL: "a person said so",
    Strength.AUTHENTICATED: "the customer was signed in",
    Strength.PROFILE: "it stands in the customer's record",
    Strength.STATED: "both stood in one message or call",
    Strength.OBSERVED: "a device or browser was seen with both",
}


class Why(NamedTuple):
    """The whole answer for one customer.

    `links` made the customer, `weakest` among them. `kept_apart` lists identifiers that were not
    joined, by the reason in words. `said` are people's statements that stand and can be withdrawn.
    `chain` answers about a pair.
    """

    links: list[Evidence]
    weakest: Evidence | None
    kept_apart: list[tuple[str, list[str]]]
    said: list[Evidence]
    graph: Graph
    chain: Explanation | None


def why(customer: Customer, evidence: Sequence[Evidence], pair: tuple[str, str] | None) -> Why:
    """Explain a customer from a tenant's evidence; `pair` asks about two identifiers.

    Only what is connected to the customer, or to the pair, is looked at: nothing else can matter.
    """
    rules = Rules()
    mine = frozenset(customer.identifiers)
    near = component(evidence, mine | frozenset(pair or ()))
    statements: dict[Key, Evidence] = {}
    for one in near:
        fold(statements, one)
    known = standing(statements.values(), rules)
    linking = Linking(known, rules)
    links = [e for e in linking.used if e.a in mine and e.b in mine]
    return Why(
        links=links,
        weakest=max(links, key=lambda e: (e.strength, e.at, e.id), default=None),
        kept_apart=_kept_apart(known, linking, mine),
        said=[e for e in (*known.same, *known.different) if is_manual(e) and {e.a, e.b} & mine],
        graph=draw(customer.identifiers, links),
        chain=explain(near, *pair, rules) if pair else None,
    )


def component(evidence: Iterable[Evidence], start: frozenset[str]) -> list[Evidence]:
    """Keep the evidence that is connected to some identifiers, however far."""
    beside: dict[str, list[Evidence]] = {}
    for one in evidence:
        beside.setdefault(one.a, []).append(one)
        beside.setdefault(one.b, []).append(one)
    seen, front = set(start), list(start)
    kept: dict[int, Evidence] = {}
    while front:
        for one in beside.get(front.pop(), ()):
            kept[id(one)] = one
            for end in (one.a, one.b):
                if end not in seen:
                    seen.add(end)
                    front.append(end)
    return list(kept.values())


def _kept_apart(
    known: Standing, linking: Linking, mine: frozenset[str]
) -> list[tuple[str, list[str]]]:
    reasons: dict[str, str] = {}
    for one in known.different:
        if (one.a in mine) != (one.b in mine):
            who = one.said_by or one.source
            reasons.setdefault(_far(one, mine), f"{who} said that these are other people")
    for one in known.same:
        refusal = linking.refused.get(one.id)
        if refusal is not None and (one.a in mine) != (one.b in mine):
            reasons.setdefault(_far(one, mine), reason_in_words(refusal))
    grouped: dict[str, list[str]] = {}
    for far, reason in reasons.items():
        grouped.setdefault(reason, []).append(far)
    return list(grouped.items())


def _far(one: Evidence, mine: frozenset[str]) -> str:
    return one.b if one.a in mine else one.a


def reason_in_words(refusal: Refusal) -> str:
    """Say why a statement joined nothing."""
    about = refusal.about
    return {
        "blocked": f"{about} stands for nobody in particular",
        "shared line": f"{about} is used by several people, so it joins nobody",
        "different": f"somebody said that {about.replace(' ', ' and ')} are two people",
        "limit": f"one customer would have too many identifiers of the type {about}",
        "frozen": "too much evidence connects these identifiers; this part was left out",
    }[refusal.reason]
