"""Keep who may be one person, what sources say of them, and what people have decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from infra.store.sql import Sql
from infra.store.sql_customers import ALWAYS
from infra.store.sql_late_proposals import PROPOSED, LateViews, note_news
from infra.store.view import View, milliseconds
from processors.normalise.link import BULK
from schemas.base import Contract, decode, encode
from schemas.identity import Evidence, Strength
from schemas.person import Description
from schemas.proposal import Proposal, ProposalSet

DECISIONS = View(
    "INSERT INTO decision ROWS(TEXT, TEXT, TEXT, TEXT, INTEGER, TEXT, INTEGER, BLOB)"
    " ON CONFLICT (tenant, one, other, id) DO UPDATE SET said = excluded.said,"
    " verdict = excluded.verdict, withdrawn = excluded.withdrawn, doc = excluded.doc"
    " WHERE excluded.said >= decision.said",
    key=lambda one: (one.tenant, one.a, one.b, one.id),
    rank=lambda one: said(one),
    row=lambda one: (
        one.tenant, one.a, one.b, one.id, said(one), one.kind, int(one.withdrawn), encode(one),
    ),
)  # fmt: skip

_DECIDED = (
    "EXISTS (SELECT 1 FROM decision WHERE decision.tenant = proposal.tenant"
    " AND decision.one = proposal.a AND decision.other = proposal.b AND decision.withdrawn = 0)"
)
_OPEN = (
    " FROM proposal"  # noqa: S608  # our own text
    " JOIN customer_name AS mine ON mine.tenant = proposal.tenant AND mine.name = proposal.a"
    " AND mine.until = ? JOIN customer_name AS theirs ON theirs.tenant = proposal.tenant"
    " AND theirs.name = proposal.b AND theirs.until = ?"
    " WHERE proposal.tenant = ? AND mine.customer <> theirs.customer"
    f" AND NOT {_DECIDED}"
    # Whatever identifiers somebody has kept apart, it is these two customers.
    " AND (mine.customer, theirs.customer) NOT IN (SELECT held.customer, far.customer"
    " FROM decision CROSS JOIN customer_name AS held CROSS JOIN customer_name AS far"
    " WHERE decision.tenant = ? AND decision.verdict = 'different' AND decision.withdrawn = 0"
    " AND held.tenant = decision.tenant AND held.name = decision.one"
    " AND far.tenant = decision.tenant AND far.name = decision.other)"
)


def said(statement: Evidence) -> int:
    """Order what one person said about one pair: by time, a withdrawal after what it takes back."""
    return 2 * milliseconds(statement.at) + int(statement.withdrawn)


def write_decisions(sql: Sql, values: Sequence[Contract]) -> None:
    """Write what people said about two identifiers; what machines found is no decision."""
    by_people: list[Evidence] = [
        one
        for one in values
        if isinstance(one, Evidence)
        and one.strength is Strength.MANUAL
        and one.kind != "unused"
        and one.a != one.b
    ]
    both_ways = [*by_people, *(replace(one, a=one.b, b=one.a) for one in by_people)]
    DECISIONS.write(sql, DECISIONS.newest(both_ways))


def write_descriptions(sql: Sql, values: Sequence[Contract]) -> None:
    """Write what sources say of persons, under each identifier of theirs."""
    told = [one for one in values if isinstance(one, Description)]
    note_news(sql, told)
    rows = {
        (one.tenant, identifier, one.id): encode(one)
        for one in told
        for identifier in one.identifiers
    }
    sql.write(
        "INSERT INTO description ROWS(TEXT, TEXT, TEXT, BLOB) ON CONFLICT DO NOTHING",
        [(*key, doc) for key, doc in rows.items()],
    )


def write_proposals(sql: Sql, values: Sequence[Contract]) -> None:
    """Write what a run proposes in place of what was proposed before and nobody has decided on."""
    for run in values:
        assert isinstance(run, ProposalSet)
        sql.run(f"DELETE FROM proposal WHERE tenant = ? AND NOT {_DECIDED}", run.tenant)  # noqa: S608  # our own text
        sql.write(
            PROPOSED,
            [
                (one.tenant, one.id, one.a, one.b, one.probability, encode(one))
                for one in run.proposals
            ],
        )
        sql.write(
            "INSERT INTO proposal_run ROWS(TEXT, BLOB)"
            " ON CONFLICT (tenant) DO UPDATE SET doc = excluded.doc",
            [(run.tenant, encode(replace(run, proposals=())))],
        )


class ProposalViews(LateViews):
    """Read proposals and what they are made of."""

    def descriptions(self, tenant: str) -> Iterator[Description]:
        """Stream what sources say of persons; one comes once for each of its identifiers."""
        sql = "SELECT doc FROM description WHERE tenant = ? ORDER BY identifier, id"
        return self._stream(Description, sql, tenant)

    def descriptions_of(self, tenant: str, identifiers: Sequence[str]) -> list[Description]:
        """List what sources say of the person behind some identifiers, each once."""
        sql = (
            "SELECT doc FROM description WHERE tenant = ? AND identifier IN (ROWS(TEXT))"
            " ORDER BY id, identifier"
        )
        found = self._many(Description, sql, tenant, list(identifiers))
        return list({one.id: one for one in found}.values())

    def proposals(self, tenant: str, least: float, limit: int) -> list[Proposal]:
        """List the open proposals that are at least so probable, the most probable first."""
        sql = (
            f"SELECT proposal.doc{_OPEN} AND proposal.probability >= ?"
            " ORDER BY proposal.probability DESC, proposal.id LIMIT ?"
        )
        return self._many(Proposal, sql, ALWAYS, ALWAYS, tenant, tenant, least, limit)

    def proposal(self, tenant: str, id: str) -> Proposal | None:
        """Read one proposal, open or not."""
        sql = "SELECT doc FROM proposal WHERE tenant = ? AND id = ?"
        return self._one(Proposal, sql, tenant, id)

    def proposed(self, tenant: str) -> list[float]:
        """List how probable the open proposals are, the most probable first."""
        sql = f"SELECT proposal.probability{_OPEN} ORDER BY proposal.probability DESC"
        return [one for (one,) in self._sql.rows(sql, ALWAYS, ALWAYS, tenant, tenant)]

    def proposal_run(self, tenant: str) -> ProposalSet | None:
        """Tell of the last run that proposed, without its proposals."""
        return self._one(ProposalSet, "SELECT doc FROM proposal_run WHERE tenant = ?", tenant)

    def decided(self, tenant: str) -> list[tuple[float, bool]]:
        """List how probable proposals were that people looked at, and whether they accepted."""
        sql = (
            "SELECT proposal.id, proposal.probability, decision.doc FROM proposal JOIN decision"
            " ON decision.tenant = proposal.tenant AND decision.one = proposal.a"
            " AND decision.other = proposal.b WHERE proposal.tenant = ? AND decision.withdrawn = 0"
            " ORDER BY proposal.id, decision.said, decision.verdict DESC"
        )
        rows = self._sql.rows(sql, tenant)
        latest = {id: (probability, decode(doc, Evidence)) for id, probability, doc in rows}
        return [(p, one.kind == "same") for p, one in latest.values() if one.source != BULK]

    def decisions_on(self, tenant: str, identifiers: Sequence[str]) -> list[Evidence]:
        """List what people said about some identifiers and others, oldest first."""
        sql = "SELECT doc FROM decision WHERE tenant = ? AND one IN (ROWS(TEXT)) ORDER BY said, id"
        found = [decode(doc, Evidence) for (doc,) in self._sql.rows(sql, tenant, list(identifiers))]
        return list({one.id: one for one in found}.values())
