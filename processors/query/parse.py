"""Parse the query language: a Lucene subset whose errors point at the character."""

from __future__ import annotations

from datetime import datetime

from processors.analysis import fold, terms_of
from processors.query.ast import (
    After,
    Before,
    Customer,
    Everything,
    First,
    Is,
    Near,
    Not,
    Prefix,
    Query,
    Said,
    Text,
    Words,
    all_of,
    any_of,
    asks_for_interactions,
    conjuncts,
)
from processors.query.evaluate import FIELDS
from processors.query.lexer import Lexeme, cut, distance
from processors.query.values import bounds, decimal, moment, seconds, suggestion, wrong
from schemas.errors import QueryError
from schemas.events import Channel, Role

SHORTEST_PREFIX = 3
MOST_PARTS = 100
"""Words, phrases and filters that one query may have."""
DEEPEST = 30
"""How deep parentheses and NOT may nest."""

ROLES = tuple(role.value for role in Role)
CHANNELS = tuple(channel.value for channel in Channel)
# `customer:` names the customer, so what customers say has a name of its own.
SAYS = {f"{role}_said": role for role in ROLES} | {
    role: role for role in ROLES if role not in ("customer", "unknown")
}
LATER = {"within": "within: (words that lie so many seconds apart)"}
NAMES = (*FIELDS, "sentiment", "after", "before", "first", "customer", "duration", *SAYS)


def parse(query: str, now: datetime) -> Query:
    """Parse a query; relative times such as `after:7d` count back from `now` (aware).

    Raises:
        QueryError: with the position of the character at fault.
    """
    return _Parser(query, now).whole()


