"""The query as a tree of frozen values.

Text is kept as it was written; it is analysed where it is compared, so that a query prints back
as the user knows it and survives a new analyser.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Everything:
    """Every utterance: the empty query, or `*`."""


@dataclass(frozen=True, slots=True)
class Words:
    """A word or a phrase. With `slop`, its words in any order with so many others in between."""

    text: str
    slop: int = 0


@dataclass(frozen=True, slots=True)
class Near:
    """Phrases with at most `gap` words between the end of each and the start of the last."""

    phrases: tuple[str, ...]
    gap: int


@dataclass(frozen=True, slots=True)
class Prefix:
    """Words that begin with `start`."""

    start: str


@dataclass(frozen=True, slots=True)
class Is:
    """A field (`speaker`, `channel`, `category`, ...) that has a value."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Between:
    """A number within bounds; `None` leaves a side open, `*_open` shuts the bound itself out.

    `sentiment` from -1 to 1 with at most four decimals; `duration` in seconds.
    """

    field: str
    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False

    def holds(self, value: float) -> bool:
        """Tell whether a value lies within the bounds."""
        if self.low is not None and (value < self.low or (self.low_open and value == self.low)):
            return False
        return self.high is None or (
            value <= self.high and not (self.high_open and value == self.high)
        )


@dataclass(frozen=True, slots=True)
class After:
    """At or after a time (aware, UTC)."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Before:
    """Before a time (aware, UTC)."""

    at: datetime


@dataclass(frozen=True, slots=True)
class First:
    """Begun within so many seconds of the recording's start; only speech has such a time."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Said:
    """Text that a given role said."""

    role: str
    text: Words | Prefix


@dataclass(frozen=True, slots=True)
class Customer:
    """Belonging to a customer; stands only at the top of a query, see `split_scope`."""

    value: str


@dataclass(frozen=True, slots=True)
class And:
    """All of the parts, two or more, none of them an `And`."""

    parts: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of the parts, two or more, none of them an `Or`."""

    parts: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Everything but the part."""

    part: Query


Text = Words | Near | Prefix
Query = Everything | Text | Is | Between | After | Before | First | Said | Customer | And | Or | Not


@dataclass(frozen=True, slots=True)
class Scope:
    """A query taken apart: what asks for whole interactions, and what one utterance can answer.

    Whoever runs the search resolves `customers` and `durations` (seconds) to the interactions
    that meet all of them, and searches `rest` among those.
    """

    customers: tuple[str, ...]
    durations: tuple[Between, ...]
    rest: Query

    @property
    def narrows(self) -> bool:
        """Tell whether there is anything to resolve."""
        return bool(self.customers or self.durations)


def conjuncts(query: Query) -> tuple[Query, ...]:
    """List what a query demands all of."""
    return query.parts if isinstance(query, And) else (query,)


def all_of(parts: Iterable[Query]) -> Query:
    """Demand all of the parts, flattened; `Everything` for none."""
    flat = tuple(inner for part in parts for inner in conjuncts(part))
    return And(flat) if len(flat) > 1 else flat[0] if flat else Everything()


def any_of(parts: Iterable[Query]) -> Query:
    """Demand any of the parts, flattened; at least one is needed."""
    flat = tuple(
        inner for part in parts for inner in (part.parts if isinstance(part, Or) else (part,))
    )
    return Or(flat) if len(flat) > 1 else flat[0]


def asks_for_interactions(query: Query) -> bool:
    """Tell whether this node is about the whole interaction, so that no utterance can answer."""
    return isinstance(query, Customer) or (isinstance(query, Between) and query.field == "duration")


def every_part(query: Query) -> Iterator[Query]:
    """Yield a query and all that it is made of."""
    yield query
    match query:
        case And(parts) | Or(parts):
            for part in parts:
                yield from every_part(part)
        case Not(part):
            yield from every_part(part)
        case _:
            return


def split_scope(query: Query) -> Scope:
    """Take the conditions on whole interactions out of the top of a query."""
    parts = conjuncts(query)
    return Scope(
        customers=tuple(part.value for part in parts if isinstance(part, Customer)),
        durations=tuple(
            part for part in parts if isinstance(part, Between) and part.field == "duration"
        ),
        rest=all_of(part for part in parts if not asks_for_interactions(part)),
    )


def said(query: Query) -> Iterator[tuple[str | None, Text]]:
    """Yield the text that a hit may contain, with the role that must have said it.

    What stands under NOT is left out: there is nothing of it to show.
    """
    match query:
        case Words() | Near() | Prefix():
            yield None, query
        case Said(role, text):
            yield role, text
        case And(parts) | Or(parts):
            for part in parts:
                yield from said(part)
        case _:
            return
