"""The cluster's store: state, positions and views in PostgreSQL, shared by many workers."""

from __future__ import annotations

import hashlib
import queue
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from infra.log.base import Positions
from infra.postgres import Address, Session, Statement
from infra.postgres_wire import array, cut
from infra.store.base import Admission, Fence
from infra.store.dialect import migrations, postgres_statement, postgres_tables
from infra.store.sql_store import SqlStore, admission
from infra.store.sql_views import SqlViews
from schemas.errors import ConfigError, Conflict, Unavailable
from schemas.topics import Topic

MOST_READERS = 8
BUSY_S = 10.0
_MIGRATING = "threadline/migrate"


class PostgresStatements:
    """Runs statements in one session; rows that are given go in as arrays, one per column."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def rows(self, sql: str, *given: object) -> list[Any]:
        """Run one query and give its rows as tuples."""
        return self._session.ask(_statement(sql, given))[-1]

    def run(self, sql: str, *given: object) -> None:
        """Run one statement, no later than the commit."""
        self._session.tell(_statement(sql, given))

    def write(self, sql: str, rows: Sequence[tuple[object, ...]]) -> None:
        """Insert some rows."""
        if rows:
            self.run(sql, list(rows))


class PostgresStore(SqlStore):
    """Keeps everything through one connection; one instance belongs to one thread.

    A batch takes three round trips: its state is read, its fence is checked, and everything is
    written and committed.
    """

    def __init__(self, url: str, *, password: str | None = None) -> None:
        """Remember where the database is; nothing is opened before it is used."""
        self._session = Session(Address.of(url, password))
        super().__init__(PostgresStatements(self._session))

    def transaction(self) -> AbstractContextManager[None]:
        """Open a transaction: everything inside is kept, or nothing is."""
        return self._session.transaction()

    def advance(self, stage: str, expected: Fence, applied: Positions) -> None:
        """Move a stage's positions; refuse when somebody else has moved them.

        Whoever depends on one of the same partitions waits here until this transaction ends.
        """
        names = sorted({*expected, *applied})
        *_, found = self._session.ask(
            _lock("SELECT pg_advisory_xact_lock_shared(?)", stage),
            _statement(
                "SELECT count(pg_advisory_xact_lock(key)) FROM (ROWS(INTEGER)) AS given(key)",
                # Partitions that have not moved have no row that could be locked. In one order
                # for all, so that no two wait for each other.
                (sorted(_number(stage, name) for name in names),),
            ),
            _statement(
                "SELECT partition, applied FROM position"
                " WHERE stage = ? AND partition IN (ROWS(TEXT))",
                (stage, names),
            ),
        )
        held = dict(found)
        if any(held.get(name) != expected.get(name) for name in names):
            raise Conflict(f"stage {stage} was moved by somebody else")
        self._move(stage, applied)

    def load(self, stage: str, keys: Sequence[str]) -> dict[str, bytes]:
        """Read state; keys without state are missing from the answer."""
        asked = {cut(key): key for key in keys}
        return {asked[key]: value for key, value in super().load(stage, list(asked)).items()}

    def rewind(self, stage: str, positions: Positions) -> None:
        """Move a stage back to positions that it has passed; waits for batches in the middle."""
        self._session.tell(_lock("SELECT pg_advisory_xact_lock(?)", stage))
        super().rewind(stage, positions)

    def admit(self, inputs: Sequence[tuple[str, str]]) -> list[Admission]:
        """Remember inputs, each id once; say of each what became of it."""
        inputs = [(cut(id), digest) for id, digest in inputs]
        digests: dict[str, str] = {}
        for id, digest in inputs:
            digests.setdefault(id, digest)
        new, found = self._session.ask(
            _statement(
                # In order of ids, so that no two callers wait for each other.
                "INSERT INTO admitted ROWS(TEXT, TEXT) ON CONFLICT DO NOTHING RETURNING id",
                (sorted(digests.items()),),
            ),
            # A statement of its own: it sees what the one before has waited for.
            _statement(
                "SELECT id, digest FROM admitted WHERE id IN (ROWS(TEXT))", (sorted(digests),)
            ),
        )
        held = dict(found)
        for (id,) in new:
            del held[id]
        outcomes = []
        for id, digest in inputs:
            outcomes.append(admission(held.get(id), digest))
            held.setdefault(id, digest)
        return outcomes

    def reset(self, stages: Sequence[str], topics: Sequence[Topic]) -> None:
        """Forget state, positions and views of stages and the topics they write."""
        # Millions of rows take their time.
        self._session.tell((b"SET LOCAL statement_timeout = 0", ()))
        for stage in sorted(stages):
            self._session.tell(_lock("SELECT pg_advisory_xact_lock(?)", stage))
        super().reset(stages, topics)

    def migrate(self) -> None:
        """Bring the tables to this version; any number of workers may try at once.

        Raises:
            ConfigError: the tables come from a newer Threadline, or may not be made.
        """
        steps = migrations()
        newest = steps[-1].number
        with self.transaction():
            if self._version() == newest:
                return
            self._session.ask(
                (b"SET LOCAL lock_timeout = 0", ()),
                (b"SET LOCAL statement_timeout = 0", ()),
                _lock("SELECT pg_advisory_xact_lock(?)", _MIGRATING),
            )
            done = self._version()
            if done > newest:
                raise ConfigError(
                    f"the database comes from a newer Threadline (schema {done}, ours is {newest})"
                )
            for step in steps[done:]:
                for statement in postgres_tables(step.text):
                    self._sql.run(statement)
                self._sql.run("INSERT INTO migration VALUES (?)", step.number)

    def close(self) -> None:
        """Close the connection; the next use opens another."""
        self._session.close()

    def _version(self) -> int:
        # By the catalogue's rows: a lookup by name may come from before we waited for the lock.
        known = self._sql.rows(
            "SELECT 1 FROM pg_catalog.pg_class"
            " WHERE relname = 'migration' AND pg_table_is_visible(oid)"
        )
        if not known:
            return 0
        newest: int = self._sql.rows("SELECT coalesce(max(number), 0) FROM migration")[0][0]
        return newest


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
        """Run one query and give its rows as tuples."""
        with self._session() as session:
            return session.ask(_statement(sql, given))[-1]

    def close(self) -> None:
        for _ in range(self._free.qsize()):
            with self._session() as session:
                session.close()


def _statement(sql: str, given: Sequence[object]) -> Statement:
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


def _lock(sql: str, name: str) -> Statement:
    return _statement(sql, (_number(name),))


def _number(*names: str) -> int:
    """Give the number of a lock; two names that share one only wait for each other sometimes."""
    digest = hashlib.blake2b("\n".join(names).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
