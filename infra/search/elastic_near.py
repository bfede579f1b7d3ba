"""Compile text that lies together: phrases with so many words in between.

A document matches when each phrase can be given a place such that, with the last of them starting
at `last`, each other one ends at most `gap` tokens before it (`processors.query.evaluate`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Clause = dict[str, Any]
Terms = tuple[str, ...]

FIELD = "terms"
NOTHING: Clause = {"match_none": {}}


def phrase(terms: Terms) -> Clause:
    """Compile a phrase of analysed terms."""
    if not terms:
        return NOTHING
    if len(terms) == 1:
        return {"term": {FIELD: terms[0]}}
    return {"match_phrase": {FIELD: {"query": " ".join(terms), "analyzer": "whitespace"}}}


def together(phrases: Iterable[Terms], gap: int) -> Clause:
    """Compile phrases that lie together; equal ones may share their place."""
    wanted = tuple(dict.fromkeys(phrases))
    if () in wanted:
        return NOTHING
    if len(wanted) == 1:
        return phrase(wanted[0])
    if all(len(terms) == 1 for terms in wanted):
        return _window([terms[0] for terms in wanted], gap)
    return {"bool": {"should": [_last(wanted, last, gap) for last in range(len(wanted))]}}


def _window(terms: list[str], gap: int) -> Clause:
    """Compile different words: the smallest window with all of them says it all."""
    between = gap + 2 - len(terms)
    if between < 0:
        # The server would take it for no limit.
        return NOTHING
    parts = [{"match": {"query": term, "analyzer": "whitespace"}} for term in terms]
    return {"intervals": {FIELD: {"all_of": {"intervals": parts, "max_gaps": between}}}}


def _last(phrases: tuple[Terms, ...], last: int, gap: int) -> Clause:
    """Compile phrases of which this is the last: it lies in what reaches `gap` behind each other.

    The server gives intervals only where they are smallest, which would hide that one place of the
    last phrase is close to two others; spans it gives all.
    """
    found = _span(phrases[last])
    for number, terms in enumerate(phrases):
        if number != last:
            reach = {"span_gap": {FIELD: gap + len(phrases[last])}}
            found = {"span_within": {"little": found, "big": _in_order([_span(terms), reach])}}
    return found


def _span(terms: Terms) -> Clause:
    single: list[Clause] = [{"span_term": {FIELD: term}} for term in terms]
    return single[0] if len(single) == 1 else _in_order(single)


def _in_order(clauses: list[Clause]) -> Clause:
    return {"span_near": {"clauses": clauses, "slop": 0, "in_order": True}}
