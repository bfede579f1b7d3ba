"""Read what people look at from the SQLite file, from any thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra.sqlite import Database
from infra.store.sql_views import SqlViews
from infra.store.sqlite import SqliteStatements


class SqliteViews(SqlViews):
    """What people read; each thread has a connection of its own."""

    def __init__(self, path: Path) -> None:
        super().__init__(_ConnectionPerThread(path))


class _ConnectionPerThread:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()

    @property
    def _statements(self) -> SqliteStatements:
        statements: SqliteStatements | None = getattr(self._local, "statements", None)
        if statements is None:
            statements = self._local.statements = SqliteStatements(Database(self._path))
        return statements

    def rows(self, sql: str, *given: object) -> list[Any]:
        return self._statements.rows(sql, *given)

    def stream(self, sql: str, *given: object) -> Iterator[Any]:
        return self._statements.stream(sql, *given)
