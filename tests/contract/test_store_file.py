"""What happens to the SQLite file: no room, no database, a newer version."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.sqlite import Database
from infra.store.dialect import migrations, postgres_tables, sqlite_tables
from infra.store.sqlite import SqliteStore
from infra.store.sqlite_reader import SqliteViews
from schemas.errors import ConfigError, Unavailable
from schemas.identity import Customer, CustomerChange
from schemas.ids import derive
from schemas.topics import CUSTOMERS
from streams.stages.resolve_state import state_key

pytestmark = pytest.mark.contract
AT = datetime(2026, 11, 2, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "home.db")
    database.migrate()
    yield database
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


def test_a_file_of_the_last_version_keeps_its_state(tmp_path: Path) -> None:
    database = Database(tmp_path / "home.db")
    with database.transaction():
        for step in migrations()[:6]:
            database.execute(sqlite_tables(step.text))
        database.execute("PRAGMA user_version=6")
    store = SqliteStore(database)
    kept = {f"k{n}": bytes([n]) * n for n in range(1, 200)}
    with store.transaction():
        store.save("resolve", kept)
        store.save("tag", {"k1": b"another stage"})
    database.migrate()
    assert store.load("resolve", list(kept)) == kept
    with store.transaction():
        store.save("resolve", {"k1": b"new", "k2": None})
    assert store.load("resolve", ["k1", "k2", "k3"]) == {"k1": b"new", "k3": kept["k3"]}
    assert store.load("tag", ["k1"]) == {"k1": b"another stage"}
    assert database.value("PRAGMA integrity_check") == "ok"
    database.close()


def test_identity_of_the_last_version_is_found_under_its_new_keys(tmp_path: Path) -> None:
    database = Database(tmp_path / "home.db")
    with database.transaction():
        for step in migrations()[:7]:
            database.execute(sqlite_tables(step.text))
        database.execute("PRAGMA user_version=7")
    store = SqliteStore(database)
    label, other = "crm:1", "phone:+12125550100"
    component, place = b'{"members":["crm:1","phone:+12125550100"]}', b'{"label":"crm:1"}'
    kept = {
        f"acme/component/{derive(label)}": component,
        f"acme/place/{derive(label)}": place,
        f"acme/place/{derive(other)}": place,
        "acme/rules": b"{}",
    }
    customer = Customer(id="c_1", tenant="acme", identifiers=(label,), since=AT, frozen=True)
    with store.transaction():
        store.save("resolve", kept)
        store.save("tag", {"acme/place/else": b"1"})
        store.materialise(CUSTOMERS, [CustomerChange(tenant="acme", customers=(customer,))])
    database.migrate()
    now = {
        state_key("acme", label): component,
        state_key("acme", other): place,
        "acme/rules": b"{}",
    }
    assert store.load("resolve", [*now, *kept]) == now
    assert store.load("tag", ["acme/place/else"]) == {"acme/place/else": b"1"}
    assert SqliteViews(database.path).customer("acme", label) == customer
    assert SqliteViews(database.path).frozen_customers("acme", 9) == [customer]
    database.close()


def test_the_order_of_state_in_the_file_is_no_matter_of_postgresql() -> None:
    assert postgres_tables(migrations()[6].text) == []
