"""Read what people look at from PostgreSQL, from any thread."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from infra.postgres import Session
from infra.postgres_access import Address
from infra.store.postgres_statements import PostgresStatements
from infra.store.sql_views import SqlViews
from schemas.errors import Unavailable

MOST_READERS = 8
BUSY_S = 10.0


class PostgresViews(SqlViews):
    """What people read, from any thread; a few connections serve them all."""

    def __init__(self, url: str, *, password: str | None = None, most: int = MOST_READERS) -> None:
        """Remember where the database is; open at most `most` connections, when needed."""
        self._readers = _Readers(Address.of(url, password), most)
        super().__init__(self._readers)

    def close(self) -> None:
        """Close the connections that nobody uses just now."""
        self._readers.close()


class _Readers:
    def __init__(self, address: Address, most: int) -> None:
        self._address = address
        self._most = most
        # The last one that was used comes first, so that only as many are opened as are needed.
        self._free: queue.LifoQueue[Session] = queue.LifoQueue()
        for _ in range(most):
            self._free.put(Session(address))

    @contextmanager
    def _session(self) -> Iterator[Session]:
        try:
            session = self._free.get(timeout=BUSY_S)
        except queue.Empty:
            raise Unavailable(f"{self._address}: all {self._most} connections are busy") from None
        try:
            yield session
        finally:
            self._free.put(session)

    def rows(self, sql: str, *given: object) -> list[Any]:
        with self._session() as session:
            return PostgresStatements(session).rows(sql, *given)

    def stream(self, sql: str, *given: object) -> Iterator[Any]:
        with self._session() as session:
            yield from PostgresStatements(session).stream(sql, *given)

    def close(self) -> None:
        with ExitStack() as taken:
            for _ in range(self._free.qsize()):
                taken.enter_context(self._session()).close()
