"""Write the rows that people read, for any number of values in a constant number of statements.

Of several values for one row only the newest is written, and none over a newer one in the table.
No statement needs an answer, so a database far away can be told them all at once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from infra.store.sql import Sql
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


class View(NamedTuple):
    """A table with one row per value: how to insert it, its key, its age, and its columns.

    Of two values of equal rank the later stays, or the first where `first` is set.
    """

    insert: str
    key: Callable[[Any], Hashable]
    rank: Callable[[Any], int]
    row: Callable[[Any], tuple[object, ...]]
    first: bool = False

    def newest(self, values: Iterable[Any]) -> list[Any]:
        """Keep of each row only what is to be written."""
        kept: dict[Hashable, Any] = {}
        for value in values:
            held = kept.get(self.key(value))
            newer = 1 if held is None else self.rank(value) - self.rank(held)
            if newer > 0 or (newer == 0 and not self.first):
                kept[self.key(value)] = value
        return list(kept.values())

    def write(self, sql: Sql, values: Iterable[Any]) -> None:
        """Write values that are the newest of their rows."""
        sql.write(self.insert, [self.row(value) for value in values])


def milliseconds(at: datetime) -> int:
    """Give a time as ms since 1970 UTC."""
    return round(at.timestamp() * 1000)


INTERACTIONS = View(
    "INSERT INTO interaction"
    " ROWS(TEXT, TEXT, TEXT, INTEGER, INTEGER, INTEGER, REAL, INTEGER, BLOB)"
    " ON CONFLICT (id) DO UPDATE SET channel = excluded.channel,"
    " started_at = excluded.started_at, ended_at = excluded.ended_at,"
    " revision = excluded.revision, score = excluded.score,"
    " negative = excluded.negative, doc = excluded.doc"
    " WHERE excluded.revision >= interaction.revision",
    key=lambda one: one.id,
    rank=lambda one: one.revision,
    row=lambda one: (
        one.id, one.tenant, one.channel.value, milliseconds(one.started_at),
        milliseconds(one.ended_at), one.revision, one.sentiment.score if one.sentiment else None,
        int(one.negative), encode(one),
    ),
)  # fmt: skip
UTTERANCES = View(
    "INSERT INTO utterance ROWS(TEXT, TEXT, TEXT, INTEGER, INTEGER, BLOB)"
    " ON CONFLICT (interaction, id) DO UPDATE SET version = excluded.version,"
    " at = excluded.at, doc = excluded.doc WHERE excluded.version > utterance.version",
    key=lambda one: (one.utterance.interaction, one.utterance.id),
    rank=lambda one: one.utterance.version,
    row=lambda one: (
        one.utterance.interaction, one.utterance.id, one.utterance.tenant, one.utterance.version,
        milliseconds(one.utterance.at), encode(one),
    ),
    first=True,
)  # fmt: skip
CLUSTERS = View(
    "INSERT INTO customer ROWS(TEXT, TEXT, INTEGER, BLOB) ON CONFLICT (tenant, id) DO UPDATE SET"
    " revision = excluded.revision, doc = excluded.doc"
    " WHERE excluded.revision >= customer.revision",
    key=lambda one: (one.tenant, one.id),
    rank=lambda one: one.revision,
    row=lambda one: (one.tenant, one.id, one.revision, encode(one)),
)
RAISED = View(
    "INSERT INTO alert ROWS(TEXT, TEXT, INTEGER, INTEGER, BLOB) ON CONFLICT (id) DO UPDATE SET"
    " revision = excluded.revision, doc = excluded.doc WHERE excluded.revision >= alert.revision",
    key=lambda one: one.id,
    rank=lambda one: one.revision,
    row=lambda one: (
        one.id, one.tenant, milliseconds(one.fired_at), one.revision, encode(one),
    ),
)  # fmt: skip
ACCOUNTS = View(
    "INSERT INTO ledger ROWS(TEXT, TEXT, INTEGER, TEXT, BLOB)"
    " ON CONFLICT (tenant, interaction) DO UPDATE SET"
    " revision = excluded.revision, state = excluded.state, doc = excluded.doc"
    " WHERE excluded.revision >= ledger.revision",
    key=lambda one: (one.tenant, one.interaction),
    rank=lambda one: one.revision,
    row=lambda one: (one.tenant, one.interaction, one.revision, one.state, encode(one)),
)
LETTERS = View(
    "INSERT INTO dead_letter ROWS(TEXT, BLOB) ON CONFLICT (id) DO UPDATE SET doc = excluded.doc",
    key=lambda one: one.id,
    rank=lambda one: 0,
    row=lambda one: (one.id, encode(one)),
)


def write_views(sql: Sql, values: Iterable[Contract]) -> None:
    """Write values of any contract that people read."""
    by_contract: dict[type[Contract], list[Contract]] = {}
    for value in values:
        by_contract.setdefault(type(value), []).append(value)
    for contract, several in by_contract.items():
        _WRITERS[contract](sql, several)


def _write_interactions(sql: Sql, values: Sequence[Contract]) -> None:
    """Write interactions and the index of their parties, where that has changed."""
    documents: list[Interaction] = INTERACTIONS.newest(values)
    INTERACTIONS.write(sql, documents)
    parties = [
        (one.tenant, identifier, milliseconds(one.started_at), one.id, one.revision)
        for one in documents
        for identifier in sorted(set(one.identifiers))
    ]
    # Only a document that is in the table now may move its parties, not an older one.
    sql.run(
        "DELETE FROM interaction_party WHERE interaction IN (SELECT id FROM interaction"
        " WHERE (id, revision) IN (ROWS(TEXT, INTEGER)))"
        " AND (tenant, identifier, started_at, interaction)"
        " NOT IN (ROWS(TEXT, TEXT, INTEGER, TEXT))",
        [(one.id, one.revision) for one in documents],
        [party[:4] for party in parties],
    )
    sql.run(
        "WITH given(tenant, identifier, started_at, interaction, revision)"
        " AS (ROWS(TEXT, TEXT, INTEGER, TEXT, INTEGER))"
        " INSERT INTO interaction_party"
        " SELECT given.tenant, given.identifier, given.started_at, given.interaction"
        " FROM given JOIN interaction ON interaction.id = given.interaction"
        " WHERE interaction.revision = given.revision ON CONFLICT DO NOTHING",
        parties,
    )


def _write_customers(sql: Sql, values: Sequence[Contract]) -> None:
    """Write the clusters that steps of identity changed, and take away those that are gone."""
    gone, kept = _clusters(values)
    if gone:
        sql.run("DELETE FROM customer WHERE (tenant, id) IN (ROWS(TEXT, TEXT))", gone)
        sql.run("DELETE FROM customer_name WHERE (tenant, customer) IN (ROWS(TEXT, TEXT))", gone)
    if not kept:
        return
    CLUSTERS.write(sql, kept)
    names = [
        (one.tenant, name, one.id, one.revision, place)
        for place, one in enumerate(kept)
        for name in dict.fromkeys((one.id, *one.identifiers, *one.aliases))
    ]
    sql.run(
        "DELETE FROM customer_name WHERE (tenant, customer) IN (SELECT tenant, id FROM customer"
        " WHERE (tenant, id, revision) IN (ROWS(TEXT, TEXT, INTEGER)))"
        " AND (tenant, name, customer) NOT IN (ROWS(TEXT, TEXT, TEXT))",
        [(one.tenant, one.id, one.revision) for one in kept],
        [name[:3] for name in names],
    )
    # While clusters come apart two may claim a name: the one that was written last has it.
    sql.run(
        "WITH given(tenant, name, customer, revision, place)"
        " AS (ROWS(TEXT, TEXT, TEXT, INTEGER, INTEGER)), claims AS (SELECT given.tenant AS tenant,"
        " given.name AS name, given.customer AS customer, row_number()"
        " OVER (PARTITION BY given.tenant, given.name ORDER BY given.place DESC) AS rank"
        " FROM given JOIN customer ON customer.tenant = given.tenant"
        " AND customer.id = given.customer WHERE customer.revision = given.revision)"
        " INSERT INTO customer_name SELECT tenant, name, customer FROM claims WHERE rank = 1"
        " ON CONFLICT (tenant, name) DO UPDATE SET customer = excluded.customer"
        " WHERE customer_name.customer <> excluded.customer",
        names,
    )


def _clusters(values: Sequence[Contract]) -> tuple[list[tuple[str, str]], list[Customer]]:
    """Give the clusters that are gone or have been, and those to write, the last one last."""
    gone: dict[tuple[str, str], None] = {}
    kept: dict[tuple[str, str], Customer] = {}
    for value in values:
        assert isinstance(value, CustomerChange)
        for id in value.gone:
            gone[value.tenant, id] = None
            kept.pop((value.tenant, id), None)
        for one in value.customers:
            held = kept.pop((one.tenant, one.id), one)
            kept[one.tenant, one.id] = one if one.revision >= held.revision else held
    return list(gone), list(kept.values())


Writer = Callable[[Sql, Sequence[Contract]], None]


def _plain(view: View) -> Writer:
    return lambda sql, values: view.write(sql, view.newest(values))


_WRITERS: dict[type[Contract], Writer] = {
    Interaction: _write_interactions,
    Tagged: _plain(UTTERANCES),
    CustomerChange: _write_customers,
    Alert: _plain(RAISED),
    LedgerEntry: _plain(ACCOUNTS),
    DeadLetter: _plain(LETTERS),
}
