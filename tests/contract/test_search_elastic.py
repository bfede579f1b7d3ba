"""What only a search server can show: months, generations, refusals, rebuilding under load."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from elasticsearch import Elasticsearch

import infra.search.elastic_generations as elastic_generations
import infra.search.elastic_query as elastic_query
import infra.search.elastic_reader as elastic_reader
import infra.search.elastic_rebuild as elastic_rebuild
import infra.search.elastic_setup as elastic_setup
from infra.search.base import SearchRequest
from infra.search.elastic import ElasticSearch
from infra.search.elastic_client import connect
from infra.search.memory import MemorySearch
from processors.query.ast import And, Everything, Is, Not, Or, Query, Words
from schemas.errors import ConfigError, Conflict, QueryError, Refused, Unavailable
from schemas.search import Order, SearchPage
from schemas.utterance import Tagged
from tests.contract.search_cases import MONDAY, tagged
from tests.contract.search_indices import SERVERS, server_index

pytestmark = pytest.mark.contract
REFUND = SearchRequest(tenant="acme", query=Words("refund"), limit=100)


class Server:
    """An index of the test's own, how to open it again, and a bare client."""

    def __init__(self, url: str, prefix: str) -> None:
        self.url, self.prefix = url, prefix
        self.client: Elasticsearch = connect(url).client
        self.search = self.again()

    def again(self) -> ElasticSearch:
        return ElasticSearch(f"{self.url}?prefix={self.prefix}", refresh="true")

    def indices(self) -> list[str]:
        found = self.client.indices.get_alias(index=f"{self.prefix}-*")
        return sorted(name.removeprefix(self.prefix) for name in found)


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    url = request.getfixturevalue(f"{request.param}_url")
    with server_index(url) as prefix:
        yield Server(url, prefix)


def found(search: ElasticSearch, query: Query = REFUND.query) -> list[str]:
    page = search.search(SearchRequest(tenant="acme", query=query, limit=100))
    return sorted(hit.utterance for hit in page.hits)


def numbered(count: int, start: int = 0) -> list[Tagged]:
    return [tagged(f"refund {n}", id_=f"u-{n:03}") for n in range(start, start + count)]


# --- indices ------------------------------------------------------------------------------------


def test_every_month_has_an_index_and_stray_dates_share_two(server: Server) -> None:
    years = (1, 1970, 1999, 2026, 2100, 9999)
    times = [MONDAY.replace(year=year) for year in years] + [MONDAY - timedelta(days=30)]
    server.search.apply([tagged("refund", id_=f"u-{n}", at=at) for n, at in enumerate(times)])
    assert server.indices() == [
        "-homes-1",
        *(f"-utt-1-{month}" for month in ("1999-12", "2026-10", "2026-11", "2100-01")),
    ]
    page = server.search.search(REFUND)
    assert [hit.at for hit in page.hits] == sorted(times, reverse=True)
    assert [day.day for day in page.days] == sorted(at.date() for at in times)


def test_an_index_that_was_never_set_up_is_a_configuration_error(server: Server) -> None:
    search = ElasticSearch(f"{server.url}?prefix=never")
    for use in (lambda: search.apply(numbered(1)), lambda: search.search(REFUND)):
        with pytest.raises(ConfigError, match="never"):
            use()


