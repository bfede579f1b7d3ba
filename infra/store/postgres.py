"""The cluster's store: state, positions and views in PostgreSQL, shared by many workers."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import AbstractContextManager

from infra.log.base import Positions
from infra.postgres import Session, Statement
from infra.postgres_access import Address
from infra.postgres_wire import cut
from infra.store.base import Admission, Fence
from infra.store.dialect import migrations, postgres_tables
from infra.store.postgres_statements import PostgresStatements, statement
from infra.store.sql_store import SqlStore, admission
from schemas.errors import ConfigError, Conflict
from schemas.topics import Topic

_MIGRATING = "threadline/migrate"


class PostgresStore(SqlStore):
    """Keeps everything through one connection; one instance belongs to one thread.

    A batch takes three round trips: its state is read, its fence is checked, and everything is
    written and committed. Where customers changed, the names that they had are read in a fourth.
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
            statement(
                "SELECT count(pg_advisory_xact_lock(key)) FROM (ROWS(INTEGER)) AS given(key)",
                # Partitions that have not moved have no row that could be locked. In one order
                # for all, so that no two wait for each other.
                (sorted(_number(stage, name) for name in names),),
            ),
            statement(
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
            statement(
                # In order of ids, so that no two callers wait for each other.
                "INSERT INTO admitted ROWS(TEXT, TEXT) ON CONFLICT DO NOTHING RETURNING id",
                (sorted(digests.items()),),
            ),
            # A statement of its own: it sees what the one before has waited for.
            statement(
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
                for text in postgres_tables(step.text):
                    self._sql.run(text)
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


def _lock(sql: str, name: str) -> Statement:
    return statement(sql, (_number(name),))


def _number(*names: str) -> int:
    """Give the number of a lock; two names that share one only wait for each other sometimes."""
    digest = hashlib.blake2b("\n".join(names).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
