"""Keep what was said of persons since the last run, and find customers who share a key."""

from __future__ import annotations

from collections.abc import Sequence

from infra.store.sql import Sql
from infra.store.sql_documents import Documents
from processors.identity.linkage.blocking import LARGEST_BLOCK, NEIGHBOURS
from processors.identity.linkage.fields import ranked
from schemas.base import Contract, decode, encode
from schemas.person import Description
from schemas.proposal import Blocked, LateProposals, LinkageModel

PROPOSED = (
    "INSERT INTO proposal ROWS(TEXT, TEXT, TEXT, TEXT, REAL, BLOB)"
    " ON CONFLICT (tenant, id) DO UPDATE SET"
    " probability = excluded.probability, doc = excluded.doc"
)
_BLOCK = "SELECT identifier FROM likeness_key WHERE tenant = ? AND key = ?"
_BEFORE = f"{_BLOCK} AND (sorting, identifier) < (?, ?) ORDER BY sorting DESC, identifier DESC"
_BEHIND = f"{_BLOCK} AND (sorting, identifier) > (?, ?) ORDER BY sorting, identifier"


def note_news(sql: Sql, descriptions: Sequence[Description]) -> None:
    """Remember what was not said before; to be called before it is written."""
    news = {(one.tenant, ranked(one.identifiers)[0], one.id) for one in descriptions}
    sql.run(
        "WITH given(tenant, identifier, id) AS (ROWS(TEXT, TEXT, TEXT))"
        " INSERT INTO description_news SELECT tenant, identifier, id FROM given"
        " WHERE NOT EXISTS (SELECT 1 FROM description AS known WHERE known.tenant = given.tenant"
        " AND known.identifier = given.identifier AND known.id = given.id) ON CONFLICT DO NOTHING",
        sorted(news),
    )


def write_keys(sql: Sql, values: Sequence[Contract]) -> None:
    """Write under which keys customers are found."""
    rows = {
        (one.tenant, key, one.sorting, one.identifier)
        for one in values
        if isinstance(one, Blocked)
        for key in one.keys
    }
    insert = "INSERT INTO likeness_key ROWS(TEXT, TEXT, TEXT, TEXT) ON CONFLICT DO NOTHING"
    sql.write(insert, sorted(rows))


def write_model(sql: Sql, values: Sequence[Contract]) -> None:
    """Write what runs were fitted to; the last one stays."""
    models = {one.tenant: one for one in values if isinstance(one, LinkageModel)}
    insert = (
        "INSERT INTO linkage_model ROWS(TEXT, BLOB)"
        " ON CONFLICT (tenant) DO UPDATE SET doc = excluded.doc"
    )
    sql.write(insert, [(tenant, encode(one)) for tenant, one in models.items()])


def write_late(sql: Sql, values: Sequence[Contract]) -> None:
    """Add proposals to those of the last run, and forget the news that they come from."""
    late = [one for one in values if isinstance(one, LateProposals)]
    found = {(one.tenant, one.id): one for step in late for one in step.proposals}
    rows = [(*key, p.a, p.b, p.probability, encode(p)) for key, p in found.items()]
    sql.write(PROPOSED, rows)
    seen = [(step.tenant, *said) for step in late for said in step.seen]
    delete = "DELETE FROM description_news WHERE (tenant, identifier, id) IN"
    sql.run(f"{delete} (ROWS(TEXT, TEXT, TEXT))", seen)


class LateViews(Documents):
    """Read what late proposals are made of."""

    def described_anew(self, limit: int) -> list[tuple[str, Description]]:
        """List what was said since it was last compared, with whom it is about."""
        sql = (
            "SELECT news.identifier, description.doc FROM description_news AS news"
            " JOIN description ON description.tenant = news.tenant"
            " AND description.identifier = news.identifier AND description.id = news.id"
            " ORDER BY news.tenant, news.identifier, news.id LIMIT ?"
        )
        rows = self._sql.rows(sql, limit)
        return [(identifier, decode(doc, Description)) for identifier, doc in rows]

    def news(self, tenant: str) -> tuple[tuple[str, str], ...]:
        """Name all that was said of a tenant's customers and not compared yet."""
        sql = "SELECT identifier, id FROM description_news WHERE tenant = ? ORDER BY identifier, id"
        return tuple((identifier, id) for identifier, id in self._sql.rows(sql, tenant))

    def described(self, tenant: str, most: int) -> int:
        """Count what is known of persons, by identifier, up to `most`."""
        sql = "SELECT count(*) FROM (SELECT 1 FROM description WHERE tenant = ? LIMIT ?) AS known"
        count: int = self._sql.rows(sql, tenant, most)[0][0]
        return count

    def linkage_model(self, tenant: str) -> LinkageModel | None:
        """Read what the last run was fitted to."""
        return self._one(LinkageModel, "SELECT doc FROM linkage_model WHERE tenant = ?", tenant)

    def alike(self, of: Blocked) -> list[str]:
        """List identifiers of customers who share a key; of a large block only neighbours."""
        found: dict[str, None] = {}
        for key in of.keys:
            rows = self._sql.rows(f"{_BLOCK} LIMIT ?", of.tenant, key, LARGEST_BLOCK + 1)
            if len(rows) > LARGEST_BLOCK:
                at = (of.tenant, key, of.sorting, of.identifier, NEIGHBOURS)
                rows = [*self._sql.rows(f"{_BEFORE} LIMIT ?", *at)]
                rows += self._sql.rows(f"{_BEHIND} LIMIT ?", *at)
            found.update(dict.fromkeys(one for (one,) in rows if one != of.identifier))
        return list(found)
