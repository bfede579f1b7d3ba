"""Every index gives the same answers: one suite, and generated queries against brute force."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import infra.search.fts5 as fts5
import infra.search.fts5_reader as fts5_reader
from infra.search.base import Search, SearchRequest
from infra.search.fts5 import Fts5Search
from infra.search.memory import MemorySearch
from processors.query import parse
from processors.query.ast import Everything, Is, Query, Words
from schemas.errors import ConfigError, InvalidEvent, QueryError, Unavailable
from schemas.events import Channel, Role
from schemas.search import Order, SearchPage
from schemas.utterance import Tagged
from tests.contract.search_cases import (
    MONDAY,
    corpora,
    every_distance,
    every_short_text,
    library,
    queries,
    tagged,
    utterances,
)

pytestmark = pytest.mark.contract
Ask = Callable[..., SearchPage]


def sqlite_search(path: str = ":memory:") -> tuple[Fts5Search, apsw.Connection]:
    connection = apsw.Connection(path)
    if path != ":memory:":
        connection.pragma("journal_mode", "wal")
    connection.set_busy_timeout(5000)
    Fts5Search.migrate(connection)
    return Fts5Search(connection), connection


@pytest.fixture(params=["memory", "fts5"])
def index(request: pytest.FixtureRequest) -> Iterator[Search]:
    if request.param == "memory":
        yield MemorySearch()
        return
    search, connection = sqlite_search()
    yield search
    connection.close()


@pytest.fixture
def ask(index: Search) -> Ask:
    def asked(query: str, **options: object) -> SearchPage:
        request = SearchRequest(tenant="acme", query=parse(query, MONDAY), **options)  # type: ignore[arg-type]  # options of the request
        return index.search(request)

    return asked


def texts_of(page: SearchPage) -> list[str]:
    return [hit.text for hit in page.hits]


def test_a_phrase_is_found_with_its_filters_and_highlighted(index: Search, ask: Ask) -> None:
    wanted = tagged(
        "Please cancel my account now",
        channel=Channel.VOICE,
        score=-0.5,
        start_s=4.5,
        contact_type="cancellation",
    )
    index.apply([wanted, tagged("cancel my account", channel=Channel.VOICE, score=-0.3)])
    page = ask('"cancelled my accounts" speaker:customer sentiment:<-0.3 channel:voice')
    assert page.total == 1
    hit = page.hits[0]
    assert hit.utterance == wanted.utterance.id
    assert (hit.at, hit.role, hit.channel) == (MONDAY, Role.CUSTOMER, Channel.VOICE)
    assert (hit.start_s, hit.sentiment, hit.contact_type) == (4.5, -0.5, "cancellation")
    assert [hit.text[a:b] for a, b in hit.highlights] == ["cancel my account"]


def test_an_utterance_without_sentiment_is_in_no_range(index: Search, ask: Ask) -> None:
    index.apply([tagged("refund")])
    assert ask("refund sentiment:[* TO *]").total == 0
    assert ask("refund NOT sentiment:[-1 TO 1]").total == 1


def test_another_tenant_sees_nothing(index: Search, ask: Ask) -> None:
    index.apply([tagged("refund", tenant="northwind")])
    assert ask("refund") == ask("*") == SearchPage(total=0)


def test_hits_come_newest_first_page_by_page_and_none_twice(index: Search, ask: Ask) -> None:
    index.apply(
        [
            tagged(f"refund number {n}", id_=f"u-{n}", at=MONDAY + timedelta(seconds=n // 3))
            for n in range(25)
        ]
    )
    seen: list[str] = []
    cursor = None
    for _ in range(7):
        page = ask("refund", limit=4, after=cursor)
        assert page.total == 25
        seen += [hit.utterance for hit in page.hits]
        cursor = page.next
    assert cursor is None
    assert sorted(seen) == sorted(f"u-{n}" for n in range(25))
    times = [hit.at for hit in ask("refund", limit=25).hits]
    assert times == sorted(times, reverse=True)


def test_the_best_hit_says_it_most_and_pages_go_on_where_they_ended(
    index: Search, ask: Ask
) -> None:
    index.apply(
        [
            tagged("refund refund refund", id_="most"),
            tagged("refund of my order please and thank you", id_="least"),
            tagged("a refund please", id_="some"),
            *(tagged(f"something else {n}", id_=f"u-{n}") for n in range(10)),
        ]
    )
    first = ask("refund", order=Order.BEST, limit=2)
    second = ask("refund", order=Order.BEST, limit=2, after=first.next)
    ranked = [*first.hits, *second.hits]
    assert [hit.utterance for hit in ranked] == ["most", "some", "least"]
    assert [hit.score for hit in ranked] == sorted((hit.score for hit in ranked), reverse=True)
    assert second.next is None


def test_days_count_every_hit_in_utc(index: Search, ask: Ask) -> None:
    index.apply(
        [
            tagged("refund", id_="a", at=MONDAY),
            tagged("refund", id_="b", at=MONDAY - timedelta(microseconds=1)),
            tagged("refund", id_="c", at=MONDAY + timedelta(hours=23)),
        ]
    )
    page = ask("refund", limit=1)
    assert [(day.day.isoformat(), day.count) for day in page.days] == [
        ("2026-11-01", 1),
        ("2026-11-02", 2),
    ]


def test_a_stretch_of_time_is_found_to_the_microsecond(index: Search, ask: Ask) -> None:
    noons = [MONDAY + timedelta(days=day, hours=12) for day in range(5)]
    index.apply([tagged("refund", id_=f"u-{day}", at=at) for day, at in enumerate(noons)])
    for day, at in enumerate(noons):
        before, later = (
            f"{at + timedelta(microseconds=us):%Y-%m-%dT%H:%M:%S.%fZ}" for us in (0, 1)
        )
        assert ask(f"before:{before}").total == day
        assert ask(f"refund before:{later}").total == day + 1
        assert ask(f"refund after:{before}").total == 5 - day
        assert ask(f"after:{later}").total == 4 - day
        assert ask(f"after:{before} before:{later}").total == 1


def test_a_newer_version_replaces_an_older_or_equal_one_does_not(index: Search, ask: Ask) -> None:
    index.apply([tagged("first words", id_="u", version=2)])
    index.apply([tagged("equal words", id_="u", version=2)])
    index.apply([tagged("older words", id_="u", version=1)])
    assert texts_of(ask("words")) == ["first words"]
    index.apply([tagged("newest words", id_="u", version=3), tagged("no", id_="u", version=2)])
    assert texts_of(ask("words")) == ["newest words"]
    assert ask("first").total == 0


def test_what_is_forgotten_is_found_no_more(index: Search, ask: Ask) -> None:
    index.apply([tagged("refund me", id_="a"), tagged("refund us", id_="b")])
    assert ask("refund").total == 2
    index.forget(["a", "never-there"])
    index.forget([])
    assert texts_of(ask("refund")) == ["refund us"]
    assert ask("*").total == 1


def test_a_search_can_be_narrowed_to_interactions(index: Search, ask: Ask) -> None:
    index.apply(
        [tagged("refund", id_=f"u-{n}", interaction=f"i-{n}") for n in range(4)],
    )
    found = ask("refund", interactions=frozenset({"i-1", "i-3", "i-9"}))
    assert {hit.interaction for hit in found.hits} == {"i-1", "i-3"}
    assert ask("refund", interactions=frozenset()).total == 0


def test_a_customer_left_in_the_query_is_refused(index: Search, ask: Ask) -> None:
    with pytest.raises(QueryError, match="interactions"):
        ask("customer:ana")
    index.apply([tagged("refund")])
    with pytest.raises(QueryError, match="interactions"):
        ask("refund duration:>5m")


@pytest.mark.parametrize("cursor", ["", "x", "b1", "n1", "n1.99999999999999999999", "n1.2.3"])
def test_a_foreign_cursor_is_refused(index: Search, ask: Ask, cursor: str) -> None:
    index.apply([tagged("refund")])
    with pytest.raises(InvalidEvent) as refused:
        ask("refund", after=cursor)
    assert refused.value.reason == "invalid_cursor"
    with pytest.raises(InvalidEvent):
        ask("refund", order=Order.BEST, after=f"n{cursor}")


def test_a_page_has_a_limit() -> None:
    with pytest.raises(InvalidEvent):
        SearchRequest(tenant="acme", query=Everything(), limit=0)


def test_cjk_and_accents_are_found(index: Search, ask: Ask) -> None:
    index.apply([tagged("请退款给我", id_="zh"), tagged("Wo ist die Straße?", id_="de")])
    page = ask("退款")
    assert [hit.text[a:b] for hit in page.hits for a, b in hit.highlights] == ["退款"]
    assert ask("款退").total == 0
    assert ask("STRASSE").total == 1


# --- generated queries against brute force ------------------------------------------------------


def both(batches: Sequence[Sequence[Tagged]]) -> tuple[MemorySearch, Fts5Search]:
    brute, (search, connection) = MemorySearch(), sqlite_search()
    for batch in batches:
        brute.apply(batch)
        with connection:
            search.apply(batch)
    return brute, search


@pytest.fixture(scope="module")
def libraries() -> tuple[MemorySearch, Fts5Search]:
    return both([library()])


@settings(max_examples=250, deadline=None)
@given(query=queries)
def test_sqlite_answers_generated_queries_as_brute_force_does(
    libraries: tuple[MemorySearch, Fts5Search], query: Query
) -> None:
    brute, search = libraries
    for limit in (300, 2):
        request = SearchRequest(tenant="acme", query=query, limit=limit)
        assert search.search(request) == brute.search(request)
    best = SearchRequest(tenant="acme", query=query, limit=300, order=Order.BEST)
    ours, theirs = search.search(best), brute.search(best)
    assert {hit.utterance for hit in ours.hits} == {hit.utterance for hit in theirs.hits}
    assert (ours.total, ours.days) == (theirs.total, theirs.days)


def test_sqlite_counts_the_words_in_between_as_brute_force_does() -> None:
    brute, search = both([every_short_text()])
    for query in every_distance():
        request = SearchRequest(tenant="acme", query=query, limit=400)
        assert search.search(request) == brute.search(request), query


@settings(max_examples=60, deadline=None)
@given(corpora, st.sampled_from(("refund", "happy", "e-mail", "请")))
def test_scores_of_a_single_text_are_those_of_brute_force(corpus: list[Tagged], word: str) -> None:
    brute, search = both([corpus])
    request = SearchRequest(tenant="acme", query=Words(word), limit=100, order=Order.BEST)
    ours, theirs = search.search(request), brute.search(request)
    assert [hit.utterance for hit in ours.hits] == [hit.utterance for hit in theirs.hits]
    assert [hit.score for hit in ours.hits] == pytest.approx([hit.score for hit in theirs.hits])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(
            corpora.map(lambda batch: ("apply", batch)),
            st.lists(utterances, max_size=5).map(lambda gone: ("forget", gone)),
        ),
        max_size=6,
    ),
    queries,
)
def test_sqlite_follows_upserts_and_erasure_while_it_is_searched(
    steps: list[tuple[str, list[Tagged]]], query: Query
) -> None:
    brute, (search, connection) = MemorySearch(), sqlite_search()
    for verb, batch in steps:
        for index in (brute, search):
            with connection:
                if verb == "apply":
                    index.apply(batch)
                else:
                    index.forget([item.utterance.id for item in batch])
        for request in (
            SearchRequest(tenant="acme", query=query),
            SearchRequest(tenant="northwind", query=Everything()),
        ):
            assert search.search(request) == brute.search(request)


# --- what only the file can show ----------------------------------------------------------------


def test_an_erased_word_stays_nowhere_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "threadline.db"
    search, connection = sqlite_search(str(path))
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
    search, connection = sqlite_search()
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
    writer, connection = sqlite_search(path)
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
    search, _ = sqlite_search()
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
    search, connection = sqlite_search()
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
    search, connection = sqlite_search(path)
    connection.set_busy_timeout(1)
    other = apsw.Connection(path)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable):
        search.apply([tagged("refund")])
    other.close()
    connection.close()
