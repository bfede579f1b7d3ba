"""Find the rows that match: words through FTS5, everything else through the columns."""

from __future__ import annotations

from collections.abc import Sequence

import apsw
import numpy as np

from infra.search.base import microseconds
from infra.search.fts5_columns import NO_SENTIMENT, SENTIMENT_SCALE, Columns, Ids, Mask
from infra.search.fts5_match import Match, compile_text, split
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
    conjuncts,
)
from processors.query.evaluate import comparable
from schemas.errors import QueryError

_COLUMN = {
    "speaker": "role",
    "channel": "channel",
    "interaction": "interaction",
    "language": "language",
    "emotion": "emotion",
    "contact_type": "contact_type",
    "category": "categories",
}


class Filter:
    """One search's look at the index, inside its read transaction."""

    def __init__(self, connection: apsw.Connection, columns: Columns) -> None:
        self._connection = connection
        self._columns = columns

    def hits(self, tenant: str, query: Query, interactions: frozenset[str] | None) -> Ids:
        """List the rows of a tenant that match, ascending."""
        own = self._numbers("tenant", [tenant])
        match, rest = split(query)
        low, high = self._bounds(query)
        if not own or low > high:
            return np.empty(0, np.int64)
        if match is None:
            ids = np.flatnonzero(self._columns["tenant"][low : high + 1] == own[0]) + low
        else:
            ids = self._rows(match, low, high)
            ids = ids[self._columns["tenant"][ids] == own[0]]
        if interactions is not None:
            among = np.array(self._numbers("interaction", sorted(interactions)), np.int32)
            ids = ids[np.isin(self._columns["interaction"][ids], among)]
        for part in rest:
            ids = ids[self._holds(part, ids)]
        return ids

    def _bounds(self, query: Query) -> tuple[int, int]:
        """Turn the dates at the top of a query into a range of rows."""
        since = [microseconds(part.at) for part in conjuncts(query) if isinstance(part, After)]
        until = [microseconds(part.at) for part in conjuncts(query) if isinstance(part, Before)]
        return self._columns.bounds(max(since, default=None), min(until, default=None))

    def _rows(self, match: Match, low: int, high: int) -> Ids:
        """List the rows that match a text, ascending; far cheaper as one value than as rows."""
        joined = self._connection.execute(
            "SELECT group_concat(rowid) FROM search_ft WHERE search_ft MATCH ?"
            " AND rowid BETWEEN ? AND ?",
            (match.text, low, high),
        ).get
        return np.fromstring(joined or "", np.int64, sep=",")

    def _numbers(self, kind: str, values: Sequence[str]) -> list[int]:
        """Look up the numbers of values; those that no row has are left out."""
        if not values:
            return []
        rows = self._connection.execute(
            "SELECT id FROM search_word WHERE kind = ? AND value IN (SELECT value FROM carray(?))",
            (kind, apsw.carray(tuple(comparable(kind, value) for value in values))),
        )
        return [id_ for (id_,) in rows]

    def _holds(self, query: Query, ids: Ids) -> Mask:
        """Decide a query for each of some rows."""
        match query:
            case Everything():
                return np.ones(len(ids), np.bool_)
            case Not(part):
                return ~self._holds(part, ids)
            case Words() | Near() | Prefix():
                return self._contains(query, ids)
            case And(parts) | Or(parts):
                if (text := compile_text(query)) is not None:
                    return self._among(text, ids)
                masks = [self._holds(part, ids) for part in parts]
                together = np.logical_and if isinstance(query, And) else np.logical_or
                mask: Mask = together.reduce(masks)
                return mask
            case Said(role, text):
                return self._is("speaker", role, ids) & self._contains(text, ids)
            case _:
                return self._has(query, ids)

    def _contains(self, text: Words | Near | Prefix, ids: Ids) -> Mask:
        match = compile_text(text)
        return np.zeros(len(ids), np.bool_) if match is None else self._among(match, ids)

    def _among(self, match: Match, ids: Ids) -> Mask:
        """Tell which of some rows match a text."""
        if not len(ids):
            return np.zeros(0, np.bool_)
        table = np.zeros(self._columns.size, np.bool_)
        table[self._rows(match, int(ids[0]), int(ids[-1]))] = True
        return table[ids]

    def _has(self, query: Is | Between | After | Before | First | Customer, ids: Ids) -> Mask:
        columns = self._columns
        match query:
            case Is(field, value):
                return self._is(field, value, ids)
            case Between("sentiment"):
                return _within(query, columns["sentiment"][ids])
            case After(at):
                return columns["at"][ids] >= microseconds(at)
            case Before(at):
                return columns["at"][ids] < microseconds(at)
            case First(seconds):
                return columns["start"][ids] < seconds
            case _:
                raise QueryError("customer: and duration: are answered by interactions")

    def _is(self, field: str, value: str, ids: Ids) -> Mask:
        column = self._columns[_COLUMN[field]][ids]
        if field == "category":
            return np.isin(column, np.array(self._sets_with(value), np.int32))
        numbers = self._numbers(_COLUMN[field], [value])
        return column == numbers[0] if numbers else np.zeros(len(ids), np.bool_)

    def _sets_with(self, category: str) -> list[int]:
        """List the numbers of the sets of categories that one belongs to."""
        rows = self._connection.execute(
            "SELECT id FROM search_word WHERE kind = 'categories'"
            " AND ? IN (SELECT value FROM json_each(search_word.value))",
            (comparable("category", category),),
        )
        return [id_ for (id_,) in rows]


def _within(query: Between, scores: np.ndarray[tuple[int], np.dtype[np.int16]]) -> Mask:
    """Compare scores kept as whole numbers; a row without one is never within."""
    holds: Mask = scores != NO_SENTIMENT
    if query.low is not None:
        low = round(query.low * SENTIMENT_SCALE)
        holds &= scores > low if query.low_open else scores >= low
    if query.high is not None:
        high = round(query.high * SENTIMENT_SCALE)
        holds &= scores < high if query.high_open else scores <= high
    return holds
