"""The embedded log: one table, one sequence over all topics, one partition per topic."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from infra.log.base import NewRecord, Record
from infra.sqlite import Database
from schemas.topics import TOPICS


class SqliteLog:
    """A log in the embedded file; appends join the transaction that is open on the database."""

    def __init__(self, database: Database) -> None:
        self._db = database
        with database.transaction():
            database.executemany(
                "INSERT INTO topic(name) VALUES (?) ON CONFLICT DO NOTHING",
                [(name,) for name in TOPICS],
            )
        self._topics: dict[str, int] = dict(database.rows("SELECT name, id FROM topic"))

    def append(self, records: Sequence[NewRecord]) -> None:
        """Append records behind everything that is there."""
        if not records:
            return
        with self._db.transaction():
            first = self._reserve(len(records))
            self._db.executemany(
                "INSERT INTO log VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (self._topics[r.topic], first + n, r.key, r.id, r.at, r.value)
                    for n, r in enumerate(records)
                ],
            )

    def admit(self, records: Sequence[NewRecord]) -> tuple[str, ...]:
        """Append input records, each id once, and return the ids that are new."""
        with self._db.transaction():
            fresh = [
                record
                for record in records
                if self._db.value(
                    "INSERT INTO admitted VALUES (?) ON CONFLICT DO NOTHING RETURNING 1",
                    (record.id,),
                )
            ]
            self.append(fresh)
        return tuple(record.id for record in fresh)

    def read(self, topics: Collection[str], after: Mapping[str, int], limit: int) -> list[Record]:
        """Read at most `limit` records in the order in which they were appended."""
        found: list[Record] = []
        for topic in topics:
            rows = self._db.execute(
                "SELECT key, id, at, value, seq FROM log WHERE topic = ? AND seq > ?"
                " ORDER BY seq LIMIT ?",
                (self._topics[topic], after.get(topic, 0), limit),
            )
            found += [
                Record(topic, key, id, at, value, topic, seq) for key, id, at, value, seq in rows
            ]
        if len(topics) > 1:
            found.sort(key=lambda record: record.offset)
            del found[limit:]
        return found

    def lag(self, topics: Collection[str], after: Mapping[str, int], limit: int = 1_000_000) -> int:
        """Count the records behind the given positions, up to `limit`."""
        count = 0
        for topic in topics:
            if count < limit:
                count += self._db.value(
                    "SELECT count(*) FROM (SELECT 1 FROM log WHERE topic = ? AND seq > ? LIMIT ?)",
                    (self._topics[topic], after.get(topic, 0), limit - count),
                )
        return count

    def truncate(self, topic: str) -> None:
        """Remove all records of a topic, for a replay that will write them again."""
        self._db.execute("DELETE FROM log WHERE topic = ?", (self._topics[topic],))

    def _reserve(self, count: int) -> int:
        last: int = self._db.value(
            "UPDATE counter SET value = value + ? WHERE name = 'log' RETURNING value", (count,)
        )
        return last - count + 1
