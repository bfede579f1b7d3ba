"""What only the embedded index can show: its file, its transactions, its limits."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import apsw
import pytest

import infra.search.fts5 as fts5
import infra.search.fts5_reader as fts5_reader
from infra.search.base import SearchRequest
from infra.search.fts5 import Fts5Search
from processors.query.ast import Is, Words
from schemas.errors import ConfigError, Unavailable
from schemas.search import Order, SearchPage
from tests.contract.search_cases import MONDAY, tagged
from tests.contract.search_indices import sqlite_index

pytestmark = pytest.mark.contract


def texts_of(page: SearchPage) -> list[str]:
    return [hit.text for hit in page.hits]


def test_an_erased_word_stays_nowhere_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "threadline.db"
    search, connection = sqlite_index(str(path))
    rows = [tagged(f"common words {n}", id_=f"u-{n}") for n in range(300)]
    with connection:
        search.apply([*rows, tagged("my zebrafinch account", id_="secret")])
        search.apply([tagged("a quokkaheart", id_="changed")])
    with connection:
        search.apply([tagged("a changed mind", id_="changed", version=2)])
        search.forget(["secret"])
    connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    content = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert content.count(b"zebrafinch") == content.count(b"quokkaheart") == 0
    assert content.count(b"common words 7") > 0
    connection.close()


def test_a_transaction_rolled_back_leaves_no_trace_in_later_searches() -> None:
    search, connection = sqlite_index()
    request = SearchRequest(tenant="acme", query=Words("refund"))
    connection.execute("BEGIN")
    search.apply([tagged("refund lost", id_="lost", tenant="acme", interaction="i-lost")])
    assert search.search(request).total == 1
    connection.execute("ROLLBACK")
    with connection:
        search.apply([tagged("no such word", id_="kept"), tagged("refund kept", id_="kept-2")])
    assert texts_of(search.search(request)) == ["refund kept"]


def test_a_reader_sees_whole_commits_while_another_connection_writes(tmp_path: Path) -> None:
    path = str(tmp_path / "threadline.db")
    writer, connection = sqlite_index(path)
    reading = apsw.Connection(path)
    reading.set_busy_timeout(5000)
    reader = Fts5Search(connection, reading)
    request = SearchRequest(tenant="acme", query=Words("refund"), limit=1)
    totals: list[int] = []

    def write() -> None:
        for batch in range(40):
            connection.execute("BEGIN IMMEDIATE")
            writer.apply([tagged("refund", id_=f"{batch}-{n}") for n in range(10)])
            writer.forget([f"{batch - 1}-{n}" for n in range(5)])
            connection.execute("COMMIT")

    thread = threading.Thread(target=write)
    thread.start()
    while thread.is_alive():
        page = reader.search(request)
        assert sum(day.count for day in page.days) == page.total
        totals.append(page.total)
    thread.join()
    assert reader.search(request).total == 40 * 10 - 39 * 5
    assert all(total % 5 == 0 for total in totals)
    assert totals == sorted(totals)
    reading.close()
    connection.close()


def test_many_hits_are_ranked_by_sqlite_and_beyond_that_only_the_newest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fts5_reader, "SCORED_HERE", 3)
    monkeypatch.setattr(fts5_reader, "RANKED", 10)
    search, _ = sqlite_index()
    rows = [
        tagged("refund " * (1 + n % 4) + "word", id_=f"u-{n}", at=MONDAY + timedelta(minutes=n))
        for n in range(12)
    ]
    search.apply(rows[:9])
    request = SearchRequest(tenant="acme", query=Words("refund"), order=Order.BEST, limit=4)
    exact = search.search(request)
    assert exact.note is None
    assert [hit.text.count("refund") for hit in exact.hits[:2]] == [4, 4]
    search.apply(rows[9:])
    page = search.search(request)
    assert page.note == "ranked the newest 10 of 12"
    assert page.total == 12
    assert [hit.text.count("refund") for hit in page.hits[:2]] == [4, 4]


def test_a_new_analyser_indexes_all_text_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    search, connection = sqlite_index()
    search.apply([tagged("refund me"), tagged("请退款")])
    connection.execute("UPDATE search_state SET value = 0 WHERE name = 'analyser'")
    connection.execute("INSERT INTO search_ft(search_ft) VALUES('delete-all')")
    request = SearchRequest(tenant="acme", query=Words("refund"))
    assert search.search(request).total == 0
    Fts5Search.migrate(connection)
    assert Fts5Search(connection).search(request).total == 1
    monkeypatch.setattr(fts5, "ANALYSER_VERSION", 0)
    with pytest.raises(ConfigError, match="newer version"):
        Fts5Search.migrate(connection)


def test_a_file_without_the_index_is_a_configuration_error() -> None:
    search = Fts5Search(apsw.Connection(":memory:"))
    with pytest.raises(ConfigError):
        search.search(SearchRequest(tenant="acme", query=Is("channel", "chat")))


def test_a_locked_file_is_unavailable_for_now(tmp_path: Path) -> None:
    path = str(tmp_path / "threadline.db")
    search, connection = sqlite_index(path)
    connection.set_busy_timeout(1)
    other = apsw.Connection(path)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable):
        search.apply([tagged("refund")])
    other.close()
    connection.close()
