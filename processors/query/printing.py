"""Print a query so that it parses back to the same tree."""

from __future__ import annotations

import re

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
    Words,
)
from processors.query.values import print_decimal, print_moment, print_seconds

_PLAIN = re.compile(r"[^\W_]\w*")
_OPERATORS = frozenset({"AND", "OR", "NOT"})


def to_text(query: Query) -> str:
    """Print a query in the query language."""
    match query:
        case And(parts):
            return " ".join(_inside(part) for part in parts)
        case Or(parts):
            return " OR ".join(_inside(part) for part in parts)
        case Not(part):
            return f"NOT {_inside(part)}"
        case Everything():
            return "*"
        case Words() | Near() | Prefix() | Said():
            return _text(query)
        case _:
            return _filter(query)


def _inside(query: Query) -> str:
    return f"({to_text(query)})" if isinstance(query, And | Or) else to_text(query)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _plain(text: str) -> str:
    simple = _PLAIN.fullmatch(text) and text not in _OPERATORS
    return text if simple else _quoted(text)


def _text(query: Words | Near | Prefix | Said) -> str:
    match query:
        case Words(text, slop):
            return f"{_quoted(text)}~{slop}" if slop else _plain(text)
        case Near(phrases, gap):
            return f" NEAR/{gap} ".join(_plain(phrase) for phrase in phrases)
        case Prefix(start):
            return f"{start}*"
        case Said(role, text):
            return f"{role}_said:{_text(text)}"


def _filter(query: Is | Between | After | Before | First | Customer) -> str:
    match query:
        case Is(field, value):
            return f"{field}:{_plain(value)}"
        case Customer(value):
            return f"customer:{_plain(value)}"
        case Between():
            return _between(query)
        case After(at):
            return f"after:{print_moment(at)}"
        case Before(at):
            return f"before:{print_moment(at)}"
        case First(length):
            return f"first:{print_seconds(length)}"


def _between(query: Between) -> str:
    show = print_seconds if query.field == "duration" else print_decimal
    if query.low is None and query.high is not None:
        return f"{query.field}:{'<' if query.high_open else '<='}{show(query.high)}"
    if query.high is None and query.low is not None:
        return f"{query.field}:{'>' if query.low_open else '>='}{show(query.low)}"
    low = "*" if query.low is None else show(query.low)
    high = "*" if query.high is None else show(query.high)
    opening, closing = "{" if query.low_open else "[", "}" if query.high_open else "]"
    return f"{query.field}:{opening}{low} TO {high}{closing}"
