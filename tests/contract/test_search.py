"""Every index gives the same answers: one suite, and generated queries against brute force."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.search.base import Search, SearchRequest
from infra.search.memory import MemorySearch
from infra.search.versions import Ids, compare
from processors.query import parse
from processors.query.ast import Everything, Query, Words
from schemas.base import encode
from schemas.errors import InvalidEvent, QueryError, Unavailable
from schemas.events import Channel, Role
from schemas.search import Order, SearchPage
from schemas.utterance import Tagged
from tests.contract.search_cases import (
    MONDAY,
    corpora,
    every_distance,
    every_short_text,
    library,
    one_time_per_version,
    queries,
    tagged,
    utterances,
)
from tests.contract.search_indices import SERVERS, at_once, server_search, sqlite_search

pytestmark = pytest.mark.contract
Ask = Callable[..., SearchPage]


@pytest.fixture(scope="module")
def open_index(request: pytest.FixtureRequest) -> Iterator[Callable[[str], Search]]:
    """Open an index by name: one of each for the whole module, emptied at every call."""
    kept: dict[str, Search] = {}
    with ExitStack() as stack:

        def opened(name: str) -> Search:
            if name == "memory":
                return MemorySearch()
            if name not in kept and name in SERVERS:
                url = request.getfixturevalue(f"{name}_url")
                kept[name] = stack.enter_context(server_search(url))
            elif name not in kept:
                kept[name] = stack.enter_context(sqlite_search())
            kept[name].clear()
            return kept[name]

        yield opened


@pytest.fixture(params=["memory", "fts5", *SERVERS])
def index(request: pytest.FixtureRequest, open_index: Callable[[str], Search]) -> Search:
    return open_index(request.param)


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


def test_pages_are_written_alike_by_every_index(index: Search, ask: Ask) -> None:
    index.apply([tagged(f"refund {n}", id_=f"u-{n}", score=0.0, start_s=0.0) for n in range(3)])
    brute = MemorySearch()
    brute.apply([tagged(f"refund {n}", id_=f"u-{n}", score=0.0, start_s=0.0) for n in range(3)])
    for order in Order:
        request = SearchRequest("acme", parse("channel:chat", MONDAY), order)
        assert encode(index.search(request)) == encode(brute.search(request))


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


def test_versions_name_everything_that_is_indexed_once(index: Search) -> None:
    index.apply([tagged("one", id_="a"), tagged("two", id_="b", version=7)])
    index.apply([tagged("three", id_="c", tenant="northwind"), tagged("four", id_="a", version=2)])
    assert sorted(index.versions()) == [("a", 2), ("b", 7), ("c", 1)]
    index.forget(["b"])
    assert sorted(index.versions()) == [("a", 2), ("c", 1)]


def test_a_version_of_another_month_replaces_what_is_older_in_any_order(
    index: Search, ask: Ask
) -> None:
    october = MONDAY - timedelta(days=30)
    index.apply([tagged("first words", id_="forth", at=october)])
    index.apply([tagged("second words", id_="forth", at=MONDAY, version=2)])
    index.apply([tagged("second words", id_="back", at=MONDAY, version=2)])
    index.apply([tagged("first words", id_="back", at=october)])
    assert texts_of(ask("words")) == ["second words", "second words"]
    index.forget(["forth", "back"])
    assert ask("words").total == 0
    index.apply([tagged("new words", id_="forth", at=october)])
    assert texts_of(ask("words")) == ["new words"]


def test_renewing_leaves_what_the_store_has_and_nothing_else(index: Search, ask: Ask) -> None:
    kept, changed = tagged("refund kept", id_="a"), tagged("refund changed", id_="b", version=2)
    index.apply([kept, tagged("refund old", id_="b"), tagged("refund stray", id_="c")])
    index.renew([[kept], [changed], []], lambda *_: None)
    assert sorted(texts_of(ask("refund"))) == ["refund changed", "refund kept"]
    assert sorted(index.versions()) == [("a", 1), ("b", 2)]
    index.apply([tagged("refund later", id_="d")])
    assert ask("refund").total == 3


def test_what_fails_while_renewing_leaves_the_index_as_it_was(index: Search, ask: Ask) -> None:
    def broken() -> Iterator[list[Tagged]]:
        yield [tagged("refund new", id_="b")]
        raise Unavailable

    index.apply([tagged("refund", id_="a")])
    with pytest.raises(Unavailable):
        index.renew(broken(), lambda *_: None)
    assert texts_of(ask("refund")) == ["refund"]
    index.renew([[tagged("refund anew", id_="b")]], lambda *_: None)
    assert texts_of(ask("refund")) == ["refund anew"]


def test_a_comparison_names_what_is_missing_older_newer_and_extra(index: Search) -> None:
    index.apply(
        [
            tagged("same", id_="same"),
            tagged("old", id_="older"),
            tagged("new", id_="newer", version=9),
            tagged("stray", id_="extra"),
        ]
    )
    stored = [
        tagged("same", id_="same"),
        tagged("old", id_="older", version=2),
        tagged("new", id_="newer", version=8),
        tagged("lost", id_="missing"),
    ]
    found = compare([stored[:2], stored[2:]], index)
    assert found.stored == 4
    assert {kind: ids.ids for kind, ids in found.kinds()} == {
        kind: [kind] for kind in ("missing", "older", "newer", "extra")
    }
    assert list(compare([[tagged("same", id_="same")]], MemorySearch()).kinds()) == [
        ("missing", Ids(1, ["same"]))
    ]


# --- generated queries against brute force ------------------------------------------------------

INDICES = pytest.mark.parametrize("name", ["fts5", *SERVERS])


def fill(index: Search, batches: Sequence[Sequence[Tagged]]) -> MemorySearch:
    """Write the same into an index and into one that is searched by brute force."""
    brute = MemorySearch()
    for batch in batches:
        brute.apply(batch)
        with at_once(index):
            index.apply(batch)
    return brute


def check_query(index: Search, brute: MemorySearch, query: Query) -> None:
    for limit in (300, 2):
        request = SearchRequest(tenant="acme", query=query, limit=limit)
        assert index.search(request) == brute.search(request)
    best = SearchRequest(tenant="acme", query=query, limit=300, order=Order.BEST)
    assert index.search(best) == brute.search(best)


@pytest.fixture(scope="module")
def sqlite_library() -> Iterator[tuple[Search, MemorySearch]]:
    with sqlite_search() as index:
        yield index, fill(index, [library()])


@settings(max_examples=250, deadline=None)
@given(query=queries)
def test_sqlite_answers_generated_queries_as_brute_force_does(
    sqlite_library: tuple[Search, MemorySearch], query: Query
) -> None:
    check_query(*sqlite_library, query)


@pytest.fixture(scope="module", params=SERVERS)
def server_library(request: pytest.FixtureRequest) -> Iterator[tuple[Search, MemorySearch]]:
    with server_search(request.getfixturevalue(f"{request.param}_url")) as index:
        yield index, fill(index, [library()])


@settings(max_examples=150, deadline=None)
@given(query=queries)
def test_servers_answer_generated_queries_as_brute_force_does(
    server_library: tuple[Search, MemorySearch], query: Query
) -> None:
    check_query(*server_library, query)


@INDICES
def test_words_in_between_are_counted_as_by_brute_force(
    name: str, open_index: Callable[[str], Search]
) -> None:
    search = open_index(name)
    brute = fill(search, [every_short_text()])
    for query in every_distance():
        request = SearchRequest(tenant="acme", query=query, limit=400)
        assert search.search(request) == brute.search(request), query


def check_scores(search: Search, corpus: list[Tagged], word: str) -> None:
    brute = fill(search, [corpus])
    request = SearchRequest(tenant="acme", query=Words(word), limit=100, order=Order.BEST)
    ours, theirs = search.search(request), brute.search(request)
    assert [hit.utterance for hit in ours.hits] == [hit.utterance for hit in theirs.hits]
    assert [hit.score for hit in ours.hits] == pytest.approx([hit.score for hit in theirs.hits])


SCORED = given(corpora.map(one_time_per_version), st.sampled_from(("refund", "e-mail", "请")))
FOLLOWED = given(
    st.lists(
        st.one_of(
            corpora.map(lambda batch: ("apply", one_time_per_version(batch))),
            st.lists(utterances, max_size=5).map(lambda gone: ("forget", gone)),
        ),
        max_size=6,
    ),
    queries,
)


@settings(max_examples=60, deadline=None)
@SCORED
def test_sqlite_scores_a_single_text_as_brute_force_does(corpus: list[Tagged], word: str) -> None:
    with sqlite_search() as search:
        check_scores(search, corpus, word)


@pytest.mark.parametrize("name", SERVERS)
@settings(max_examples=12, deadline=None)
@SCORED
def test_servers_score_a_single_text_as_brute_force_does(
    name: str, open_index: Callable[[str], Search], corpus: list[Tagged], word: str
) -> None:
    check_scores(open_index(name), corpus, word)


def check_following(search: Search, steps: list[tuple[str, list[Tagged]]], query: Query) -> None:
    brute = MemorySearch()
    for verb, batch in steps:
        for index in (brute, search):
            with at_once(index):
                if verb == "apply":
                    index.apply(batch)
                else:
                    index.forget([item.utterance.id for item in batch])
        for request in (
            SearchRequest(tenant="acme", query=query),
            SearchRequest(tenant="northwind", query=Everything()),
        ):
            assert search.search(request) == brute.search(request)
    assert sorted(search.versions()) == sorted(brute.versions())


@settings(max_examples=60, deadline=None)
@FOLLOWED
def test_sqlite_follows_upserts_and_erasure_while_it_is_searched(
    steps: list[tuple[str, list[Tagged]]], query: Query
) -> None:
    with sqlite_search() as search:
        check_following(search, steps, query)


@pytest.mark.parametrize("name", SERVERS)
@settings(max_examples=12, deadline=None)
@FOLLOWED
def test_servers_follow_upserts_and_erasure_while_they_are_searched(
    name: str,
    open_index: Callable[[str], Search],
    steps: list[tuple[str, list[Tagged]]],
    query: Query,
) -> None:
    check_following(open_index(name), steps, query)
