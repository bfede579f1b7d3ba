"""Read the rows of the embedded store. Each thread gets a connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from infra.sqlite import Database
from infra.store.base import Cursor, DayCount
from schemas.alert import Alert
from schemas.base import Contract, decode, encode
from schemas.identity import Customer
from schemas.interaction import Interaction
from schemas.ledger import DeadLetter, LedgerEntry
from schemas.utterance import Tagged

C = TypeVar("C", bound=Contract)

DAY_MS = 86_400_000


class SqliteViews:
    """What people read, from any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()

    @property
    def _db(self) -> Database:
        database: Database | None = getattr(self._local, "database", None)
        if database is None:
            database = self._local.database = Database(self._path)
        return database

    def _one(self, as_type: type[C], sql: str, *bindings: object) -> C | None:
        doc = self._db.value(sql, bindings)
        return None if doc is None else decode(doc, as_type)

    def _many(self, as_type: type[C], sql: str, *bindings: object) -> Iterator[C]:
        for (doc,) in self._db.execute(sql, bindings):
            yield decode(doc, as_type)

    def customer(self, tenant: str, identifier: str) -> Customer | None:
        """Find the customer who has an identifier, a customer id or a former customer id."""
        return self._one(
            Customer,
            "SELECT doc FROM customer WHERE tenant = ?1 AND id ="
            " (SELECT customer FROM customer_name WHERE tenant = ?1 AND name = ?2)",
            tenant,
            identifier,
        )

    def timeline(
        self, tenant: str, identifiers: Sequence[str], before: Cursor | None, limit: int
    ) -> list[Interaction]:
        """List the interactions of any of these identifiers, newest first."""
        at, last = before if before else (1 << 62, "")
        sql = (
            "SELECT doc FROM interaction WHERE id IN (SELECT interaction FROM (SELECT DISTINCT"
            " started_at, interaction FROM interaction_party WHERE tenant = ? AND identifier IN"
            " (SELECT value FROM json_each(?)) AND (started_at, interaction) < (?, ?)"
            " ORDER BY started_at DESC, interaction DESC LIMIT ?))"
            " ORDER BY started_at DESC, id DESC"
        )
        return list(self._many(Interaction, sql, tenant, _array(identifiers), at, last, limit))

    def interactions_of(self, tenant: str, identifiers: Sequence[str]) -> frozenset[str]:
        """Collect the ids of all interactions of any of these identifiers."""
        sql = (
            "SELECT interaction FROM interaction_party WHERE tenant = ? AND identifier IN"
            " (SELECT value FROM json_each(?))"
        )
        return frozenset(id for (id,) in self._db.rows(sql, (tenant, _array(identifiers))))

    def durations(self, tenant: str) -> Iterator[tuple[str, float]]:
        """Stream the length in seconds of every interaction."""
        sql = "SELECT id, (ended_at - started_at) / 1000.0 FROM interaction WHERE tenant = ?"
        yield from self._db.rows(sql, (tenant,))

    def interaction(self, tenant: str, id: str) -> Interaction | None:
        """Read one interaction."""
        return self._one(
            Interaction, "SELECT doc FROM interaction WHERE id = ? AND tenant = ?", id, tenant
        )

    def utterances(self, tenant: str, interaction: str) -> list[Tagged]:
        """Read the utterances of one interaction in time order."""
        sql = "SELECT doc FROM utterance WHERE interaction = ? AND tenant = ? ORDER BY at, id"
        return list(self._many(Tagged, sql, interaction, tenant))

    def utterance(self, tenant: str, interaction: str, id: str) -> Tagged | None:
        """Read one utterance."""
        sql = "SELECT doc FROM utterance WHERE interaction = ? AND id = ? AND tenant = ?"
        return self._one(Tagged, sql, interaction, id, tenant)

    def alerts(self, tenant: str, limit: int) -> list[Alert]:
        """List alerts, newest first."""
        sql = "SELECT doc FROM alert WHERE tenant = ? ORDER BY fired_at DESC, id LIMIT ?"
        return list(self._many(Alert, sql, tenant, limit))

    def alert(self, tenant: str, id: str) -> Alert | None:
        """Read one alert."""
        return self._one(Alert, "SELECT doc FROM alert WHERE id = ? AND tenant = ?", id, tenant)

    def dead_letters(self, limit: int) -> list[DeadLetter]:
        """List dead letters in order of their ids."""
        return list(
            self._many(DeadLetter, "SELECT doc FROM dead_letter ORDER BY id LIMIT ?", limit)
        )

    def dead_letter(self, id: str) -> DeadLetter | None:
        """Read one dead letter."""
        return self._one(DeadLetter, "SELECT doc FROM dead_letter WHERE id = ?", id)

    def customers(self, tenant: str) -> Iterator[Customer]:
        """Stream every customer in order of ids."""
        sql = "SELECT doc FROM customer WHERE tenant = ? ORDER BY id"
        return self._many(Customer, sql, tenant)

    def all_interactions(self, tenant: str) -> Iterator[Interaction]:
        """Stream every interaction in order of ids."""
        sql = "SELECT doc FROM interaction WHERE tenant = ? ORDER BY id"
        return self._many(Interaction, sql, tenant)

    def ledger(self, tenant: str) -> Iterator[LedgerEntry]:
        """Stream the ledger in order of interactions."""
        sql = "SELECT doc FROM ledger WHERE tenant = ? ORDER BY interaction"
        return self._many(LedgerEntry, sql, tenant)

    def completeness(self, tenant: str) -> dict[str, int]:
        """Count the ledger's entries per state."""
        sql = "SELECT state, count(*) FROM ledger WHERE tenant = ? GROUP BY state"
        return dict(self._db.rows(sql, (tenant,)))

    def unfinished(self, tenant: str) -> Iterator[LedgerEntry]:
        """Stream the entries that are not complete, in order of interactions."""
        sql = "SELECT doc FROM ledger WHERE tenant = ? AND state != 'complete' ORDER BY interaction"
        return self._many(LedgerEntry, sql, tenant)

    def overview(self, tenant: str, days: int) -> list[DayCount]:
        """Count interactions per UTC day and channel over the newest days that have any."""
        rows = self._db.rows(
            "WITH newest AS (SELECT max(started_at) / ?2 AS day FROM interaction WHERE tenant = ?1)"
            " SELECT date(started_at / 1000, 'unixepoch'), channel, count(*), sum(negative),"
            " avg(score) FROM interaction, newest WHERE tenant = ?1"
            " AND started_at >= (newest.day - ?3 + 1) * ?2 GROUP BY 1, 2 ORDER BY 1, 2",
            (tenant, DAY_MS, days),
        )
        return [DayCount(*row) for row in rows]

    def tenants(self) -> list[str]:
        """List the tenants that have interactions, customers or ledger entries."""
        rows = self._db.rows(
            "SELECT DISTINCT tenant FROM interaction UNION SELECT DISTINCT tenant FROM customer"
            " UNION SELECT DISTINCT tenant FROM ledger ORDER BY 1"
        )
        return [tenant for (tenant,) in rows]


def _array(values: Sequence[str]) -> str:
    return encode(list(values)).decode()
