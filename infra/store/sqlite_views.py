"""Write the rows that people read. Each write is an upsert that an older revision never wins."""

from __future__ import annotations

from datetime import datetime

from infra.sqlite import Database
from schemas.alert import Alert
from schemas.base import Contract, encode
from schemas.identity import Customer, CustomerChange
from schemas.interaction import Interaction
from schemas.ledger import DeadLetter, LedgerEntry
from schemas.topics import ALERTS, CONVERSATIONS, CUSTOMERS, LEDGER, TAGGED
from schemas.utterance import Tagged

TABLES: dict[str, tuple[str, ...]] = {
    CONVERSATIONS.name: ("interaction", "interaction_party"),
    TAGGED.name: ("utterance",),
    CUSTOMERS.name: ("customer", "customer_name"),
    ALERTS.name: ("alert",),
    LEDGER.name: ("ledger",),
}


def milliseconds(at: datetime) -> int:
    """Give a time as ms since 1970 UTC."""
    return round(at.timestamp() * 1000)


def write_interaction(db: Database, value: Contract) -> None:
    """Write an interaction and the index of its parties."""
    assert isinstance(value, Interaction)
    started = milliseconds(value.started_at)
    score = value.sentiment.score if value.sentiment else None
    written = db.value(
        "INSERT INTO interaction VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT(id) DO UPDATE SET channel = excluded.channel,"
        " started_at = excluded.started_at, ended_at = excluded.ended_at,"
        " revision = excluded.revision, score = excluded.score,"
        " negative = excluded.negative, doc = excluded.doc"
        " WHERE excluded.revision >= revision RETURNING 1",
        (
            value.id, value.tenant, value.channel.value, started,
            milliseconds(value.ended_at),
            value.revision, score, int(value.negative), encode(value),
        ),
    )  # fmt: skip
    if not written:
        return
    rows = {(value.tenant, identifier, started, value.id) for identifier in value.identifiers}
    stored = set(
        db.rows(
            "SELECT tenant, identifier, started_at, interaction FROM interaction_party"
            " WHERE interaction = ?",
            (value.id,),
        )
    )
    db.executemany(
        "DELETE FROM interaction_party"
        " WHERE tenant = ? AND identifier = ? AND started_at = ? AND interaction = ?",
        list(stored - rows),
    )
    db.executemany("INSERT INTO interaction_party VALUES (?, ?, ?, ?)", list(rows - stored))


def write_utterance(db: Database, value: Contract) -> None:
    """Write an utterance with its insights."""
    assert isinstance(value, Tagged)
    said = value.utterance
    db.execute(
        "INSERT INTO utterance VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT(interaction, id) DO UPDATE SET version = excluded.version,"
        " at = excluded.at, doc = excluded.doc WHERE excluded.version > version",
        (
            said.interaction,
            said.id,
            said.tenant,
            said.version,
            milliseconds(said.at),
            encode(value),
        ),
    )


def write_customers(db: Database, value: Contract) -> None:
    """Write the clusters that a step of identity changed, and take away those that are gone."""
    assert isinstance(value, CustomerChange)
    for gone in value.gone:
        db.execute("DELETE FROM customer WHERE tenant = ? AND id = ?", (value.tenant, gone))
        db.execute(
            "DELETE FROM customer_name WHERE tenant = ? AND customer = ?", (value.tenant, gone)
        )
    for customer in value.customers:
        _write_customer(db, customer)


def _write_customer(db: Database, customer: Customer) -> None:
    written = db.value(
        "INSERT INTO customer VALUES (?, ?, ?, ?) ON CONFLICT(tenant, id) DO UPDATE SET"
        " revision = excluded.revision, doc = excluded.doc"
        " WHERE excluded.revision >= revision RETURNING 1",
        (customer.tenant, customer.id, customer.revision, encode(customer)),
    )
    if not written:
        return
    db.execute(
        "DELETE FROM customer_name WHERE tenant = ? AND customer = ?",
        (customer.tenant, customer.id),
    )
    names = (customer.id, *customer.identifiers, *customer.aliases)
    db.executemany(
        "INSERT OR REPLACE INTO customer_name VALUES (?, ?, ?)",
        [(customer.tenant, name, customer.id) for name in names],
    )


def write_alert(db: Database, value: Contract) -> None:
    """Write an alert."""
    assert isinstance(value, Alert)
    db.execute(
        "INSERT INTO alert VALUES (?, ?, ?, ?, ?) ON CONFLICT(id) DO UPDATE SET"
        " revision = excluded.revision, doc = excluded.doc WHERE excluded.revision >= revision",
        (value.id, value.tenant, milliseconds(value.fired_at), value.revision, encode(value)),
    )


def write_ledger(db: Database, value: Contract) -> None:
    """Write the account of one contact."""
    assert isinstance(value, LedgerEntry)
    db.execute(
        "INSERT INTO ledger VALUES (?, ?, ?, ?, ?) ON CONFLICT(tenant, interaction) DO UPDATE SET"
        " revision = excluded.revision, state = excluded.state, doc = excluded.doc"
        " WHERE excluded.revision >= revision",
        (value.tenant, value.interaction, value.revision, value.state, encode(value)),
    )


def write_dead_letter(db: Database, value: Contract) -> None:
    """Write a dead letter."""
    assert isinstance(value, DeadLetter)
    db.execute("INSERT OR REPLACE INTO dead_letter VALUES (?, ?)", (value.id, encode(value)))
