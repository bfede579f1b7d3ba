"""One SQLite file through apsw: connections, transactions, numbered migrations."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw

from infra.store.dialect import migrations, sqlite_tables
from schemas.errors import ConfigError, ThreadlineError, Unavailable

BUSY_MS = 60_000
_PASSING = (apsw.BusyError, apsw.LockedError, apsw.FullError, apsw.IOError)
_LASTING = (
    apsw.CantOpenError,
    apsw.CorruptError,
    apsw.NotADBError,
    apsw.PermissionsError,
    apsw.ReadOnlyError,
)
_FAULTS = (*_PASSING, *_LASTING)


class Database:
    """The file that holds log, state, views and index.

    One instance is one connection and belongs to one thread at a time. Many instances, in any
    number of threads and processes, may be open on the same file.
    """

    def __init__(self, path: Path, *, durable: bool = False) -> None:
        """Open the file; `durable` waits for the disk at every commit (FULL), else NORMAL."""
        self.path = path
        try:
            self.connection = apsw.Connection(str(path))
        except _FAULTS as error:
            raise self._fault(error) from error
        self.connection.set_busy_timeout(BUSY_MS)
        for pragma in (
            "journal_mode=WAL",
            f"synchronous={'FULL' if durable else 'NORMAL'}",
            "secure_delete=ON",
            "cache_size=-65536",
            "mmap_size=0",
            # 32 MB: pages that many commits change are copied into the file once.
            "wal_autocheckpoint=8000",
            "temp_store=MEMORY",
        ):
            self.execute(f"PRAGMA {pragma}")
        self.lock = threading.RLock()
        self._depth = 0

    def execute(self, sql: str, bindings: tuple[object, ...] = ()) -> apsw.Cursor:
        """Run one statement.

        Raises:
            Unavailable: the file stayed locked or the disk is full.
            ConfigError: the file is no database, is damaged, or may not be written.
        """
        try:
            return self.connection.execute(sql, bindings)
        except _FAULTS as error:
            raise self._fault(error) from error

    def executemany(
        self, sql: str, rows: Iterator[tuple[object, ...]] | list[tuple[object, ...]]
    ) -> None:
        """Run one statement for many rows."""
        try:
            self.connection.executemany(sql, rows)
        except _FAULTS as error:
            raise self._fault(error) from error

    def rows(self, sql: str, bindings: tuple[object, ...] = ()) -> list[Any]:
        """Run one query and fetch its rows as tuples."""
        return self.execute(sql, bindings).fetchall()

    def value(self, sql: str, bindings: tuple[object, ...] = ()) -> Any:
        """Run one query and give the first column of its first row; None without rows."""
        row = self.execute(sql, bindings).fetchone()
        return row[0] if row else None

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep everything inside, or nothing; nested calls join the outer transaction."""
        with self.lock:
            if self._depth:
                yield
                return
            self.execute("BEGIN IMMEDIATE")
            self._depth = 1
            try:
                yield
                self.execute("COMMIT")
            finally:
                self._depth = 0
                # Still open: something was raised. A full disk makes SQLite roll back by itself.
                if self.connection.in_transaction:
                    self.execute("ROLLBACK")

    def migrate(self) -> None:
        """Bring the file's tables to this version; one transaction per numbered file."""
        steps = migrations()
        newest = steps[-1].number
        with self.transaction():
            done = int(self.connection.pragma("user_version") or 0)
            if done > newest:
                raise ConfigError(
                    f"{self.path} comes from a newer Threadline (schema {done}, ours is {newest})"
                )
            for step in steps[done:]:
                self.execute(sqlite_tables(step.text))
            self.execute(f"PRAGMA user_version={newest}")

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def _fault(self, error: apsw.Error) -> ThreadlineError:
        if isinstance(error, _PASSING):
            return Unavailable(f"{self.path.name}: {error}")
        return ConfigError(f"cannot use {self.path}: {error}")
