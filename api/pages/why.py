"""Why is this one person? The evidence in use, and what was left out and why."""

from __future__ import annotations

from typing import NamedTuple

from api.pages.graph import Graph, draw
from processors.identity.explain import Explanation
from processors.identity.history import Act, history
from processors.identity.holdings import as_said, plain
from processors.identity.linking import Linking, Refusal
from processors.identity.nearby import Nearby
from processors.identity.rules import Rules
from processors.identity.statements import Standing, standing
from schemas.identity import Customer, Evidence, Strength

STRENGTHS = {
    Strength.MANUAL: "a person said so",
    Strength.AUTHENTICATED: "the customer was signed in",
    Strength.PROFILE: "it stands in the customer's record",
    Strength.STATED: "both stood in one message or call",
    Strength.OBSERVED: "a device or browser was seen with both",
}


REASONS = {
    "same identifier": "this is one identifier",
    "linked": "evidence leads from one to the other",
    "unknown": "one of them was never seen",
    "no path": "nothing was ever seen that connects them",
    "different": "somebody said that they are different people",
    "blocked": "what they share stands for nobody in particular",
    "shared line": "what they share is used by several people",
    "limit": "one customer would have too many identifiers of a type",
    "frozen": "so much evidence connects them that some was left out",
    "passed on": "what they share passed from one holder to the next",
}


class Why(NamedTuple):
    """The whole answer for one customer.

    `links` made the customer, the weakest first. `kept_apart` lists identifiers that were not
    joined, by the reason in words. `acts` are what people did, newest first.
    """

    links: list[Evidence]
    kept_apart: list[tuple[str, list[str]]]
    acts: list[Act]
    graph: Graph


class Chain(NamedTuple):
    """An answer about two identifiers or customers, as a list and as a drawing.

    `links` have the weakest first where the two are one, else they lead from one to the other.
    """

    found: Explanation
    reason: str
    links: list[Evidence]
    graph: Graph


def why(customer: Customer, near: Nearby, rules: Rules) -> Why:
    """Explain a customer from the evidence around it."""
    mine = frozenset(customer.identifiers)
    known = standing(near.statements, rules, near.members)
    linking = Linking(known, rules)
    links = [as_said(e) for e in linking.used if plain(e.a) in mine and plain(e.b) in mine]
    return Why(
        links=sorted(links, key=lambda e: (e.strength, e.at, e.id), reverse=True),
        kept_apart=_kept_apart(known, linking, mine),
        acts=history(near.statements, mine),
        graph=draw(customer.identifiers, links),
    )


def chain_of(found: Explanation) -> Chain:
    """Put an explanation in words and draw it."""
    chain = list(found.chain)
    ends = dict.fromkeys((found.a, *(end for one in chain for end in (one.a, one.b)), found.b))
    listed = [chain[place] for place in found.weakest_first] if found.together else chain
    return Chain(found, REASONS[found.reason], listed, draw(list(ends), chain, first=found.a))


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
