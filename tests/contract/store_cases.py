"""Values for the suites of stores and views, and the homes in which they are tried."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from infra.sqlite import Database
from infra.store.base import Store, Views
from infra.store.memory import MemoryStore
from infra.store.postgres import PostgresStore
from infra.store.postgres_reader import PostgresViews
from infra.store.sqlite import SqliteStore
from infra.store.sqlite_reader import SqliteViews
from schemas.alert import Alert
from schemas.base import Contract
from schemas.events import Channel, Party, Role
from schemas.identity import Customer, CustomerChange
from schemas.interaction import Interaction
from schemas.ledger import DeadLetter, LedgerEntry
from schemas.topics import Topic
from schemas.utterance import Insights, Tagged, Utterance

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


def entry(interaction: str = "i1", revision: int = 1, **fields: Any) -> LedgerEntry:
    return LedgerEntry(tenant="acme", interaction=interaction, revision=revision, **fields)


def letter(id: str = "d1", attempt: int = 1) -> DeadLetter:
    return DeadLetter(
        id=id, tenant="acme", stage="tag", topic="utterances", offset=3, reason="bad",
        error="bad", attempt=attempt, data=b"\x00\xff",
    )  # fmt: skip


def write(store: Store, topic: Topic, *values: Contract) -> None:
    with store.transaction():
        store.materialise(topic, values)


Read = Callable[[Topic, str], Contract | None]


class Home(Protocol):
    """Where rows are kept for the length of a test."""

    def store(self) -> Store:
        """Open it on a connection of its own."""

    def read(self, topic: Topic, key: str) -> Contract | None:
        """Read one row of a view, by topic and id."""

    def close(self) -> None:
        """Close every connection."""


class ReadHome(Home, Protocol):
    """A home that people can read."""

    @property
    def views(self) -> Views:
        """What people read."""


class MemoryHome:
    """A home in memory."""

    def __init__(self) -> None:
        self._store = MemoryStore()

    def store(self) -> Store:
        return self._store

    def read(self, topic: Topic, key: str) -> Contract | None:
        return self._store.rows.get(topic.name, {}).get(key, (0, None))[1]

    def close(self) -> None:
        pass


class SqliteHome:
    """A home in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened: list[Database] = []
        self.open().migrate()
        self.views: Views = SqliteViews(path)

    def open(self) -> Database:
        database = Database(self._path)
        self._opened.append(database)
        return database

    def store(self) -> Store:
        return SqliteStore(self.open())

    def read(self, topic: Topic, key: str) -> Contract | None:
        return read_view(self.views, topic, key)

    def close(self) -> None:
        for database in self._opened:
            database.close()


class PostgresHome:
    """A home on a real PostgreSQL."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._opened: list[PostgresStore] = []
        store = self.store()
        store.migrate()
        store.close()
        self._views = PostgresViews(url, most=2)
        self.views: Views = self._views

    def store(self) -> PostgresStore:
        store = PostgresStore(self.url)
        self._opened.append(store)
        return store

    def read(self, topic: Topic, key: str) -> Contract | None:
        return read_view(self.views, topic, key)

    def close(self) -> None:
        self._views.close()
        for store in self._opened:
            store.close()


def read_view(views: Views, topic: Topic, key: str) -> Contract | None:
    """Read one row of a view, by topic and id."""
    found: dict[str, Callable[[str], Contract | None]] = {
        "conversations": lambda key: views.interaction("acme", key),
        "tagged": lambda key: views.utterance("acme", "i1", key),
        "customers": lambda key: views.customer("acme", key),
        "alerts": lambda key: views.alert("acme", key),
        "ledger": lambda key: {
            f"acme/{e.interaction}": e for e in views.ledger("acme")
        }.get(key),
        "dead-letters": views.dead_letter,
    }  # fmt: skip
    return found[topic.name](key)
