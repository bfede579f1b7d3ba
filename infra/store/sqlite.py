"""The embedded store: state, positions and views in the one SQLite file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager

from infra.log.base import Positions
from infra.sqlite import Database
from infra.store import sqlite_views as views
from infra.store.base import Admission, Fence
from schemas.alert import Alert
from schemas.base import Contract, encode
from schemas.errors import Conflict
from schemas.identity import CustomerChange
from schemas.interaction import Interaction
from schemas.ledger import DeadLetter, LedgerEntry
from schemas.topics import Topic
from schemas.utterance import Tagged


class SqliteStore:
    """Keeps everything through one connection; one instance belongs to one thread."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def positions(self, stage: str) -> Positions:
        """Give the positions that a stage has applied."""
        sql = "SELECT partition, applied FROM position WHERE stage = ?"
        return dict(self._db.rows(sql, (stage,)))

    def load(self, stage: str, keys: Sequence[str]) -> dict[str, bytes]:
        """Read state; keys without state are missing from the answer."""
        sql = (
            "SELECT key, value FROM state WHERE stage = ?"
            " AND key IN (SELECT value FROM json_each(?))"
        )
        return dict(self._db.rows(sql, (stage, encode(list(keys)).decode())))

    def transaction(self) -> AbstractContextManager[None]:
        """Open a transaction: everything inside is kept, or nothing is."""
        return self._db.transaction()

    def advance(self, stage: str, expected: Fence, applied: Positions) -> None:
        """Move a stage's positions; refuse when somebody else has moved them."""
        held = self.positions(stage)
        if any(held.get(p) != expected.get(p) for p in {*expected, *applied}):
            raise Conflict(f"stage {stage} was moved by somebody else")
        self._db.executemany(
            "INSERT OR REPLACE INTO position VALUES (?, ?, ?)",
            [(stage, partition, offset) for partition, offset in applied.items()],
        )

    def rewind(self, stage: str, positions: Positions) -> None:
        """Move a stage back to positions that it has passed."""
        self._db.executemany(
            "UPDATE position SET applied = ? WHERE stage = ? AND partition = ? AND applied > ?",
            [(at, stage, partition, at) for partition, at in positions.items()],
        )

    def save(self, stage: str, changes: Mapping[str, bytes | None]) -> None:
        """Write state inside a transaction; None removes a key."""
        kept = [(stage, key, value) for key, value in changes.items() if value is not None]
        gone = [(stage, key) for key, value in changes.items() if value is None]
        self._db.executemany("INSERT OR REPLACE INTO state VALUES (?, ?, ?)", list(kept))
        self._db.executemany("DELETE FROM state WHERE stage = ? AND key = ?", list(gone))

    def materialise(self, topic: Topic, values: Iterable[Contract]) -> None:
        """Keep the rows that people read; an older revision never wins."""
        for value in values:
            _WRITERS[type(value)](self._db, value)

    def recall(self, key: str) -> bytes | None:
        """Give the remembered answer of an engine."""
        found: bytes | None = self._db.value("SELECT value FROM answer WHERE key = ?", (key,))
        return found

    def remember(self, answers: Mapping[str, bytes]) -> None:
        """Remember answers of engines."""
        with self._db.transaction():
            self._db.executemany(
                "INSERT OR REPLACE INTO answer VALUES (?, ?)", list(answers.items())
            )

    def admit(self, inputs: Sequence[tuple[str, str]]) -> list[Admission]:
        """Remember inputs, each id once; say of each what became of it."""
        outcomes: list[Admission] = []
        for id, digest in inputs:
            held = self._db.value("SELECT digest FROM admitted WHERE id = ?", (id,))
            known = Admission.KNOWN if held == digest else Admission.REUSED
            outcomes.append(Admission.NEW if held is None else known)
            if held is None:
                self._db.execute("INSERT INTO admitted VALUES (?, ?)", (id, digest))
        return outcomes

    def is_sent(self, id: str) -> bool:
        """Tell whether a notification has gone out."""
        return bool(self._db.value("SELECT 1 FROM sent WHERE id = ?", (id,)))

    def mark_sent(self, id: str) -> None:
        """Remember that a notification has gone out, replay or not."""
        self._db.execute("INSERT INTO sent VALUES (?) ON CONFLICT DO NOTHING", (id,))

    def settle(self, dead_letter: str) -> None:
        """Remove a dead letter that was retried or dropped."""
        self._db.execute("DELETE FROM dead_letter WHERE id = ?", (dead_letter,))

    def reset(self, stages: Sequence[str], topics: Sequence[Topic]) -> None:
        """Forget state, positions and views of stages and the topics they write."""
        for stage in stages:
            self._db.execute("DELETE FROM position WHERE stage = ?", (stage,))
            self._db.execute("DELETE FROM state WHERE stage = ?", (stage,))
        for topic in topics:
            for table in views.TABLES.get(topic.name, ()):
                self._db.execute(f"DELETE FROM {table}")  # noqa: S608  # names of our own tables


Writer = Callable[[Database, Contract], None]

_WRITERS: dict[type[Contract], Writer] = {
    Interaction: views.write_interaction,
    Tagged: views.write_utterance,
    CustomerChange: views.write_customers,
    Alert: views.write_alert,
    LedgerEntry: views.write_ledger,
    DeadLetter: views.write_dead_letter,
}
