"""Compile a query to Elasticsearch's, so that it finds what `processors.query.evaluate` finds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from infra.search.base import SearchRequest, microseconds
from infra.search.elastic_near import FIELD, NOTHING, Clause, phrase, together
from processors.analysis import fold, term_of, terms_of
from processors.query.ast import (
    After,
    And,
    Before,
    Between,
    Customer,
    Everything,
    First,
    Is,
    Near,
    Not,
    Or,
    Prefix,
    Query,
    Said,
    Text,
    Words,
    said,
)
from processors.query.evaluate import comparable
from schemas.errors import QueryError

SENTIMENT_SCALE = 10_000
"""A score has at most four decimals, so it is kept and compared as a whole number."""
MOST_VALUES = 65_536
"""Values that one `terms` query may list, by default of the server."""
_FIELDS = {"speaker": "role", "category": "categories"}


def compile_request(request: SearchRequest) -> Clause:
    """Compile all that a request asks for, as a filter."""
    wanted: list[Clause] = [_term("tenant", request.tenant)]
    if request.interactions is not None:
        wanted.append(_one_of("interaction", sorted(request.interactions)))
    return {"bool": {"filter": [*wanted, compile_query(request.query)]}}


def compile_query(query: Query) -> Clause:
    """Compile a query.

    Raises:
        QueryError: it still asks for a customer or an interaction's duration.
    """
    match query:
        case Everything():
            return {"match_all": {}}
        case And(parts):
            return _all(parts)
        case Or(parts):
            return {"bool": {"should": [compile_query(part) for part in parts]}}
        case Not(Not(part)):
            return compile_query(part)
        case Not(part):
            return {"bool": {"must_not": [compile_query(part)]}}
        case Words() | Near() | Prefix():
            return compile_text(query)
        case Said(role, text):
            return {"bool": {"filter": [_term("role", role), compile_text(text)]}}
        case _:
            return _condition(query)


def compile_text(text: Text) -> Clause:
    """Compile text; nothing matches one of which no term is left."""
    match text:
        case Words(words, slop) if slop:
            terms = tuple(dict.fromkeys(terms_of(words)))
            return together([(term,) for term in terms] or [()], slop + max(0, len(terms) - 2))
        case Words(words):
            return phrase(terms_of(words))
        case Near(phrases, gap):
            return together((terms_of(one) for one in phrases), gap)
        case Prefix(start):
            return _prefix(start)


def any_text(query: Query) -> list[Clause]:
    """Compile the texts that a hit may contain, which are what a score is counted over."""
    return [compile_text(text) for _, text in said(query)]


def _all(parts: Iterable[Query]) -> Clause:
    """Compile parts into one clause: nested ones are limited by the server."""
    wanted: list[Clause] = []
    barred: list[Clause] = []
    for part in parts:
        match part:
            case Not(inner):
                barred.append(compile_query(inner))
            case _:
                wanted.append(compile_query(part))
    return {"bool": {"filter": wanted, "must_not": barred}}


def _prefix(start: str) -> Clause:
    begins, stem = fold(start), term_of(start)
    if not begins:
        return NOTHING
    either: list[Clause] = [{"prefix": {FIELD: {"value": begins}}}]
    if stem:
        either.append(_term(FIELD, stem))
    return {"bool": {"should": either}}


def _condition(query: Is | Between | After | Before | First | Customer) -> Clause:
    match query:
        case Is(field, value):
            return _term(_FIELDS.get(field, field), comparable(field, value))
        case Between("sentiment"):
            return _within(query)
        case After(at):
            return {"range": {"at_us": {"gte": microseconds(at)}}}
        case Before(at):
            return {"range": {"at_us": {"lt": microseconds(at)}}}
        case First(seconds):
            return {"range": {"start_s": {"lt": seconds}}}
        case _:
            raise QueryError("customer: and duration: are answered by interactions")


def _within(query: Between) -> Clause:
    bounds: dict[str, Any] = {}
    if query.low is not None:
        bounds["gt" if query.low_open else "gte"] = round(query.low * SENTIMENT_SCALE)
    if query.high is not None:
        bounds["lt" if query.high_open else "lte"] = round(query.high * SENTIMENT_SCALE)
    return {"range": {"sentiment": bounds}} if bounds else {"exists": {"field": "sentiment"}}


def _term(field: str, value: str) -> Clause:
    return {"term": {field: value}}


def _one_of(field: str, values: list[str]) -> Clause:
    lists = [
        {"terms": {field: values[first : first + MOST_VALUES]}}
        for first in range(0, len(values), MOST_VALUES)
    ]
    return lists[0] if len(lists) == 1 else {"bool": {"should": lists}} if lists else NOTHING
