"""The embedded log: one table, one sequence over all topics, one partition per topic."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from infra.log.base import NewRecord, Positions, Record
from infra.sqlite import Database
from schemas.base import encode
from schemas.topics import TOPICS


class SqliteLog:
    """A log in the embedded file; appends join the transaction that is open on the database."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._topics: dict[str, int] = dict(database.rows("SELECT name, id FROM topic"))
        if not TOPICS.keys() <= self._topics.keys():
            self._topics = self._register()

    def _register(self) -> dict[str, int]:
        with self._db.transaction():
            self._db.executemany(
                "INSERT INTO topic(name) VALUES (?) ON CONFLICT DO NOTHING",
                [(name,) for name in TOPICS],
            )
            return dict(self._db.rows("SELECT name, id FROM topic"))

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

    def lags(self, topics: Collection[str], after: Mapping[str, int]) -> dict[str, int]:
        """Count the records behind the given positions, per topic that has any."""
        behind = {topic: self.lag((topic,), after) for topic in topics}
        return {topic: count for topic, count in behind.items() if count}

    def values(self, topic: str, key: str) -> Iterator[bytes]:
        """Stream the values of one key of a topic, oldest first."""
        sql = "SELECT value FROM log WHERE topic = ? AND key = ? ORDER BY seq"
        for (value,) in self._db.rows(sql, (self._topics[topic], key)):
            yield value

    def positions_at(self, topics: Collection[str], at: int) -> Positions:
        """Give the positions behind which lies what was appended at or after a time, ms UTC."""
        # By the first that is not older: a clock set back must not hide records behind it.
        sql = "SELECT min(seq) - 1 FROM log WHERE topic = ? AND at >= ?"
        newest = "SELECT coalesce(max(seq), 0) FROM log WHERE topic = ?"
        found: Positions = {}
        for topic in topics:
            first = self._db.value(sql, (self._topics[topic], at))
            found[topic] = (
                self._db.value(newest, (self._topics[topic],)) if first is None else first
            )
        return found

    def discard(self, topic: str, ids: Collection[str]) -> None:
        """Remove some records of a topic."""
        self._db.execute(
            "DELETE FROM log WHERE topic = ? AND id IN (SELECT value FROM json_each(?))",
            (self._topics[topic], encode(list(ids)).decode()),
        )

    def truncate(self, topic: str) -> None:
        """Remove all records of a topic, for a replay that will write them again."""
        self._db.execute("DELETE FROM log WHERE topic = ?", (self._topics[topic],))

    def _reserve(self, count: int) -> int:
        last: int = self._db.value(
            "UPDATE counter SET value = value + ? WHERE name = 'log' RETURNING value", (count,)
        )
        return last - count + 1