def test_what_a_newer_version_wrote_is_refused(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.search.apply(numbered(1))
    server.search.migrate()
    monkeypatch.setattr(elastic_setup, "SCHEMA_VERSION", 0)
    with pytest.raises(ConfigError, match="newer version"):
        server.search.migrate()
    name = f"{server.prefix}-utt"
    held = server.client.indices.get_index_template(name=name)["index_templates"][0]
    patterns = held["index_template"]["index_patterns"]
    server.client.indices.put_index_template(name=name, index_patterns=patterns, version=999)
    with pytest.raises(ConfigError, match="newer version"):
        server.search.migrate()


def test_text_of_another_analyser_is_refused_until_it_is_indexed_anew(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.search.apply(numbered(2))
    index = f"{server.prefix}-utt-1-2026-11"
    server.client.indices.put_mapping(index=index, meta={"schema": 1, "analyser": 0})
    again = server.again()
    for use in (lambda: again.apply(numbered(1)), lambda: again.search(REFUND)):
        with pytest.raises(ConfigError, match="threadline index rebuild"):
            use()
    again.renew([numbered(2)], lambda *_: None)
    assert found(again) == ["u-000", "u-001"]


def test_many_writers_may_open_a_month_at_once(server: Server) -> None:
    writers = [server.again() for _ in range(4)]
    failed: list[BaseException] = []

    def write(number: int) -> None:
        try:
            writers[number].migrate()
            writers[number].apply(numbered(5, number * 5))
        except BaseException as error:  # noqa: BLE001  # told to the main thread
            failed.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert found(server.search) == [f"u-{n:03}" for n in range(20)]


# --- trouble ------------------------------------------------------------------------------------


def test_a_document_that_is_refused_is_named_and_the_others_are_indexed(server: Server) -> None:
    endless = tagged("refund", id_="endless", contact_type="x" * 40_000)
    with pytest.raises(Refused) as refused:
        server.search.apply([tagged("refund", id_="a"), endless, tagged("refund", id_="b")])
    assert refused.value.reasons.keys() == {"endless"}
    assert "xxxx" not in refused.value.reasons["endless"].partition("prefix of")[0]
    assert found(server.search) == ["a", "b"]


def test_a_rebuild_goes_on_without_what_is_refused_and_names_it(server: Server) -> None:
    endless = tagged("refund", id_="endless", contact_type="x" * 40_000)
    with pytest.raises(Refused) as refused:
        server.search.renew([[tagged("refund", id_="a"), endless]], lambda *_: None)
    assert refused.value.reasons.keys() == {"endless"}
    assert found(server.search) == ["a"]
    assert {name.split("-")[2] for name in server.indices()} == {"2"}


def test_a_server_that_is_busy_is_asked_again_and_given_up_after_a_while(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.search.apply(numbered(1))
    index = f"{server.prefix}-utt-1-2026-11"

    def block(on: bool | None) -> None:
        # What a server does to itself when its disk is nearly full; it then answers 429.
        settings = {"index.blocks.read_only_allow_delete": on}
        server.client.indices.put_settings(index=index, settings=settings)

    block(True)
    release = threading.Timer(0.5, block, (None,))
    release.start()
    server.search.apply(numbered(1, 1))
    release.join()
    assert found(server.search) == ["u-000", "u-001"]
    block(True)
    monkeypatch.setattr("infra.search.elastic_bulk.RETRIES", 1)
    with pytest.raises(Unavailable, match="429"):
        server.search.apply(numbered(1, 2))
    block(None)


def test_a_server_that_is_away_is_unavailable_and_no_secret_is_told() -> None:
    search = ElasticSearch("elasticsearch+http://ana:hush%40@127.0.0.1:9")
    for use in (search.migrate, lambda: search.search(REFUND)):
        with pytest.raises(Unavailable) as error:
            use()
        assert "hush" not in f"{error.value!r}{search!r}"


def test_opensearch_that_is_called_elasticsearch_is_a_configuration_error(
    opensearch_url: str,
) -> None:
    search = ElasticSearch(opensearch_url.replace("opensearch+", "elasticsearch+"))
    with pytest.raises(ConfigError):
        search.migrate()


def test_a_query_nested_very_deeply_is_answered_or_refused_as_such(server: Server) -> None:
    brute = MemorySearch()
    for index in (brute, server.search):
        index.apply(numbered(1))
    query: Query = Is("channel", "chat")
    for _ in range(25):
        query = Or((Not(And((query, Words("refund")))), Words("other")))
    request = SearchRequest(tenant="acme", query=query)
    if server.url.startswith("opensearch"):
        assert server.search.search(request) == brute.search(request)
    else:
        with pytest.raises(QueryError, match="nested"):
            server.search.search(request)


# --- many hits ----------------------------------------------------------------------------------


def test_pages_by_match_show_every_hit_once_over_blocks_and_end_with_a_note(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elastic_reader, "BLOCK", 4)
    server.search.apply(
        [tagged("refund " * (1 + n % 5) + "word", id_=f"u-{n:03}") for n in range(30)]
    )

    def pages(limit: int) -> tuple[list[str], SearchPage]:
        seen: list[str] = []
        cursor = None
        while True:
            request = SearchRequest("acme", REFUND.query, Order.BEST, limit, cursor)
            page = server.search.search(request)
            seen += [hit.utterance for hit in page.hits]
            cursor = page.next
            if cursor is None:
                return seen, page

    for limit in (3, 4, 7, 30):
        seen, page = pages(limit)
        assert sorted(seen) == [f"u-{n:03}" for n in range(30)]
        assert (page.total, page.note) == (30, None)
    monkeypatch.setattr(elastic_reader, "RANKED", 12)
    seen, page = pages(5)
    assert len(set(seen)) == 12
    assert (page.total, page.note) == (30, "lists the best 12 of 30")


def test_a_search_may_be_narrowed_to_more_interactions_than_one_list_takes(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elastic_query, "MOST_VALUES", 3)
    server.search.apply([tagged("refund", id_=f"u-{n}", interaction=f"i-{n}") for n in range(12)])
    among = frozenset(f"i-{n}" for n in range(2, 12))
    request = SearchRequest("acme", Everything(), interactions=among)
    assert server.search.search(request).total == 10


# --- rebuilding ---------------------------------------------------------------------------------


@pytest.fixture
def never_looks(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let writers believe for an hour what they once saw."""
    return lambda: monkeypatch.setattr(elastic_generations, "REMEMBERED_S", 3600)


def test_what_is_written_and_searched_during_a_rebuild_is_never_missing(server: Server) -> None:
    store = {one.utterance.id: one for one in numbered(40)}
    server.search.apply(list(store.values()))
    writer, reader, stop = server.again(), server.again(), threading.Event()
    totals: list[int] = []
    applied: list[int] = []

    def write() -> None:
        while not stop.is_set():
            one = numbered(1, len(store))
            store[one[0].utterance.id] = one[0]
            writer.apply(one)
            applied.append(len(store))

    def read() -> None:
        while not stop.is_set():
            least = applied[-1] if applied else 40
            total = reader.search(REFUND).total
            totals.append(total - least)

    def batches() -> Iterator[list[Tagged]]:
        held = list(store.values())
        for first in range(0, len(held), 10):
            time.sleep(0.05)
            yield held[first : first + 10]

    threads = [threading.Thread(target=write), threading.Thread(target=read)]
    for thread in threads:
        thread.start()
    server.search.renew(batches(), lambda _tenant, _interaction, id_: store[id_])
    time.sleep(0.3)
    stop.set()
    for thread in threads:
        thread.join()
    assert len(applied) > 5
    assert min(totals) >= 0
    assert sorted(server.search.versions()) == sorted((id_, 1) for id_ in store)
    assert {name.split("-")[2] for name in server.indices()} == {"2"}


def test_a_writer_that_looks_too_late_loses_nothing(
    server: Server, never_looks: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = server.again()
    writer.apply(numbered(2))
    never_looks()
    monkeypatch.setattr(elastic_rebuild, "REMEMBERED_S", 0)
    late = numbered(1, 2)[0]

    def batches() -> Iterator[list[Tagged]]:
        yield numbered(2)
        writer.apply([late])

    server.search.renew(batches(), lambda *place: late if place[2] == "u-002" else None)
    assert found(server.search) == ["u-000", "u-001", "u-002"]
    writer.apply(numbered(1, 3))
    writer.apply([tagged("refund", id_="other", at=MONDAY + timedelta(days=40))])
    assert found(server.search) == ["other", "u-000", "u-001", "u-002", "u-003"]
    assert found(server.search) == found(writer)


def test_a_rebuild_that_was_killed_leaves_the_index_and_the_next_one_cleans_up(
    server: Server,
) -> None:
    server.search.apply(numbered(3))
    generations = elastic_generations.Generations(connect(f"{server.url}?prefix={server.prefix}"))
    half = generations.open_next()
    generations.ensure(half, ["2026-11"])
    assert found(server.search) == ["u-000", "u-001", "u-002"]
    server.search.renew([numbered(2)], lambda *_: None)
    assert found(server.search) == ["u-000", "u-001"]
    assert {name.split("-")[2] for name in server.indices()} == {"3"}


def test_of_two_rebuilds_the_later_one_goes_on(server: Server) -> None:
    server.search.apply(numbered(1))
    other = server.again()

    def batches() -> Iterator[list[Tagged]]:
        yield numbered(1)
        other.renew([numbered(5)], lambda *_: None)
        yield numbered(1)

    with pytest.raises(Conflict, match="another rebuild"):
        server.search.renew(batches(), lambda *_: None)
    assert len(found(server.search)) == 5


def test_removing_everything_leaves_later_writers_a_place(server: Server) -> None:
    other = server.again()
    other.apply(numbered(2))
    server.search.clear()
    assert found(other) == []
    other.apply(numbered(3))
    assert found(server.search) == ["u-000", "u-001", "u-002"]


def test_an_utterance_of_another_year_keeps_its_place_over_a_rebuild(server: Server) -> None:
    moved = datetime(2025, 1, 5, tzinfo=MONDAY.tzinfo)
    later = tagged("refund later", id_="u", at=moved, version=2)
    server.search.apply([tagged("refund", id_="u")])
    server.search.apply([later])
    server.search.renew([[later]], lambda *_: None)
    server.search.apply([tagged("refund", id_="u")])
    page = server.search.search(REFUND)
    assert [(hit.text, hit.at) for hit in page.hits] == [("refund later", moved)]
