"""Search in SQLite: FTS5 for the words, arrays in memory for everything else.

The text index says which rows hold the words; filters, totals, days and the newest hits come
from `Columns`. Both are read in one read transaction, so that they always agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw

from infra.search.base import LookUp, SearchRequest, hit_of, microseconds, newest_versions, tie_of
from infra.search.fts5_columns import SENTIMENT_SCALE
from infra.search.fts5_reader import Fts5Reader
from processors.analysis import ANALYSER_VERSION, token_text
from processors.query.evaluate import comparable
from schemas.base import decode, encode
from schemas.errors import ConfigError, Unavailable
from schemas.search import Hit, SearchPage
from schemas.utterance import Tagged

_SCHEMA = Path(__file__).with_name("fts5_schema.sql")


@contextmanager
def translated() -> Iterator[None]:
    """Turn SQLite's errors into ours."""
    try:
        yield
    except apsw.SQLError as error:
        raise ConfigError(f"the search index is not as expected: {error}") from error
    except apsw.Error as error:
        raise Unavailable(f"the search index cannot be read or written now: {error}") from error


class Fts5Search:
    """An index in the tables `search_*` of a SQLite file.

    `apply` and `forget` run on `connection`, inside the caller's transaction. `search` runs on
    `reader`, a second connection to the same file; without one, on `connection`. Searches of one
    instance take turns: give each thread an instance and a reader of its own to search at once.
    """

    def __init__(self, connection: apsw.Connection, reader: apsw.Connection | None = None) -> None:
        self._connection = connection
        with translated():
            connection.pragma("secure_delete", True)
            self._reader = Fts5Reader(reader or connection)

    @staticmethod
    def migrate(connection: apsw.Connection) -> None:
        """Create the tables, and index all text anew when the analyser has changed.

        Raises:
            ConfigError: the file was written by a newer version.
        """
        with translated(), connection:
            known = "SELECT count(*) FROM sqlite_schema WHERE name = 'search_state'"
            if not connection.execute(known).get:
                connection.execute(_SCHEMA.read_text("utf-8"))
            state = dict(connection.execute("SELECT name, value FROM search_state"))
            if state["schema"] > 1 or state.get("analyser", 0) > ANALYSER_VERSION:
                raise ConfigError("the search index was written by a newer version of Threadline")
            if state.get("analyser") != ANALYSER_VERSION:
                _index_anew(connection)

    def apply(self, documents: Sequence[Tagged]) -> None:
        """Index utterances; of each id the largest `version` stays, the earlier of equal ones."""
        incoming = newest_versions(documents)
        if not incoming:
            return
        with translated():
            held = self._held(incoming)
            fresh = [
                tagged
                for id_, tagged in incoming.items()
                if id_ not in held or tagged.utterance.version > held[id_][1]
            ]
            self._remove([held[t.utterance.id] for t in fresh if t.utterance.id in held])
            self._insert(fresh)

    def forget(self, ids: Iterable[str]) -> None:
        """Remove utterances for good; no term of theirs stays in the file after a checkpoint."""
        with translated():
            self._remove(list(self._held(dict.fromkeys(ids)).values()))

    def clear(self) -> None:
        """Remove every utterance; row numbers go on, so that readers see what is gone."""
        with translated():
            run = self._connection.execute
            run("INSERT INTO search_chg(id) SELECT id FROM search_meta")
            run("INSERT INTO search_ft(search_ft) VALUES('delete-all')")
            for table in ("search_meta", "search_body", "search_key"):
                run(f"DELETE FROM {table}")  # noqa: S608  # names of our own tables

    def versions(self) -> Iterator[tuple[str, int]]:
        """Stream the ids and versions of all utterances."""
        with translated():
            yield from self._connection.execute("SELECT utterance, version FROM search_key")

    def renew(self, batches: Iterable[Sequence[Tagged]], look_up: LookUp) -> None:
        """Index everything anew in one transaction; other writers wait, searches do not.

        Raises:
            Unavailable: the file stayed locked.
        """
        with translated(), self._connection:
            # Locks before the store is read, so that nothing comes in meanwhile.
            self.clear()
            for batch in batches:
                self.apply(batch)

    def _held(self, utterances: dict[str, Any]) -> dict[str, tuple[int, int]]:
        """Look up the row and version of utterances that are indexed."""
        if not utterances:
            return {}
        rows = self._connection.execute(
            "SELECT utterance, id, version FROM search_key"
            " WHERE utterance IN (SELECT value FROM carray(?))",
            (apsw.carray(tuple(utterances)),),
        )
        return {utterance: (id_, version) for utterance, id_, version in rows}

    def _remove(self, rows: list[tuple[int, int]]) -> None:
        # In order of rows: FTS5 writes out its buffer on every step back.
        for id_ in sorted(id_ for id_, _ in rows):
            run = self._connection.execute
            hit = decode(run("SELECT hit FROM search_body WHERE id = ?", (id_,)).get, Hit)
            run(
                "INSERT INTO search_ft(search_ft, rowid, t) VALUES('delete', ?, ?)",
                (id_, token_text(hit.text)),
            )
            run("DELETE FROM search_meta WHERE id = ?", (id_,))
            run("DELETE FROM search_body WHERE id = ?", (id_,))
            run("DELETE FROM search_key WHERE utterance = ?", (hit.utterance,))
            run("INSERT INTO search_chg(id) VALUES(?)", (id_,))

    def _insert(self, fresh: list[Tagged]) -> None:
        if not fresh:
            return
        run, many = self._connection.execute, self._connection.executemany
        first: int = run("SELECT value FROM search_state WHERE name = 'next_id'").get
        numbered = list(enumerate(fresh, first))
        words = _Words(self._connection)
        many(
            "INSERT INTO search_key VALUES(?, ?, ?)",
            [(tagged.utterance.id, id_, tagged.utterance.version) for id_, tagged in numbered],
        )
        many(
            "INSERT INTO search_meta VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)",
            [(id_, *_meta(tagged, words)) for id_, tagged in numbered],
        )
        many(
            "INSERT INTO search_body VALUES(?, ?)",
            [(id_, encode(hit_of(tagged))) for id_, tagged in numbered],
        )
        many(
            "INSERT INTO search_ft(rowid, t) VALUES(?, ?)",
            [(id_, token_text(tagged.utterance.text)) for id_, tagged in numbered],
        )
        run("UPDATE search_state SET value = ? WHERE name = 'next_id'", (first + len(numbered),))

    def search(self, request: SearchRequest) -> SearchPage:
        """Find utterances.

        Raises:
            InvalidEvent: `invalid_cursor`.
            Unavailable: the file is locked or cannot be read.
        """
        with translated():
            return self._reader.search(request)


