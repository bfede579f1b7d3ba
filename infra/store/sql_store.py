"""What a store does with SQL, in whichever database."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager

from infra.log.base import Positions
from infra.store.base import Admission
from infra.store.sql import Sql
from infra.store.sql_rows import TABLES, write_views
from schemas.base import Contract, decode
from schemas.ledger import LedgerEntry
from schemas.topics import Topic


class SqlStore(ABC):
    """Keyed state, applied positions and views; a database adds its own way of committing."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    @abstractmethod
    def transaction(self) -> AbstractContextManager[None]:
        """Open a transaction: everything inside is kept, or nothing is."""

    def positions(self, stage: str) -> Positions:
        """Give the positions that a stage has applied."""
        sql = "SELECT partition, applied FROM position WHERE stage = ?"
        return dict(self._sql.rows(sql, stage))

    def load(self, stage: str, keys: Sequence[str]) -> dict[str, bytes]:
        """Read state; keys without state are missing from the answer."""
        sql = "SELECT key, value FROM state WHERE stage = ? AND key IN (ROWS(TEXT))"
        return dict(self._sql.rows(sql, stage, list(keys)))

    def rewind(self, stage: str, positions: Positions) -> None:
        """Move a stage back to positions that it has passed."""
        for partition, at in positions.items():
            self._sql.run(
                "UPDATE position SET applied = ?"
                " WHERE stage = ? AND partition = ? AND applied > ?",
                at, stage, partition, at,
            )  # fmt: skip

    def save(self, stage: str, changes: Mapping[str, bytes | None]) -> None:
        """Write state inside a transaction; None removes a key."""
        gone = [key for key, value in changes.items() if value is None]
        if gone:
            self._sql.run("DELETE FROM state WHERE stage = ? AND key IN (ROWS(TEXT))", stage, gone)
        self._sql.write(
            "INSERT INTO state ROWS(TEXT, TEXT, BLOB)"
            " ON CONFLICT (stage, key) DO UPDATE SET value = excluded.value",
            [(stage, key, value) for key, value in changes.items() if value is not None],
        )

    def materialise(self, topic: Topic, values: Iterable[Contract]) -> None:
        """Keep the rows that people read; an older revision never wins."""
        write_views(self._sql, values)

    def recall(self, key: str) -> bytes | None:
        """Give the remembered answer of an engine."""
        rows = self._sql.rows("SELECT value FROM answer WHERE key = ?", key)
        return rows[0][0] if rows else None

    def remember(self, answers: Mapping[str, bytes]) -> None:
        """Remember answers of engines."""
        with self.transaction():
            self._sql.write(
                "INSERT INTO answer ROWS(TEXT, BLOB)"
                " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                list(answers.items()),
            )

    def is_sent(self, id: str) -> bool:
        """Tell whether a notification has gone out."""
        return bool(self._sql.rows("SELECT 1 FROM sent WHERE id = ?", id))

    def mark_sent(self, id: str) -> None:
        """Remember that a notification has gone out, replay or not."""
        self._sql.run("INSERT INTO sent VALUES (?) ON CONFLICT DO NOTHING", id)

    def settle(self, dead_letter: str) -> None:
        """Remove a dead letter that was retried or dropped."""
        self._sql.run("DELETE FROM dead_letter WHERE id = ?", dead_letter)

    def overdue(self, now: int, limit: int) -> list[LedgerEntry]:
        """List entries of the ledger that are due at a time, those longest due first."""
        sql = "SELECT doc FROM ledger WHERE due <= ? ORDER BY due LIMIT ?"
        return [decode(doc, LedgerEntry) for (doc,) in self._sql.rows(sql, now, limit)]

    def readmit(self, inputs: Sequence[str]) -> None:
        """Forget that inputs were let in, so that their source can send them again."""
        if inputs:
            self._sql.run("DELETE FROM admitted WHERE id IN (ROWS(TEXT))", list(inputs))

    def reset(self, stages: Sequence[str], topics: Sequence[Topic]) -> None:
        """Forget state, positions and views of stages and the topics they write."""
        for stage in stages:
            self._sql.run("DELETE FROM position WHERE stage = ?", stage)
            self._sql.run("DELETE FROM state WHERE stage = ?", stage)
        for topic in topics:
            for table in TABLES.get(topic.name, ()):
                self._sql.run(f"DELETE FROM {table}")  # noqa: S608  # names of our own tables

    def _move(self, stage: str, applied: Positions) -> None:
        self._sql.write(
            "INSERT INTO position ROWS(TEXT, TEXT, INTEGER)"
            " ON CONFLICT (stage, partition) DO UPDATE SET applied = excluded.applied",
            [(stage, partition, offset) for partition, offset in applied.items()],
        )


def admission(held: str | None, digest: str) -> Admission:
    """Say what becomes of an input, given the digest that its id came with before."""
    if held is None:
        return Admission.NEW
    return Admission.KNOWN if held == digest else Admission.REUSED
