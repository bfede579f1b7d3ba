"""What every store promises: all of a batch or nothing, fences, and rows that never grow older."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.sqlite import Database
from infra.store.base import Admission, Cursor, Store
from infra.store.memory import MemoryStore
from infra.store.sqlite import SqliteStore
from infra.store.sqlite_reader import SqliteViews
from schemas.alert import Alert
from schemas.base import Contract
from schemas.errors import ConfigError, Conflict, Unavailable
from schemas.events import Channel, Party, Role
from schemas.identity import Customer, CustomerChange
from schemas.interaction import Interaction
from schemas.ledger import DeadLetter, LedgerEntry
from schemas.topics import (
    ALERTS,
    CONVERSATIONS,
    CUSTOMERS,
    DEAD_LETTERS,
    LEDGER,
    TAGGED,
    Topic,
)
from schemas.utterance import Insights, Sentiment, Tagged, Utterance

pytestmark = pytest.mark.contract

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
ANA, BO = "email:ana@example.com", "email:bo@example.com"


def interaction(id: str = "i1", revision: int = 1, **fields: Any) -> Interaction:
    base: dict[str, Any] = {
        "tenant": "acme", "reference": id, "source": "test", "channel": Channel.CHAT,
        "started_at": AT, "ended_at": AT + timedelta(minutes=2), "identifiers": (ANA,),
    }  # fmt: skip
    return Interaction(id=id, revision=revision, **{**base, **fields})


def tagged(id: str = "u1", version: int = 1, minute: int = 0, text: str = "hello") -> Tagged:
    said = Utterance(
        id=id, interaction="i1", tenant="acme", channel=Channel.CHAT,
        at=AT + timedelta(minutes=minute), party=Party(role=Role.CUSTOMER), text=text,
        version=version,
    )  # fmt: skip
    return Tagged(utterance=said, insights=Insights(engine="test/1"))


def customer(
    id: str, *identifiers: str, revision: int = 1, aliases: tuple[str, ...] = ()
) -> Customer:
    return Customer(
        id=id, tenant="acme", identifiers=identifiers, since=AT, revision=revision, aliases=aliases
    )


def change(*customers: Customer, gone: tuple[str, ...] = ()) -> CustomerChange:
    return CustomerChange(tenant="acme", customers=customers, gone=gone)


def alert(id: str = "a1", revision: int = 1, hours: int = 0) -> Alert:
    fired = AT + timedelta(hours=hours)
    return Alert(
        id=id, tenant="acme", rule="spike", segment="all", started_at=AT, fired_at=fired,
        state="cleared" if revision > 1 else "firing", revision=revision,
    )  # fmt: skip


def entry(interaction: str = "i1", revision: int = 1) -> LedgerEntry:
    return LedgerEntry(tenant="acme", interaction=interaction, revision=revision)


def letter(id: str = "d1", attempt: int = 1) -> DeadLetter:
    return DeadLetter(
        id=id, tenant="acme", stage="tag", topic="utterances", offset=3, reason="bad",
        error="bad", attempt=attempt, data=b"\x00\xff",
    )  # fmt: skip


def write(store: Store, topic: Topic, *values: Contract) -> None:
    with store.transaction():
        store.materialise(topic, values)


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "memory":
        yield MemoryStore()
        return
    database = Database(tmp_path / "store.db")
    database.migrate()
    yield SqliteStore(database)
    database.close()


@pytest.fixture
def read(store: Store, tmp_path: Path) -> Callable[[Topic, str], Contract | None]:
    """Read one row of a view, by topic and id."""
    if isinstance(store, MemoryStore):
        return lambda topic, key: store.rows.get(topic.name, {}).get(key, (0, None))[1]
    views = SqliteViews(tmp_path / "store.db")
    found: dict[str, Callable[[str], Contract | None]] = {
        "conversations": lambda key: views.interaction("acme", key),
        "tagged": lambda key: {t.utterance.id: t for t in views.utterances("acme", "i1")}.get(key),
        "customers": lambda key: {c.id: c for c in views.customers("acme")}.get(key),
        "alerts": lambda key: views.alert("acme", key),
        "ledger": lambda key: {
            f"acme/{e.interaction}": e for e in views.ledger("acme")
        }.get(key),
        "dead-letters": views.dead_letter,
    }  # fmt: skip
    return lambda topic, key: found[topic.name](key)


Read = Callable[[Topic, str], Contract | None]


class TestStore:
    """The same promises, whoever keeps the rows."""

    def test_state_is_saved_loaded_and_forgotten_per_stage(self, store: Store) -> None:
        with store.transaction():
            store.save("tag", {"a": b"1", "b": b"2", "c": b""})
            store.save("watch", {"a": b"3"})
        assert store.load("tag", ["a", "b", "c", "x"]) == {"a": b"1", "b": b"2", "c": b""}
        with store.transaction():
            store.save("tag", {"a": None, "b": b"4", "never": None})
        assert store.load("tag", ["a", "b", "never"]) == {"b": b"4"}
        assert store.load("watch", ["a"]) == {"a": b"3"}
        assert store.load("watch", []) == {}

    def test_keys_of_any_text_and_many_at_once_are_found(self, store: Store) -> None:
        keys = [f"tenant/{n}/'\"\\ ü\u2028" for n in range(2000)]
        with store.transaction():
            store.save("tag", {key: key.encode() for key in keys})
        assert store.load("tag", keys) == {key: key.encode() for key in keys}

    def test_an_input_comes_in_once_and_another_content_under_its_id_not_at_all(
        self, store: Store
    ) -> None:
        with store.transaction():
            assert store.admit([]) == []
            assert store.admit([("a", "1"), ("a", "1"), ("b", "1")]) == [
                Admission.NEW,
                Admission.KNOWN,
                Admission.NEW,
            ]
        with store.transaction():
            assert store.admit([("a", "1"), ("b", "2"), ("c", "3"), ("c", "4")]) == [
                Admission.KNOWN,
                Admission.REUSED,
                Admission.NEW,
                Admission.REUSED,
            ]

    def test_an_input_of_a_transaction_that_failed_is_new_again(self, store: Store) -> None:
        with pytest.raises(ZeroDivisionError), store.transaction():  # noqa: PT012  # a transaction has many
            store.admit([("a", "1")])
            raise ZeroDivisionError
        with store.transaction():
            assert store.admit([("a", "2")]) == [Admission.NEW]

    def test_a_fence_holds_for_the_partitions_that_it_names_and_for_no_other(
        self, store: Store
    ) -> None:
        with store.transaction():
            store.advance("tag", {"t/0": None, "u/0": None}, {"t/0": 3})
        with store.transaction():
            store.advance("tag", {"t/1": None, "u/1": None}, {"u/1": 7})
        with pytest.raises(Conflict), store.transaction():
            store.advance("tag", {"u/0": None, "t/0": 2}, {"u/0": 1})
        with pytest.raises(Conflict), store.transaction():
            store.advance("tag", {"u/1": None}, {"t/2": 1})
        with pytest.raises(Conflict), store.transaction():
            store.advance("tag", {}, {"t/0": 4})
        assert store.positions("tag") == {"t/0": 3, "u/1": 7}

    def test_a_stage_rewinds_to_what_it_has_passed_and_never_ahead(self, store: Store) -> None:
        with store.transaction():
            store.advance("tag", {}, {"a": 3, "b": 5})
        with store.transaction():
            store.rewind("tag", {"a": 9, "b": 2, "c": 1})
        assert store.positions("tag") == {"a": 3, "b": 2}

    def test_positions_start_empty_and_move_by_partition(self, store: Store) -> None:
        assert store.positions("tag") == {}
        with store.transaction():
            store.advance("tag", {}, {"a": 3})
        with store.transaction():
            store.advance("tag", {"a": 3}, {"a": 3, "b": 1})
        assert store.positions("tag") == {"a": 3, "b": 1}
        assert store.positions("watch") == {}

    @pytest.mark.parametrize("stale", [{}, {"a": 2}, {"a": 3, "b": 1}, {"b": 3}])
    def test_a_stale_fence_is_a_conflict_and_nothing_of_its_batch_stays(
        self, store: Store, read: Read, stale: dict[str, int]
    ) -> None:
        with store.transaction():
            store.advance("tag", {}, {"a": 3})
        with pytest.raises(Conflict), store.transaction():  # noqa: PT012  # a transaction has many
            store.save("tag", {"k": b"late"})
            store.materialise(LEDGER, [entry()])
            store.advance("tag", stale, {"a": 9})
        assert store.positions("tag") == {"a": 3}
        assert store.load("tag", ["k"]) == {}
        assert read(LEDGER, "acme/i1") is None

    def test_a_transaction_that_fails_leaves_everything_as_it_was(
        self, store: Store, read: Read
    ) -> None:
        write(store, CONVERSATIONS, interaction(revision=1))
        with store.transaction():
            store.save("tag", {"k": b"1"})
            store.materialise(DEAD_LETTERS, [letter("d0")])
        with pytest.raises(ZeroDivisionError), store.transaction():  # noqa: PT012  # a transaction has many
            store.advance("tag", {}, {"a": 1})
            store.save("tag", {"k": None})
            store.materialise(CONVERSATIONS, [interaction(revision=2)])
            store.materialise(TAGGED, [tagged()])
            store.materialise(CUSTOMERS, [change(customer("c1", ANA))])
            store.materialise(ALERTS, [alert()])
            store.settle("d0")
            store.mark_sent("n1")
            store.reset(["tag"], [CONVERSATIONS])
            raise ZeroDivisionError
        assert store.positions("tag") == {}
        assert store.load("tag", ["k"]) == {"k": b"1"}
        assert read(CONVERSATIONS, "i1") == interaction(revision=1)
        assert read(DEAD_LETTERS, "d0") == letter("d0")
        assert not store.is_sent("n1")
        for topic, key in ((TAGGED, "u1"), (CUSTOMERS, "c1"), (ALERTS, "a1")):
            assert read(topic, key) is None

    def test_a_transaction_inside_another_is_part_of_it(self, store: Store) -> None:
        with pytest.raises(ZeroDivisionError), store.transaction():  # noqa: PT012  # a transaction has many
            with store.transaction():
                store.save("tag", {"k": b"1"})
            raise ZeroDivisionError
        assert store.load("tag", ["k"]) == {}

    @pytest.mark.parametrize(
        ("topic", "key", "old", "new"),
        [
            (CONVERSATIONS, "i1", interaction(revision=3), interaction(revision=4)),
            (TAGGED, "u1", tagged(version=1), tagged(version=2, text="corrected")),
            (ALERTS, "a1", alert(revision=1), alert(revision=2)),
            (LEDGER, "acme/i1", entry(revision=5), entry(revision=6)),
        ],
    )
    def test_an_older_revision_never_wins(
        self, store: Store, read: Read, topic: Topic, key: str, old: Contract, new: Contract
    ) -> None:
        write(store, topic, old)
        assert read(topic, key) == old
        write(store, topic, new, old)
        assert read(topic, key) == new
        write(store, topic, old)
        assert read(topic, key) == new

    def test_of_two_tellings_of_an_utterance_with_one_version_the_first_stays(
        self, store: Store, read: Read
    ) -> None:
        write(store, TAGGED, tagged(text="first"), tagged(text="second"))
        assert read(TAGGED, "u1") == tagged(text="first")

    def test_an_answer_of_the_same_revision_may_take_the_place_of_the_former(
        self, store: Store, read: Read
    ) -> None:
        write(store, CONVERSATIONS, interaction(), interaction(subject="mended"))
        assert read(CONVERSATIONS, "i1") == interaction(subject="mended")

    def test_an_older_cluster_does_not_undo_a_newer_one(self, store: Store, read: Read) -> None:
        newer = customer("c1", ANA, BO, revision=4)
        write(store, CUSTOMERS, change(newer), change(customer("c1", ANA, revision=3)))
        assert read(CUSTOMERS, "c1") == newer

    def test_a_customer_who_is_gone_is_gone(self, store: Store, read: Read) -> None:
        write(store, CUSTOMERS, change(customer("c1", ANA), customer("c2", BO)))
        write(store, CUSTOMERS, change(customer("c1", ANA, BO, revision=2), gone=("c2",)))
        assert read(CUSTOMERS, "c2") is None

    def test_answers_of_engines_are_remembered(self, store: Store) -> None:
        assert store.recall("k") is None
        store.remember({"k": b"1", "l": b"2"})
        store.remember({"k": b"3"})
        store.remember({})
        assert (store.recall("k"), store.recall("l")) == (b"3", b"2")

    def test_a_notification_is_marked_as_sent_for_good(self, store: Store) -> None:
        for _ in range(2):
            with store.transaction():
                store.mark_sent("n1")
        with store.transaction():
            store.reset(["notify", "watch"], [ALERTS])
        assert store.is_sent("n1")
        assert not store.is_sent("n2")

    def test_a_settled_dead_letter_is_off_the_list_and_may_come_again(
        self, store: Store, read: Read
    ) -> None:
        write(store, DEAD_LETTERS, letter())
        with store.transaction():
            store.settle("d1")
            store.settle("never")
        assert read(DEAD_LETTERS, "d1") is None
        write(store, DEAD_LETTERS, letter(attempt=2))
        assert read(DEAD_LETTERS, "d1") == letter(attempt=2)

    def test_a_reset_forgets_what_these_stages_derived_and_nothing_else(
        self, store: Store, read: Read
    ) -> None:
        write(store, CONVERSATIONS, interaction(revision=9))
        write(store, CUSTOMERS, change(customer("c1", ANA, revision=9)))
        write(store, LEDGER, entry())
        store.remember({"k": b"1"})
        with store.transaction():
            for stage in ("assemble", "resolve", "ledger"):
                store.advance(stage, {}, {"a": 1})
                store.save(stage, {"k": b"1"})
        with store.transaction():
            store.reset(["assemble", "resolve"], [CONVERSATIONS, CUSTOMERS])
        assert store.positions("assemble") == store.positions("resolve") == {}
        assert store.load("assemble", ["k"]) == {}
        assert read(CONVERSATIONS, "i1") is None
        assert read(CUSTOMERS, "c1") is None
        assert store.positions("ledger") == {"a": 1}
        assert store.load("ledger", ["k"]) == {"k": b"1"}
        assert read(LEDGER, "acme/i1") == entry()
        assert store.recall("k") == b"1"
        write(store, CONVERSATIONS, interaction(revision=1))
        assert read(CONVERSATIONS, "i1") == interaction(revision=1)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "home.db")
    database.migrate()
    yield database
    database.close()


@pytest.fixture
def views(database: Database) -> SqliteViews:
    return SqliteViews(database.path)


class TestSqliteViews:
    """What is read equals what was written."""

    def test_a_customer_is_found_by_id_alias_and_identifier_of_their_tenant_alone(
        self, database: Database, views: SqliteViews
    ) -> None:
        kept = customer("c1", ANA, BO, aliases=("c0",))
        write(SqliteStore(database), CUSTOMERS, change(kept))
        for name in ("c1", "c0", ANA, BO):
            assert views.customer("acme", name) == kept
            assert views.customer("other", name) is None
        assert views.customer("acme", "email:cy@example.com") is None
        assert views.tenants() == ["acme"]

    def test_identifiers_follow_customers_through_merge_and_split(
        self, database: Database, views: SqliteViews
    ) -> None:
        store = SqliteStore(database)
        write(store, CUSTOMERS, change(customer("c1", ANA), customer("c2", BO)))
        merged = customer("c1", ANA, BO, revision=2, aliases=("c2",))
        write(store, CUSTOMERS, change(merged, gone=("c2",)))
        assert views.customer("acme", BO) == views.customer("acme", "c2") == merged
        apart = (customer("c2", BO, revision=3), customer("c1", ANA, revision=3))
        for order in (apart, apart[::-1]):
            write(store, CUSTOMERS, change(merged, gone=("c2",)))
            write(store, CUSTOMERS, change(*order))
            assert views.customer("acme", BO) == views.customer("acme", "c2") == apart[0]
            assert views.customer("acme", ANA) == views.customer("acme", "c1") == apart[1]

    def test_utterances_come_in_time_order_and_interactions_by_tenant(
        self, database: Database, views: SqliteViews
    ) -> None:
        store = SqliteStore(database)
        said = [tagged("u3", minute=1), tagged("u2", minute=2), tagged("u1", minute=2)]
        write(store, TAGGED, *said)
        write(store, CONVERSATIONS, interaction())
        assert views.utterances("acme", "i1") == [said[0], said[2], said[1]]
        assert views.utterances("other", "i1") == []
        assert views.interaction("other", "i1") is None
        assert list(views.all_interactions("acme")) == [interaction()]
        assert dict(views.durations("acme")) == {"i1": 120.0}

    def test_an_interaction_whose_parties_and_time_change_moves_on_every_timeline(
        self, database: Database, views: SqliteViews
    ) -> None:
        store = SqliteStore(database)
        write(store, CONVERSATIONS, interaction(identifiers=(ANA, BO)))
        moved = interaction(revision=2, identifiers=(BO,), started_at=AT - timedelta(days=1))
        write(store, CONVERSATIONS, moved)
        assert views.timeline("acme", [ANA], None, 5) == []
        assert views.timeline("acme", [ANA, BO], None, 5) == [moved]
        assert views.interactions_of("acme", [BO]) == {"i1"}
        assert database.value("SELECT count(*) FROM interaction_party") == 1

    def test_alerts_are_newest_first_and_dead_letters_keep_their_bytes(
        self, database: Database, views: SqliteViews
    ) -> None:
        store = SqliteStore(database)
        raised = [alert(f"a{n}", hours=n) for n in range(3)]
        write(store, ALERTS, *raised)
        write(store, DEAD_LETTERS, letter("d2"), letter("d1"))
        assert views.alerts("acme", 2) == raised[:0:-1]
        assert views.dead_letters(9) == [letter("d1"), letter("d2")]

    def test_the_overview_counts_per_day_and_channel_over_the_newest_days(
        self, database: Database, views: SqliteViews
    ) -> None:
        mood = Sentiment(negative=0.8, neutral=0.1, positive=0.1)
        days = [
            interaction("i0", started_at=AT - timedelta(days=3)),
            interaction("i1", negative=True, sentiment=mood),
            interaction("i2"),
            interaction("i3", channel=Channel.SMS),
        ]
        write(SqliteStore(database), CONVERSATIONS, *days)
        counted = views.overview("acme", 2)
        assert [tuple(row) for row in counted] == [
            ("2026-11-02", "chat", 2, 1, -0.7),
            ("2026-11-02", "sms", 1, 0, None),
        ]
        assert next(row.day for row in views.overview("acme", 4)) == "2026-10-30"


PLACES = st.lists(
    st.tuples(st.integers(0, 4), st.sampled_from([(ANA,), (BO,), (ANA, BO), ()])), max_size=25
)


@given(PLACES, st.integers(1, 6))
def test_paging_through_a_timeline_shows_everything_once_even_over_ties(
    places: list[tuple[int, tuple[str, ...]]], limit: int
) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        database = Database(Path(folder) / "home.db")
        database.migrate()
        made = [
            interaction(f"i{n:02}", started_at=AT + timedelta(minutes=minute), identifiers=ids)
            for n, (minute, ids) in enumerate(places)
        ]
        write(SqliteStore(database), CONVERSATIONS, *made)
        views = SqliteViews(database.path)
        seen: list[Interaction] = []
        cursor: Cursor | None = None
        while page := views.timeline("acme", [ANA, BO], cursor, limit):
            assert len(page) <= limit
            seen += page
            cursor = Cursor(round(page[-1].started_at.timestamp() * 1000), page[-1].id)
        expected = [one for one in made if one.identifiers]
        assert seen == sorted(expected, key=lambda one: (one.started_at, one.id), reverse=True)
        database.close()


def test_of_two_that_commit_at_once_one_wins_each_time_and_none_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "home.db"
    database = Database(path)
    database.migrate()
    failed: list[BaseException] = []

    def count_up(times: int) -> None:
        try:
            own = Database(path)
            store = SqliteStore(own)
            done = 0
            while done < times:
                expected = store.positions("count")
                held = int(store.load("count", ["sum"]).get("sum", b"0"))
                try:
                    with store.transaction():
                        store.advance("count", expected, {"a": expected.get("a", 0) + 1})
                        store.save("count", {"sum": str(held + 1).encode()})
                except Conflict:
                    continue
                done += 1
            own.close()
        except BaseException as error:  # noqa: BLE001  # told to the main thread
            failed.append(error)

    threads = [threading.Thread(target=count_up, args=(40,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    store = SqliteStore(database)
    assert store.load("count", ["sum"]) == {"sum": b"120"}
    assert store.positions("count") == {"a": 120}
    database.close()


def test_a_full_disk_is_unavailable_and_the_store_works_again_when_there_is_room(
    database: Database,
) -> None:
    store = SqliteStore(database)
    pages = database.value("PRAGMA page_count")
    database.execute(f"PRAGMA max_page_count={pages + 2}")
    with pytest.raises(Unavailable), store.transaction():
        store.save("tag", {f"k{n}": bytes(3000) for n in range(50)})
    database.execute(f"PRAGMA max_page_count={pages + 1000}")
    assert store.load("tag", ["k1"]) == {}
    with store.transaction():
        store.save("tag", {"k1": b"1"})
    assert store.load("tag", ["k1"]) == {"k1": b"1"}


@pytest.mark.parametrize(
    "content", [b"this is no database" * 100, b"SQLite format 3\x00" + bytes(99)]
)
def test_a_file_that_is_no_database_is_a_wrong_setting(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "home.db"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"home\.db"):
        Database(path).migrate()


def test_a_file_of_a_newer_version_is_refused(database: Database) -> None:
    database.execute("PRAGMA user_version=99")
    with pytest.raises(ConfigError, match="newer Threadline"):
        Database(database.path).migrate()