class _Words:
    """Numbers for the values of fields, looked up once per batch.

    Nothing is remembered longer: the caller may roll the transaction back.
    """

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._known: dict[tuple[str, str], int] = {}

    def number(self, kind: str, value: str | None) -> int | None:
        """Find or give the number of a value; None for none."""
        if value is None:
            return None
        key = (kind, comparable(kind, value))
        if key not in self._known:
            run = self._connection.execute
            found = run("SELECT id FROM search_word WHERE kind = ? AND value = ?", key).get
            if found is None:
                run("INSERT INTO search_word(kind, value) VALUES(?, ?)", key)
                found = self._connection.last_insert_rowid()
            self._known[key] = found
        return self._known[key]


def _meta(tagged: Tagged, words: _Words) -> tuple[int | float | None, ...]:
    """Give the row of `search_meta`, without its id."""
    utterance, insights = tagged.utterance, tagged.insights
    sentiment = insights.sentiment
    categories = sorted({comparable("category", name) for name in insights.categories})
    return (
        microseconds(utterance.at),
        tie_of(utterance.id),
        round(sentiment.score * SENTIMENT_SCALE) if sentiment else None,
        utterance.start_s,
        words.number("tenant", utterance.tenant),
        words.number("channel", utterance.channel),
        words.number("role", utterance.role),
        words.number("interaction", utterance.interaction),
        words.number("language", insights.language or utterance.language),
        words.number("contact_type", insights.contact_type),
        words.number("emotion", insights.emotion),
        words.number("categories", encode(categories).decode()) if categories else None,
    )


def _index_anew(connection: apsw.Connection) -> None:
    """Feed the text index again from the stored text, with the analyser of now."""
    connection.execute("INSERT INTO search_ft(search_ft) VALUES('delete-all')")
    rows = connection.execute("SELECT id, hit FROM search_body ORDER BY id")
    connection.executemany(
        "INSERT INTO search_ft(rowid, t) VALUES(?, ?)",
        ((id_, token_text(decode(hit, Hit).text)) for id_, hit in rows),
    )
    connection.execute(
        "INSERT OR REPLACE INTO search_state(name, value) VALUES('analyser', ?)",
        (ANALYSER_VERSION,),
    )
