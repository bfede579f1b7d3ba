"""Read the timeline of a customer through the identifiers that they hold, and while they do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from infra.store.base import EVERYTHING, Cursor, Held, Only
from infra.store.sql_customers import ALWAYS, bounds
from infra.store.sql_documents import Documents
from schemas.base import Contract, decode
from schemas.conversation import Brief, Meaning
from schemas.events import COMPANY_SIDE, Party
from schemas.interaction import Fact, Interaction
from schemas.utterance import MOOD_LINE, Mood

_HELD = (
    " FROM held CROSS JOIN interaction_party AS party WHERE party.tenant = ?"
    " AND party.identifier = held.identifier"
    " AND party.started_at >= held.since AND party.started_at < held.until"
)
_NEWEST = " ORDER BY party.started_at DESC, party.interaction DESC LIMIT ?"
_MOODS = {
    Mood.NEGATIVE: ("one.score <= ?", (-MOOD_LINE,)),
    Mood.NEUTRAL: ("one.score > ? AND one.score < ?", (-MOOD_LINE, MOOD_LINE)),
    Mood.POSITIVE: ("one.score >= ?", (MOOD_LINE,)),
}


class _Said(Contract, frozen=True, kw_only=True):
    party: Party


class _Found(Contract, frozen=True, kw_only=True):
    vector: bytes = b""


class _Heard(Contract, frozen=True, kw_only=True):
    """What of a tagged utterance is needed to compare meanings."""

    utterance: _Said
    insights: _Found


class TimelineViews(Documents):
    """What is read of one customer."""

    def timeline(
        self,
        tenant: str,
        identifiers: Sequence[Held],
        before: Cursor | None,
        limit: int,
        only: Only = EVERYTHING,
    ) -> list[Interaction]:
        """List the interactions of any of these identifiers, newest first."""
        at, last = before if before else (ALWAYS, "")
        wanted, values = _wanted(only)
        sql = (
            "WITH held(identifier, since, until) AS (ROWS(TEXT, INTEGER, INTEGER))"  # noqa: S608  # our own text
            " SELECT doc FROM interaction WHERE id IN (SELECT interaction FROM (SELECT DISTINCT"
            f" party.started_at, party.interaction{_HELD}"
            f" AND (party.started_at, party.interaction) < (?, ?){wanted}{_NEWEST}) AS newest)"
            " ORDER BY started_at DESC, id DESC"
        )
        # The bound of the page stands in `until` as well: an index can follow that.
        held = [(one, since, min(until, at + 1)) for one, since, until in map(bounds, identifiers)]
        return self._many(Interaction, sql, held, tenant, at, last, *values, limit)

    def briefs(self, tenant: str, identifiers: Sequence[Held], limit: int) -> list[Brief]:
        """List the interactions of any of these identifiers in brief, newest first."""
        sql = (
            "WITH held(identifier, since, until) AS (ROWS(TEXT, INTEGER, INTEGER))"  # noqa: S608  # our own text
            " SELECT doc FROM interaction WHERE id IN (SELECT interaction FROM (SELECT DISTINCT"
            f" party.started_at, party.interaction{_HELD}{_NEWEST}) AS newest)"
            " ORDER BY started_at DESC, id DESC"
        )
        return self._many(Brief, sql, [bounds(one) for one in identifiers], tenant, limit)

    def meanings(self, tenant: str, interactions: Sequence[str]) -> Iterator[Meaning]:
        """Stream the search vectors of what customers said in some interactions."""
        sql = (
            "SELECT interaction, doc FROM utterance WHERE interaction IN (ROWS(TEXT))"
            " AND tenant = ? ORDER BY interaction, id"
        )
        for interaction, doc in self._sql.rows(sql, list(interactions), tenant):
            heard = decode(doc, _Heard)
            if heard.insights.vector and heard.utterance.party.role not in COMPANY_SIDE:
                yield Meaning(interaction, heard.insights.vector)

    def customer_facts(self, tenant: str, identifiers: Sequence[Held]) -> list[Fact]:
        """List what was told of the customer and not of one contact, oldest first."""
        sql = (
            "WITH held(identifier, since, until) AS (ROWS(TEXT, INTEGER, INTEGER))"
            " SELECT fact.doc FROM held CROSS JOIN customer_fact AS fact WHERE fact.tenant = ?"
            " AND fact.identifier = held.identifier"
            " AND fact.at >= held.since AND fact.at < held.until ORDER BY fact.at, fact.id"
        )
        found = self._many(Fact, sql, [bounds(one) for one in identifiers], tenant)
        return list({fact.id: fact for fact in found}.values())

    def interactions_of(self, tenant: str, identifiers: Sequence[Held]) -> frozenset[str]:
        """Collect the ids of all interactions of any of these identifiers."""
        sql = (
            "WITH held(identifier, since, until) AS (ROWS(TEXT, INTEGER, INTEGER))"
            f" SELECT DISTINCT party.interaction{_HELD}"
        )
        rows = self._sql.rows(sql, [bounds(one) for one in identifiers], tenant)
        return frozenset(id for (id,) in rows)


def _wanted(only: Only) -> tuple[str, tuple[object, ...]]:
    """Say what an interaction must be like, and give the values for it."""
    tests: list[str] = []
    values: list[object] = []
    for column, value in (("channel", only.channel), ("contact_type", only.contact_type)):
        if value is not None:
            tests.append(f"one.{column} = ?")
            values.append(str(value))
    if only.mood is not None:
        test, given = _MOODS[only.mood]
        tests.append(test)
        values += given
    if only.pinned:
        tests.append("one.pinned = 1")
    if not tests:
        return "", ()
    sql = (
        " AND EXISTS (SELECT 1 FROM interaction AS one WHERE one.id = party.interaction"  # noqa: S608  # our own tests
        f" AND {' AND '.join(tests)})"
    )
    return sql, tuple(values)