class _Parser:
    def __init__(self, query: str, now: datetime) -> None:
        self._query = query
        self._now = now
        self._lexemes = cut(query)
        self._at = 0
        self._depth = 0
        self._whole_interaction: list[tuple[Query, Lexeme]] = []
        parts = [x for x in self._lexemes if x.kind in ("text", "prefix", "filter")]
        if len(parts) > MOST_PARTS:
            raise self._error(f"a query has at most {MOST_PARTS} parts", parts[MOST_PARTS])

    def whole(self) -> Query:
        if not self._lexemes:
            return Everything()
        query = self._alternatives()
        if stray := self._peek():
            raise self._error("this ) closes nothing", stray)
        top = conjuncts(query)
        for node, lexeme in self._whole_interaction:
            if not any(node is part for part in top):
                raise self._error(
                    f"{lexeme.field}: narrows the whole search; it cannot stand under OR or NOT",
                    lexeme,
                )
        return query

    def _peek(self) -> Lexeme | None:
        return self._lexemes[self._at] if self._at < len(self._lexemes) else None

    def _take(self, kind: str) -> Lexeme | None:
        lexeme = self._peek()
        if lexeme is None or lexeme.kind != kind:
            return None
        self._at += 1
        return lexeme

    def _error(self, message: str, lexeme: Lexeme) -> QueryError:
        length = lexeme.end - lexeme.start
        return QueryError(message, query=self._query, position=lexeme.start, length=length)

    def _alternatives(self) -> Query:
        parts = [self._demands()]
        while self._take("or"):
            parts.append(self._demands())
        return any_of(parts)

    def _demands(self) -> Query:
        parts = [self._demand()]
        while (lexeme := self._peek()) and lexeme.kind not in ("or", "close"):
            self._take("and")
            parts.append(self._demand())
        return all_of(parts)

    def _demand(self) -> Query:
        lexeme = self._peek()
        if lexeme is None:
            raise self._unfinished()
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._error(f"this is nested more than {DEEPEST} deep", lexeme)
        query = Not(self._demand()) if self._take("not") else self._single(lexeme)
        self._depth -= 1
        return query

    def _unfinished(self) -> QueryError:
        last = self._lexemes[-1]
        said = "(" if last.kind == "open" else self._query[last.start : last.end]
        return self._error(f"something must follow {said}", last)

    def _single(self, lexeme: Lexeme) -> Query:
        if lexeme.kind in ("and", "or", "near", "close"):
            said = self._query[lexeme.start : lexeme.end]
            raise self._error(f"something must stand before {said}", lexeme)
        if lexeme.kind == "then":
            raise self._then(lexeme)
        self._at += 1
        match lexeme.kind:
            case "open":
                return self._group(lexeme)
            case "any":
                return Everything()
            case "prefix":
                return self._prefix(lexeme)
            case "filter":
                return self._filter(lexeme)
            case _:
                return self._near(lexeme)

    def _then(self, lexeme: Lexeme) -> QueryError:
        return self._error("THEN (one thing after another) is not there yet", lexeme)

    def _group(self, opened: Lexeme) -> Query:
        query = self._alternatives()
        if not self._take("close"):
            raise self._error("this ( is not closed", opened)
        return query

    def _words(self, lexeme: Lexeme) -> Words:
        """Read a text; something of it must be left to search for."""
        if not terms_of(lexeme.text):
            raise self._error("there is no letter or digit to search for", lexeme)
        if not lexeme.quoted and "*" in lexeme.text:
            raise self._error("* stands only at the end of a word, as in refun*", lexeme)
        return Words(lexeme.text, lexeme.number)

    def _prefix(self, lexeme: Lexeme) -> Prefix:
        if len(terms_of(lexeme.text)) != 1 or len(fold(lexeme.text)) < SHORTEST_PREFIX:
            raise self._error(
                f"before * stands one word of at least {SHORTEST_PREFIX} letters", lexeme
            )
        return Prefix(lexeme.text)

    def _near(self, lexeme: Lexeme) -> Text:
        first = self._words(lexeme)
        phrases, gap = [first.text], -1
        while near := self._take("near"):
            apart = distance(near.text, self._query, near.start + len("NEAR"))
            if gap not in (-1, apart):
                raise self._error(f"all distances of one chain are the same, here {gap}", near)
            other = self._take("text")
            if other is None or lexeme.number or other.number:
                raise self._error("NEAR stands between two words or plain phrases", near)
            phrases.append(self._words(other).text)
            gap = apart
        if (then := self._peek()) and then.kind == "then":
            raise self._then(then)
        return Near(tuple(phrases), gap) if gap >= 0 else first

    def _filter(self, lexeme: Lexeme) -> Query:
        field = lexeme.field
        if field in SAYS:
            return Said(SAYS[field], self._spoken(lexeme))
        if lexeme.quoted and lexeme.number:
            raise wrong(self._query, lexeme, "~ goes with text, not with a field's value")
        if field in FIELDS:
            return self._is(lexeme)
        query = self._bounded(lexeme)
        if asks_for_interactions(query):
            self._whole_interaction.append((query, lexeme))
        return query

    def _spoken(self, lexeme: Lexeme) -> Words | Prefix:
        inner = lexeme._replace(start=lexeme.value_at)
        if not lexeme.quoted and lexeme.text.endswith("*"):
            return self._prefix(inner._replace(text=lexeme.text[:-1]))
        return self._words(inner)

    def _is(self, lexeme: Lexeme) -> Is:
        known = {"speaker": ROLES, "channel": CHANNELS}.get(lexeme.field)
        value = lexeme.text.lower() if known else lexeme.text
        if known and value not in known:
            hint = suggestion(value, known)
            raise wrong(self._query, lexeme, f"there is no {lexeme.field} {value}; {hint}")
        return Is(lexeme.field, value)

    def _bounded(self, lexeme: Lexeme) -> Query:
        query, now = self._query, self._now
        match lexeme.field:
            case "sentiment":
                return bounds(query, lexeme, decimal, "sentiment:<-0.3 or sentiment:[-1 TO 0]")
            case "duration":
                return bounds(query, lexeme, seconds, "duration:>5m or duration:[30s TO 5m]")
            case "after":
                return After(moment(query, lexeme, now))
            case "before":
                return Before(moment(query, lexeme, now))
            case "first":
                length = seconds(lexeme.text)
                if length is None:
                    raise wrong(query, lexeme, "first: takes a length of time, as in first:30s")
                return First(length)
            case "customer":
                return Customer(lexeme.text)
        if lexeme.field in LATER:
            raise self._error(f"{LATER[lexeme.field]} is not there yet", lexeme)
        hint = suggestion(lexeme.field, NAMES)
        raise self._error(
            f"there is no field {lexeme.field}; {hint}. Quote the text to search for a colon",
            lexeme,
        )
