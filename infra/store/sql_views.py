"""Read what people look at, from whichever database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from infra.store.base import DayCount
from infra.store.sql_customers import ALWAYS
from infra.store.sql_ledger import LedgerViews
from infra.store.sql_proposals import ProposalViews
from infra.store.sql_timeline import TimelineViews
from processors.contact_report import TypeRow
from schemas.alert import Alert
from schemas.base import decode
from schemas.identity import Customer
from schemas.interaction import Interaction
from schemas.ledger import DeadLetter
from schemas.utterance import Tagged

DAY_MS = 86_400_000
PAGE = 1000
ABOUT = (" AND contact_type = ?", " AND (contact_type IS NULL OR contact_type <> ?)")
SCORE_SCALE = 10_000
"""A score has at most four decimals."""
# From the first day of Python's calendar, so that a division cuts off the same way on every side.
_SINCE_YEAR_1 = (date(1970, 1, 1).toordinal() - 1) * DAY_MS


class SqlViews(TimelineViews, LedgerViews, ProposalViews):
    """What people read."""

    def customer(self, tenant: str, identifier: str, at: int | None = None) -> Customer | None:
        """Find the customer who has an identifier, a customer id or a former customer id."""
        by_id = "SELECT doc FROM customer WHERE tenant = ? AND id = ?"
        found = self._one(Customer, by_id, tenant, identifier)
        if found is not None:
            return found
        begun, over = (ALWAYS, -ALWAYS) if at is None else (at, at)
        return self._one(
            Customer,
            "SELECT doc FROM customer WHERE tenant = ? AND id ="
            " (SELECT customer FROM customer_name WHERE tenant = ? AND name = ?"
            " AND since <= ? AND until > ? ORDER BY since DESC LIMIT 1)",
            tenant, tenant, identifier, begun, over,
        )  # fmt: skip

    def state(self, stage: str, keys: Sequence[str]) -> dict[str, bytes]:
        """Read what a stage keeps; keys without state are missing from the answer."""
        sql = "SELECT key, value FROM state WHERE stage = ? AND key IN (ROWS(TEXT))"
        return dict(self._sql.rows(sql, stage, list(keys)))

    def frozen_customers(self, tenant: str, limit: int) -> list[Customer]:
        """List customers with more evidence than is taken in, in order of ids."""
        sql = "SELECT doc FROM customer WHERE tenant = ? AND frozen = 1 ORDER BY id LIMIT ?"
        return self._many(Customer, sql, tenant, limit)

    def durations(self, tenant: str) -> Iterator[tuple[str, float]]:
        """Stream the length in seconds of every interaction."""
        sql = "SELECT id, ended_at - started_at FROM interaction WHERE tenant = ?"
        for id, taken in self._sql.stream(sql, tenant):
            yield id, taken / 1000

    def interaction(self, tenant: str, id: str) -> Interaction | None:
        """Read one interaction."""
        return self._one(
            Interaction, "SELECT doc FROM interaction WHERE id = ? AND tenant = ?", id, tenant
        )

    def utterances(self, tenant: str, interaction: str) -> list[Tagged]:
        """Read the utterances of one interaction in time order."""
        sql = "SELECT doc FROM utterance WHERE interaction = ? AND tenant = ? ORDER BY at, id"
        found = self._many(Tagged, sql, interaction, tenant)
        return [tagged for tagged in found if not tagged.utterance.withdrawn]

    def utterance(self, tenant: str, interaction: str, id: str) -> Tagged | None:
        """Read one utterance."""
        sql = "SELECT doc FROM utterance WHERE interaction = ? AND id = ? AND tenant = ?"
        found = self._one(Tagged, sql, interaction, id, tenant)
        return None if found is None or found.utterance.withdrawn else found

    def alerts(self, tenant: str, limit: int) -> list[Alert]:
        """List alerts, newest first."""
        sql = "SELECT doc FROM alert WHERE tenant = ? ORDER BY fired_at DESC, id LIMIT ?"
        return self._many(Alert, sql, tenant, limit)

    def alert(self, tenant: str, id: str) -> Alert | None:
        """Read one alert."""
        return self._one(Alert, "SELECT doc FROM alert WHERE id = ? AND tenant = ?", id, tenant)

    def dead_letters(self, limit: int) -> list[DeadLetter]:
        """List dead letters in order of their ids."""
        return self._many(DeadLetter, "SELECT doc FROM dead_letter ORDER BY id LIMIT ?", limit)

    def dead_letter(self, id: str) -> DeadLetter | None:
        """Read one dead letter."""
        return self._one(DeadLetter, "SELECT doc FROM dead_letter WHERE id = ?", id)

    def customers(self, tenant: str) -> Iterator[Customer]:
        """Stream every customer in order of ids."""
        sql = "SELECT doc FROM customer WHERE tenant = ? ORDER BY id"
        return self._stream(Customer, sql, tenant)

    def all_interactions(self, tenant: str) -> Iterator[Interaction]:
        """Stream every interaction in order of ids."""
        sql = "SELECT doc FROM interaction WHERE tenant = ? ORDER BY id"
        return self._stream(Interaction, sql, tenant)

    def utterance_count(self) -> int:
        """Count the utterances of every tenant."""
        count: int = self._sql.rows("SELECT count(*) FROM utterance")[0][0]
        return count

    def all_utterances(self) -> Iterator[Sequence[Tagged]]:
        """Stream every utterance of every tenant, in batches, in order of interactions."""
        # By key and not as a stream: to index them all again takes longer than a snapshot should.
        sql = (
            "SELECT interaction, id, doc FROM utterance WHERE (interaction, id) > (?, ?)"
            " ORDER BY interaction, id LIMIT ?"
        )
        last = ("", "")
        while page := self._sql.rows(sql, *last, PAGE):
            yield [decode(doc, Tagged) for _, _, doc in page]
            last = page[-1][:2]

    def overview(self, tenant: str, days: int) -> list[DayCount]:
        """Count interactions per UTC day and channel over the newest days that have any."""
        # Scores are summed as whole numbers: a sum of floats depends on the order of its terms.
        rows = self._sql.rows(
            "SELECT (started_at + ?) / ? AS day, channel, count(*),"
            " CAST(sum(negative) AS BIGINT), count(score),"
            " CAST(sum(CAST(round(score * ?) AS BIGINT)) AS BIGINT) FROM interaction"
            " WHERE tenant = ?"
            " AND started_at >= (SELECT ((max(started_at) + ?) / ? - ? + 1) * ? - ?"
            " FROM interaction WHERE tenant = ?) GROUP BY 1, 2 ORDER BY 1, 2",
            _SINCE_YEAR_1, DAY_MS, SCORE_SCALE, tenant,
            _SINCE_YEAR_1, DAY_MS, days, DAY_MS, _SINCE_YEAR_1, tenant,
        )  # fmt: skip
        return [
            DayCount(
                date.fromordinal(day + 1).isoformat(),
                channel,
                count,
                negatives,
                total / SCORE_SCALE / scored if scored else None,
            )
            for day, channel, count, negatives, scored, total in rows
        ]

    def contact_types(self, tenant: str, since: int, until: int) -> list[TypeRow]:
        """Count interactions that started from a time on and before another (ms UTC) by type."""
        rows = self._sql.rows(
            "SELECT contact_type, CASE WHEN score IS NULL THEN 0 ELSE 1 END, count(*),"
            " CAST(sum(negative) AS BIGINT) FROM interaction"
            " WHERE tenant = ? AND started_at >= ? AND started_at < ? GROUP BY 1, 2",
            tenant, since, until,
        )  # fmt: skip
        return [TypeRow(name, bool(scored), count, bad) for name, scored, count, bad in rows]

    def interactions_about(
        self,
        tenant: str,
        contact_type: str | None,
        since: int,
        until: int,
        *,
        limit: int,
        is_other: bool = False,
    ) -> list[str]:
        """List interactions of a contact type, or of all others, in order of their ids."""
        only, asked = ("", ()) if contact_type is None else (ABOUT[is_other], (contact_type,))
        rows = self._sql.rows(
            "SELECT id FROM interaction WHERE tenant = ? AND started_at >= ? AND started_at < ?"  # noqa: S608  # our own words
            f"{only} ORDER BY id LIMIT ?",
            tenant, since, until, *asked, limit,
        )  # fmt: skip
        return [id for (id,) in rows]

    def tenants(self) -> list[str]:
        """List the tenants that have interactions, customers or ledger entries."""
        found = (self._tenants(table) for table in ("interaction", "customer", "ledger"))
        return sorted(set().union(*found))

    def _tenants(self, table: str) -> set[str]:
        """Hop from tenant to tenant along the index: few of them may have millions of rows."""
        sql = (
            f"WITH RECURSIVE hop(tenant) AS (SELECT min(tenant) FROM {table} UNION ALL"  # noqa: S608  # our own names
            f" SELECT (SELECT min(tenant) FROM {table} WHERE tenant > hop.tenant) FROM hop"
            " WHERE hop.tenant IS NOT NULL) SELECT tenant FROM hop WHERE tenant IS NOT NULL"
        )
        return {tenant for (tenant,) in self._sql.rows(sql)}
