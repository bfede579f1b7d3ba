"""The ledger's rows: how entries become rows, and what people and runners ask of them."""

from __future__ import annotations

from collections.abc import Iterator

from infra.store.base import LedgerDay
from infra.store.sql import Reading
from infra.store.view import View, milliseconds
from schemas.base import decode, encode
from schemas.ledger import LedgerEntry

DAY_MS = 86_400_000

ACCOUNTS = View(
    "INSERT INTO ledger"
    " ROWS(TEXT, TEXT, INTEGER, TEXT, TEXT, TEXT, INTEGER, INTEGER, INTEGER, BLOB)"
    " ON CONFLICT (tenant, interaction) DO UPDATE SET"
    " revision = excluded.revision, state = excluded.state, step = excluded.step,"
    " source = excluded.source, day = excluded.day, counts = excluded.counts,"
    " due = excluded.due, doc = excluded.doc"
    " WHERE excluded.revision >= ledger.revision",
    key=lambda one: (one.tenant, one.interaction),
    rank=lambda one: one.revision,
    row=lambda one: (
        one.tenant, one.interaction, one.revision, one.state, one.step or "", one.source or "",
        day_of(one), int(one.counts), milliseconds(one.due) if one.due else None, encode(one),
    ),
)  # fmt: skip


def day_of(entry: LedgerEntry) -> int:
    """Give the UTC day of a contact, counted from 1970: by event time, else when it came in."""
    at = entry.at or min(entry.times.values(), default=None)
    return milliseconds(at) // DAY_MS if at is not None else 0


class LedgerViews:
    """What people ask of the ledger."""

    _sql: Reading

    def ledger(self, tenant: str, after: str = "") -> Iterator[LedgerEntry]:
        """Stream the ledger in order of interactions, those behind one of them."""
        sql = "SELECT doc FROM ledger WHERE tenant = ? AND interaction > ? ORDER BY interaction"
        return self._entries(sql, tenant, after)

    def account(self, tenant: str, interaction: str) -> LedgerEntry | None:
        """Read the entry of one contact."""
        sql = "SELECT doc FROM ledger WHERE tenant = ? AND interaction = ?"
        rows = self._sql.rows(sql, tenant, interaction)
        return decode(rows[0][0], LedgerEntry) if rows else None

    def completeness(self, tenant: str) -> dict[str, int]:
        """Count contacts per state."""
        sql = "SELECT state, count(*) FROM ledger WHERE tenant = ? AND counts = 1 GROUP BY state"
        return dict(self._sql.rows(sql, tenant))

    def unfinished(self, tenant: str, after: str = "") -> Iterator[LedgerEntry]:
        """Stream the entries that are not complete, in order of interactions."""
        sql = (
            "SELECT doc FROM ledger WHERE tenant = ? AND interaction > ? AND state != 'complete'"
            " ORDER BY interaction"
        )
        return self._entries(sql, tenant, after)

    def ledger_days(self, tenant: str, since: int, until: int) -> list[LedgerDay]:
        """Count contacts per day (from 1970 UTC, the last included), source and state."""
        sql = (
            "SELECT day, source, state, count(*) FROM ledger"
            " WHERE tenant = ? AND counts = 1 AND day >= ? AND day <= ?"
            " GROUP BY day, source, state ORDER BY day DESC, source, state"
        )
        return [LedgerDay(*row) for row in self._sql.rows(sql, tenant, since, until)]

    def newest_day(self, tenant: str) -> int | None:
        """Give the newest day (from 1970 UTC) that has contacts."""
        sql = "SELECT max(day) FROM ledger WHERE tenant = ?"
        found: int | None = self._sql.rows(sql, tenant)[0][0]
        return found

    def ledger_of(
        self, tenant: str, since: int, until: int, state: str | None, limit: int
    ) -> list[LedgerEntry]:
        """List contacts of some days, newest day first; of one state, or of any."""
        wanted = "" if state is None else " AND state = ?"
        sql = (
            "SELECT doc FROM ledger WHERE tenant = ? AND counts = 1 AND day >= ? AND day <= ?"  # noqa: S608  # our own text
            f"{wanted} ORDER BY day DESC, source, interaction LIMIT ?"
        )
        given = () if state is None else (state,)
        return list(self._entries(sql, tenant, since, until, *given, limit))

    def waiting_at(self) -> dict[tuple[str, str], int]:
        """Count contacts of all tenants that are not complete, by state and step."""
        sql = (
            "SELECT state, step, count(*) FROM ledger"
            " WHERE state != 'complete' AND counts = 1 GROUP BY state, step"
        )
        return {(state, step): count for state, step, count in self._sql.rows(sql)}

    def _entries(self, sql: str, *given: object) -> Iterator[LedgerEntry]:
        for (doc,) in self._sql.stream(sql, *given):
            yield decode(doc, LedgerEntry)
