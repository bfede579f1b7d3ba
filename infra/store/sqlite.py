"""The embedded store: state, positions and views in the one SQLite file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

from infra.log.base import Positions
from infra.sqlite import Database
from infra.store.base import Admission, Fence
from infra.store.dialect import sqlite_insert, sqlite_statement
from infra.store.sql_store import SqlStore, admission
from schemas.base import encode
from schemas.errors import Conflict


class SqliteStatements:
    """Runs statements through one connection; rows that are given go in as JSON."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def rows(self, sql: str, *given: object) -> list[Any]:
        """Run one query and give its rows as tuples."""
        return self._db.rows(sqlite_statement(sql), _bindings(given))

    def stream(self, sql: str, *given: object) -> Iterator[Any]:
        """Run one query and give its rows one by one."""
        yield from self._db.execute(sqlite_statement(sql), _bindings(given))

    def run(self, sql: str, *given: object) -> None:
        """Run one statement."""
        self._db.execute(sqlite_statement(sql), _bindings(given))

    def write(self, sql: str, rows: Sequence[tuple[object, ...]]) -> None:
        """Insert some rows."""
        if rows:
            self._db.executemany(sqlite_insert(sql), list(rows))


class SqliteStore(SqlStore):
    """Keeps everything through one connection; one instance belongs to one thread."""

    def __init__(self, database: Database) -> None:
        super().__init__(SqliteStatements(database))
        self._db = database

    def transaction(self) -> AbstractContextManager[None]:
        """Open a transaction: everything inside is kept, or nothing is."""
        return self._db.transaction()

    def advance(self, stage: str, expected: Fence, applied: Positions) -> None:
        """Move a stage's positions; refuse when somebody else has moved them."""
        held = self.positions(stage)
        if any(held.get(p) != expected.get(p) for p in {*expected, *applied}):
            raise Conflict(f"stage {stage} was moved by somebody else")
        self._move(stage, applied)

    def admit(self, inputs: Sequence[tuple[str, str]]) -> list[Admission]:
        """Remember inputs, each id once; say of each what became of it."""
        outcomes: list[Admission] = []
        for id, digest in inputs:
            held = self._db.value("SELECT digest FROM admitted WHERE id = ?", (id,))
            outcomes.append(admission(held, digest))
            if held is None:
                self._db.execute("INSERT INTO admitted VALUES (?, ?)", (id, digest))
        return outcomes


def _bindings(given: tuple[object, ...]) -> tuple[object, ...]:
    return tuple(encode(one).decode() if isinstance(one, list) else one for one in given)
