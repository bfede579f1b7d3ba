"""Cut a query into tokens that know where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from schemas.errors import QueryError

Kind = Literal[
    "open", "close", "and", "or", "not", "near", "then", "text", "prefix", "filter", "any"
]

LONGEST_QUERY = 4000
"""Characters a query may have."""

_OPERATORS: dict[str, Kind] = {"AND": "and", "OR": "or", "NOT": "not"}
_DISTANCE = re.compile(r"(NEAR|THEN)/(\w*)")
_FIELD = re.compile(r"([A-Za-z_]+):")
_RANGE = re.compile(r"[\[{][^\]}]*[\]}]")
_BARE = re.compile(r"[^\s()\"“”]+")
_QUOTES = {'"': '"', "“": "”", "”": "”"}


class Lexeme(NamedTuple):
    """A token: `text` is what it says, `start`/`end` where it stands in the query.

    For `text`, `number` is the slop; for `near` and `then` the distance as written stands in
    `text`. A `filter` names its `field`, and `value_at` is where its value begins; `quoted` tells
    that the value stood in quotes.
    """

    kind: Kind
    text: str
    start: int
    end: int
    number: int = 0
    field: str = ""
    value_at: int = 0
    quoted: bool = False


def cut(query: str) -> list[Lexeme]:
    """Cut a query into tokens.

    Raises:
        QueryError: the query is too long, or a quote or range is not closed.
    """
    if len(query) > LONGEST_QUERY:
        raise QueryError(
            f"a query has at most {LONGEST_QUERY:,} characters; this one has {len(query):,}",
            query=query[:LONGEST_QUERY],
            position=LONGEST_QUERY - 1,
        )
    return list(_lexemes(query))


def _lexemes(query: str) -> Iterator[Lexeme]:
    at = 0
    while at < len(query):
        sign = query[at]
        if sign.isspace():
            at += 1
            continue
        if sign in "()":
            lexeme = Lexeme("open" if sign == "(" else "close", sign, at, at + 1)
        elif sign in _QUOTES:
            lexeme = _quoted(query, at)
        elif sign == "-" and at + 1 < len(query) and not query[at + 1].isspace():
            lexeme = Lexeme("not", sign, at, at + 1)
        elif field := _FIELD.match(query, at):
            lexeme = _filter(query, at, field)
        else:
            lexeme = _word(query, at)
        yield lexeme
        at = lexeme.end


def _quoted(query: str, at: int) -> Lexeme:
    """Read a quoted text and the `~n` behind it; a backslash keeps the next character."""
    closing, text, here = _QUOTES[query[at]], [], at + 1
    while here < len(query) and query[here] != closing:
        if query[here] == "\\" and here + 1 < len(query):
            here += 1
        text.append(query[here])
        here += 1
    if here >= len(query):
        raise QueryError("this quote is not closed", query=query, position=at)
    end, slop = here + 1, 0
    if tilde := re.compile(r"~(\S*?)(?=[\s()]|$)").match(query, end):
        slop = distance(tilde[1], query, end)
        end = tilde.end()
    return Lexeme("text", "".join(text), at, end, slop, quoted=True)


def distance(written: str, query: str, at: int) -> int:
    """Read a distance in words, 0 to 100.

    Raises:
        QueryError: it is no such number.
    """
    if not (written.isascii() and written.isdigit() and len(written) <= 3 and int(written) <= 100):
        raise QueryError(
            "the distance must be a number of words from 0 to 100, as in ~3 or NEAR/5",
            query=query,
            position=at,
            length=len(written) + 1,
        )
    return int(written)


def _filter(query: str, at: int, field: re.Match[str]) -> Lexeme:
    value_at, name = field.end(), field[1].lower()
    if value_at < len(query) and query[value_at] in _QUOTES:
        value = _quoted(query, value_at)
        return value._replace(kind="filter", start=at, field=name, value_at=value_at)
    found = _RANGE.match(query, value_at) or _BARE.match(query, value_at)
    if found is None or found[0].lstrip("<>=") == "":
        raise QueryError(
            f"{name}: has no value; it follows the colon without a blank",
            query=query,
            position=at,
            length=value_at - at,
        )
    if found[0][0] in "[{" and found[0][-1] not in "]}":
        raise QueryError("this range is not closed", query=query, position=value_at)
    return Lexeme("filter", found[0], at, found.end(), 0, name, value_at)


def _word(query: str, at: int) -> Lexeme:
    found = _BARE.match(query, at)
    assert found is not None
    word, end = found[0], found.end()
    if word in _OPERATORS:
        return Lexeme(_OPERATORS[word], word, at, end)
    if word == "*":
        return Lexeme("any", word, at, end)
    if apart := _DISTANCE.fullmatch(word):
        return Lexeme("near" if apart[1] == "NEAR" else "then", apart[2], at, end)
    if word.endswith("*"):
        return Lexeme("prefix", word[:-1], at, end)
    return Lexeme("text", word, at, end)
