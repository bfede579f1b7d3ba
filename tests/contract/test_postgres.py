"""What a shared database adds: workers that race, connections that die, servers that restart."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from infra.store.base import Admission, Fence
from infra.store.postgres import PostgresStore
from infra.store.postgres_reader import PostgresViews
from schemas.errors import ConfigError, Conflict, Unavailable
from schemas.ids import derive
from schemas.topics import CONVERSATIONS, CUSTOMERS, LEDGER, TAGGED
from streams.stages.resolve_state import state_key
from tests.contract.deaf_proxy import DeafProxy
from tests.contract.store_cases import (
    ANA,
    PostgresHome,
    change,
    customer,
    entry,
    interaction,
    tagged,
    write,
)
from tests.servers import own_server

pytestmark = pytest.mark.contract


@pytest.fixture
def home(fresh_database: str) -> Iterator[PostgresHome]:
    home = PostgresHome(fresh_database)
    yield home
    home.close()


@pytest.fixture
def store(home: PostgresHome) -> PostgresStore:
    return home.store()


def end_connections(url: str, having: str = "") -> int:
    """End the connections of everybody else, as an administrator does; tell how many."""
    with psycopg.connect(url, autocommit=True) as admin:
        ended = admin.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND application_name = 'threadline' AND state LIKE %s",
            (f"{having}%",),
        ).fetchall()
    return len(ended)


class TestRaces:
    """Many workers on one database."""

    @pytest.mark.parametrize("other", [{"t/0": None, "u/0": None}, {"u/0": None, "t/0": None}])
    def test_a_fence_also_holds_against_who_moves_a_partition_that_it_only_names(
        self, home: PostgresHome, other: Fence
    ) -> None:
        one, two = home.store(), home.store()
        with ThreadPoolExecutor(1) as pool:
            with one.transaction():
                one.advance("tag", {"t/0": None, "u/0": None}, {"t/0": 1})

                def overtaken() -> None:
                    with two.transaction():
                        two.advance("tag", other, {"u/0": 1})

                waiting = pool.submit(overtaken)
                time.sleep(0.2)
                assert not waiting.done()
            with pytest.raises(Conflict):
                waiting.result(timeout=10)
        assert one.positions("tag") == {"t/0": 1}

    def test_workers_of_other_partitions_and_stages_do_not_wait_for_each_other(
        self, home: PostgresHome
    ) -> None:
        one, two, three = home.store(), home.store(), home.store()
        with one.transaction(), two.transaction(), three.transaction():
            one.advance("tag", {}, {"t/0": 1})
            two.advance("tag", {}, {"t/1": 2})
            three.advance("index", {}, {"t/0": 3})
        assert home.store().positions("tag") == {"t/0": 1, "t/1": 2}

    @pytest.mark.parametrize("order", [1, -1])
    def test_the_second_of_two_callers_with_one_input_waits_for_the_first(
        self, home: PostgresHome, order: int
    ) -> None:
        one, two = home.store(), home.store()

        def second() -> list[Admission]:
            with two.transaction():
                return two.admit([("a", "1"), ("b", "1")][::order])

        with ThreadPoolExecutor(1) as pool:
            with one.transaction():
                one.admit([("b", "2")])
                waiting = pool.submit(second)
                time.sleep(0.2)
                assert not waiting.done()
            told = waiting.result(timeout=10)
        assert told == [Admission.NEW, Admission.REUSED][::order]

    def test_the_second_caller_is_first_where_the_first_gives_up(self, home: PostgresHome) -> None:
        one, two = home.store(), home.store()

        def second() -> list[Admission]:
            with two.transaction():
                return two.admit([("a", "1")])

        with ThreadPoolExecutor(1) as pool:
            with pytest.raises(ZeroDivisionError), one.transaction():  # noqa: PT012  # a transaction has many
                one.admit([("a", "2")])
                waiting = pool.submit(second)
                time.sleep(0.2)
                raise ZeroDivisionError
            assert waiting.result(timeout=10) == [Admission.NEW]

    def test_a_reset_waits_for_the_batch_in_the_middle_and_leaves_nothing_of_it(
        self, home: PostgresHome
    ) -> None:
        one, two = home.store(), home.store()

        def reset() -> None:
            with two.transaction():
                two.reset(["tag"], [TAGGED])

        with ThreadPoolExecutor(1) as pool:
            with one.transaction():
                one.advance("tag", {}, {"t/0": 1})
                waiting = pool.submit(reset)
                time.sleep(0.2)
                assert not waiting.done()
                one.save("tag", {"k": b"1"})
            waiting.result(timeout=10)
        assert (one.positions("tag"), one.load("tag", ["k"])) == ({}, {})

    def test_a_reader_sees_nothing_of_an_open_transaction(
        self, home: PostgresHome, store: PostgresStore
    ) -> None:
        other = home.store()
        with store.transaction():
            store.advance("tag", {}, {"t": 1})
            store.save("tag", {"k": b"1"})
            write(store, CONVERSATIONS, interaction())
            # The question makes sure that everything has reached the server.
            assert store.load("tag", ["k"]) == {"k": b"1"}
            assert (other.positions("tag"), other.load("tag", ["k"])) == ({}, {})
            assert home.views.interaction("acme", "i1") is None
        assert other.load("tag", ["k"]) == {"k": b"1"}
        assert home.views.interaction("acme", "i1") == interaction()

    def test_many_workers_may_bring_the_tables_up_at_once(self, fresh_database: str) -> None:
        stores = [PostgresStore(fresh_database) for _ in range(10)]
        with ThreadPoolExecutor(len(stores)) as pool:
            list(pool.map(PostgresStore.migrate, stores))
        assert stores[0].positions("tag") == {}
        for store in stores:
            store.close()

    def test_threads_share_a_few_connections_for_reading(
        self, home: PostgresHome, store: PostgresStore
    ) -> None:
        write(store, CONVERSATIONS, interaction())
        views = PostgresViews(home.url, most=2)
        with ThreadPoolExecutor(12) as pool:
            found = list(pool.map(lambda _: views.interaction("acme", "i1"), range(100)))
        assert found == [interaction()] * 100
        # One of the store, at most two of these views.
        assert end_connections(home.url) <= 3
        views.close()


class TestFaults:
    """Connections and servers that go away, and what is said of them."""

    def test_a_connection_that_is_ended_inside_a_transaction_takes_all_of_it_along(
        self, home: PostgresHome, store: PostgresStore
    ) -> None:
        with pytest.raises(Unavailable, match="PostgreSQL"), store.transaction():  # noqa: PT012  # a transaction has many
            store.advance("tag", {}, {"t": 1})
            store.save("tag", {"k": b"1"})
            assert end_connections(home.url) == 1
        assert (store.positions("tag"), store.load("tag", ["k"])) == ({}, {})
        with store.transaction():
            store.advance("tag", {}, {"t": 1})
        assert store.positions("tag") == {"t": 1}

    def test_who_catches_the_loss_of_a_connection_cannot_go_on_in_the_same_transaction(
        self, home: PostgresHome, store: PostgresStore
    ) -> None:
        with pytest.raises(Unavailable), store.transaction():  # noqa: PT012  # a transaction has many
            store.advance("tag", {}, {"t": 1})
            end_connections(home.url)
            with pytest.raises(Unavailable):
                store.load("tag", ["k"])
            store.save("tag", {"k": b"1"})
        assert (store.positions("tag"), store.load("tag", ["k"])) == ({}, {})

    def test_a_connection_that_ended_while_nobody_used_it_is_opened_again(
        self, home: PostgresHome, store: PostgresStore
    ) -> None:
        write(store, CONVERSATIONS, interaction())
        assert home.views.tenants() == ["acme"]
        assert end_connections(home.url, "idle") == 2
        assert home.views.tenants() == ["acme"]
        write(store, LEDGER, entry())
        assert list(home.views.ledger("acme")) == [entry()]

    def test_a_commit_that_happened_but_whose_answer_was_lost_is_found_by_reading_again(
        self, home: PostgresHome
    ) -> None:
        place = urlsplit(home.url)
        proxy = DeafProxy(place.hostname or "", place.port or 0)
        store = PostgresStore(home.url.replace(f":{place.port}/", f":{proxy.port}/"))
        with pytest.raises(Unavailable), store.transaction():  # noqa: PT012  # a transaction has many
            store.advance("tag", {}, {"t": 1})
            store.save("tag", {"k": b"1"})
            proxy.deafen()
        proxy.close()
        again = home.store()
        assert (again.positions("tag"), again.load("tag", ["k"])) == ({"t": 1}, {"k": b"1"})
        with pytest.raises(Conflict), again.transaction():
            again.advance("tag", {}, {"t": 1})

    def test_a_commit_that_was_cut_off_leaves_nothing_and_goes_through_the_next_time(
        self, home: PostgresHome
    ) -> None:
        # The trigger commits late, so that the connection ends while the commit is on its way.
        store = home.store()
        with psycopg.connect(home.url, autocommit=True) as admin:
            admin.execute(
                "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN PERFORM pg_sleep(1); RETURN NULL; END $$"
            )
            admin.execute(
                "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON position DEFERRABLE"
                " INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait()"
            )
        ending = threading.Timer(0.4, end_connections, (home.url, "active"))
        ending.start()
        with pytest.raises(Unavailable), store.transaction():
            store.advance("tag", {}, {"t": 1})
        ending.join()
        after = store.positions("tag")
        assert after == {}
        with store.transaction():
            store.advance("tag", after, {"t": 2})
        assert store.positions("tag") == {"t": 2}

    def test_a_server_that_only_reads_after_a_fail_over_is_left_for_one_that_writes(
        self, home: PostgresHome, store: PostgresStore
    ) -> None:
        name = urlsplit(home.url).path[1:]
        with psycopg.connect(home.url, autocommit=True) as admin:
            admin.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on".encode())
            with pytest.raises(Unavailable, match="read-only"):
                write(store, LEDGER, entry())
            admin.execute("SET default_transaction_read_only = off")
            admin.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only".encode())
        write(store, LEDGER, entry())
        assert list(home.views.ledger("acme")) == [entry()]

    def test_two_transactions_that_wait_for_each_other_are_a_conflict(
        self, home: PostgresHome
    ) -> None:
        one, two = home.store(), home.store()
        met = threading.Barrier(2)

        def cross(store: PostgresStore, keys: list[str]) -> str:
            try:
                with store.transaction():
                    for key in keys:
                        store.save("tag", {key: b"1"})
                        store.load("tag", [key])
                        if key == keys[0]:
                            met.wait(10)
            except Conflict:
                return "conflict"
            return "kept"

        with ThreadPoolExecutor(2) as pool:
            told = pool.map(cross, [one, two], [["a", "b"], ["b", "a"]])
        assert sorted(told) == ["conflict", "kept"]

    def test_a_server_that_restarts_is_unavailable_and_then_works_with_what_was_committed(
        self,
    ) -> None:
        with own_server("postgres") as server:
            home = PostgresHome(server.url)
            store = home.store()
            write(store, CUSTOMERS, change(customer("c1", ANA)))
            assert home.views.customer("acme", ANA) == customer("c1", ANA)
            with pytest.raises(Unavailable), store.transaction():  # noqa: PT012  # a transaction has many
                store.advance("tag", {}, {"t": 1})
                server.kill()
            with pytest.raises(Unavailable, match="PostgreSQL at 127"):
                store.positions("tag")
            with pytest.raises(Unavailable):
                home.views.customer("acme", ANA)
            server.start_again()
            assert home.views.customer("acme", ANA) == customer("c1", ANA)
            assert store.positions("tag") == {}
            with store.transaction():
                store.advance("tag", {}, {"t": 1})
            assert store.positions("tag") == {"t": 1}
            home.close()

    def test_a_worker_that_stands_still_in_a_transaction_does_not_hold_others_up_for_ever(
        self, home: PostgresHome
    ) -> None:
        short = "?options=-c%20idle_in_transaction_session_timeout%3D300"
        stopped, next_one = PostgresStore(home.url + short), home.store()
        with pytest.raises(Unavailable), stopped.transaction():  # noqa: PT012  # a transaction has many
            stopped.advance("tag", {}, {"t": 1})
            with next_one.transaction():
                next_one.advance("tag", {}, {"t": 2})
            stopped.save("tag", {"k": b"late"})
        assert next_one.positions("tag") == {"t": 2}
        assert next_one.load("tag", ["k"]) == {}

    def test_a_lock_that_is_not_let_go_is_unavailable(self, home: PostgresHome) -> None:
        hurried = PostgresStore(home.url + "?options=-c%20lock_timeout%3D200")
        store = home.store()
        with store.transaction():
            store.advance("tag", {}, {"t": 1})
            with pytest.raises(Unavailable, match="lock timeout"), hurried.transaction():
                hurried.advance("tag", {}, {"t": 2})
        assert store.positions("tag") == {"t": 1}
        hurried.close()


class TestSettings:
    """What is wrong for good, and says so without secrets."""

    @pytest.mark.parametrize(
        "broken", ["postgresql://u:s3cret@127.0.0.1:port/x", "postgresql://u:s3cret%zz@h/x"]
    )
    def test_a_url_that_cannot_be_read_is_not_repeated(self, broken: str) -> None:
        with pytest.raises(ConfigError) as raised:
            PostgresStore(broken).positions("tag")
        assert "s3cret" not in str(raised.value)

    def test_a_database_that_does_not_exist_is_a_wrong_setting(self, fresh_database: str) -> None:
        with pytest.raises(ConfigError, match="does not exist"):
            PostgresStore(f"{fresh_database}_not").positions("tag")

    def test_a_wrong_password_is_a_wrong_setting_and_is_not_told(self) -> None:
        with own_server("postgres") as server:
            with psycopg.connect(server.url, autocommit=True) as admin:
                admin.execute("CREATE ROLE guarded LOGIN PASSWORD 'r1ght'")
                rules = server.folder / "data/pg_hba.conf"
                rules.write_text("host all guarded all scram-sha-256\nhost all all all trust\n")
                admin.execute("SELECT pg_reload_conf()")
            url = as_role(server.url, "guarded")
            for attempt in (url.replace("guarded", "guarded:wr0ng"), url):
                password = None if attempt != url else "wr0ng"
                store = PostgresStore(attempt, password=password)
                with pytest.raises(ConfigError) as raised:
                    store.positions("tag")
                assert "password authentication failed" in str(raised.value)
                assert "wr0ng" not in f"{raised.value} {store!r} {vars(store)!r}"
            with pytest.raises(ConfigError, match="no password supplied"):
                PostgresStore(url).positions("tag")
            right = PostgresStore(url, password="r1ght")
            with pytest.raises(ConfigError, match="permission denied"):
                right.migrate()
            right.close()

    def test_a_role_without_rights_is_a_wrong_setting(self, home: PostgresHome) -> None:
        role = f"{urlsplit(home.url).path[1:]}_reader"
        with psycopg.connect(home.url, autocommit=True) as admin:
            admin.execute(f"CREATE ROLE {role} LOGIN".encode())
            admin.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}".encode())
        reader = PostgresStore(as_role(home.url, role))
        reader.migrate()
        assert reader.positions("tag") == {}
        with pytest.raises(ConfigError, match="permission denied"), reader.transaction():
            reader.save("tag", {"k": b"1"})
        reader.close()
        with psycopg.connect(home.url, autocommit=True) as admin:
            admin.execute(f"DROP OWNED BY {role}".encode())
            admin.execute(f"DROP ROLE {role}".encode())

    def test_identity_of_the_last_version_is_found_under_its_new_keys(
        self, home: PostgresHome
    ) -> None:
        store = home.store()
        label, other = "crm:1", "phone:+12125550100"
        kept = {
            f"acme/component/{derive(label)}": b"component",
            f"acme/place/{derive(label)}": b"place",
            f"acme/place/{derive(other)}": b"place",
            "acme/rules": b"{}",
        }
        with store.transaction():
            store.save("resolve", kept)
        with psycopg.connect(home.url, autocommit=True) as admin:
            admin.execute("DELETE FROM migration WHERE number >= 8")
        store.migrate()
        now = {
            state_key("acme", label): b"component",
            state_key("acme", other): b"place",
            "acme/rules": b"{}",
        }
        assert store.load("resolve", [*now, *kept]) == now

    def test_a_database_of_a_newer_version_is_refused(self, home: PostgresHome) -> None:
        with psycopg.connect(home.url, autocommit=True) as admin:
            admin.execute("INSERT INTO migration VALUES (99)")
        with pytest.raises(ConfigError, match="newer Threadline"):
            home.store().migrate()

    def test_a_database_that_is_not_in_utf8_is_refused(self, postgres_url: str) -> None:
        name = f"test_latin_{time.time_ns()}"
        with psycopg.connect(postgres_url, autocommit=True) as admin:
            made = f"CREATE DATABASE {name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"
            admin.execute(made.encode())
            with pytest.raises(ConfigError, match="LATIN1"):
                PostgresStore(f"{postgres_url.rpartition('/')[0]}/{name}").positions("tag")
            admin.execute(f"DROP DATABASE {name}".encode())

    def test_a_database_without_tables_is_a_wrong_setting(self, fresh_database: str) -> None:
        store = PostgresStore(fresh_database)
        with pytest.raises(ConfigError, match="position"):
            store.positions("tag")
        store.close()

    def test_nothing_that_a_customer_wrote_is_in_an_error(self, home: PostgresHome) -> None:
        store = home.store()
        with psycopg.connect(home.url, autocommit=True) as admin:
            admin.execute("ALTER TABLE customer_name ADD CHECK (name NOT LIKE 'email:%')")
        with pytest.raises(ConfigError) as raised:
            write(store, CUSTOMERS, change(customer("c1", ANA)))
        assert "customer_name" in str(raised.value)
        assert ANA not in f"{raised.value}{raised.value.__cause__}"
        assert raised.value.__suppress_context__


@pytest.mark.parametrize(("customers", "trips"), [(0, 3), (300, 4)])
def test_a_batch_takes_three_round_trips_however_large_it_is_and_one_for_names(
    store: PostgresStore, customers: int, trips: int
) -> None:
    store.positions("tag")
    connection = store._session._connection
    assert connection is not None
    said = [tagged(f"u{n}") for n in range(300)]
    known = [change(customer(f"c{n}", f"email:{n}@example.com")) for n in range(customers)]
    with tempfile.TemporaryFile("w+") as trace:
        connection.pgconn.trace(trace.fileno())
        store.load("tag", [f"k{n}" for n in range(300)])
        with store.transaction():
            store.advance("tag", {"t/0": None}, {"t/0": 1})
            store.save("tag", {f"k{n}": b"1" if n % 2 else None for n in range(300)})
            store.materialise(TAGGED, said)
            store.materialise(CUSTOMERS, known)
            store.materialise(CONVERSATIONS, [interaction(f"i{n}") for n in range(300)])
        connection.pgconn.untrace()
        trace.seek(0)
        sent = [line.split("\t") for line in trace.read().splitlines()]
    waits = [words for words in sent if words[1] == "F" and words[3].startswith("Sync")]
    assert len(waits) == trips


def as_role(url: str, role: str) -> str:
    """Give the URL for somebody else."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{role}@{parts.netloc.rpartition('@')[2]}"))
