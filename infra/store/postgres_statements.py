"""Statements in the words of `dialect`, run in a session of PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from infra.postgres import Session, Statement
from infra.postgres_wire import array
from infra.store.dialect import postgres_statement


class PostgresStatements:
    """Runs statements in one session; rows that are given go in as arrays, one per column."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def rows(self, sql: str, *given: object) -> list[Any]:
        """Run one query and give its rows as tuples."""
        return self._session.ask(statement(sql, given))[-1]

    def stream(self, sql: str, *given: object) -> Iterator[Any]:
        """Run one query and give its rows one by one, as they were when it began."""
        return self._session.stream(statement(sql, given))

    def run(self, sql: str, *given: object) -> None:
        """Run one statement, no later than the commit."""
        self._session.tell(statement(sql, given))

    def write(self, sql: str, rows: Sequence[tuple[object, ...]]) -> None:
        """Insert some rows."""
        if rows:
            self.run(sql, list(rows))


def statement(sql: str, given: Sequence[object] = ()) -> Statement:
    """Write a statement as psycopg takes it."""
    text, tables = postgres_statement(sql)
    types = iter(tables)
    values: list[object] = []
    for one in given:
        if not isinstance(one, list):
            values.append(one)
            continue
        columns = next(types)
        if len(columns) == 1:
            values.append(array(columns[0], one))
        else:
            rows = zip(*one, strict=True) if one else ([] for _ in columns)
            values += [array(type, list(c)) for type, c in zip(columns, rows, strict=True)]
    return text, tuple(values)
