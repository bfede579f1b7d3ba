"""Write clusters of identifiers, and under which names each of them is found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from infra.store.base import Held
from infra.store.sql import Sql
from infra.store.view import View, milliseconds
from schemas.base import Contract, encode
from schemas.identity import Customer, CustomerChange, Holding

ALWAYS = 1 << 62
"""Further than any time in ms; its negative is before any time."""

CLUSTERS = View(
    "INSERT INTO customer ROWS(TEXT, TEXT, INTEGER, BLOB, INTEGER)"
    " ON CONFLICT (tenant, id) DO UPDATE SET"
    " revision = excluded.revision, doc = excluded.doc, frozen = excluded.frozen"
    " WHERE excluded.revision >= customer.revision",
    key=lambda one: (one.tenant, one.id),
    rank=lambda one: one.revision,
    row=lambda one: (one.tenant, one.id, one.revision, encode(one), int(one.frozen)),
)


# Names are deleted by their whole key: by a part of it SQLite would read all names of the tenant.
FORGET_NAMES = (
    "WITH gone(tenant, customer) AS (ROWS(TEXT, TEXT)) DELETE FROM customer_name"
    " WHERE (tenant, name, since) IN (SELECT held.tenant, held.name, held.since"
    " FROM gone CROSS JOIN customer_name AS held"
    " WHERE held.tenant = gone.tenant AND held.customer = gone.customer)"
)
DROP_NAMES = (
    "WITH given(tenant, customer, revision) AS (ROWS(TEXT, TEXT, INTEGER))"
    " DELETE FROM customer_name WHERE (tenant, name, since) IN (SELECT"
    " held.tenant, held.name, held.since"
    " FROM given CROSS JOIN customer CROSS JOIN customer_name AS held"
    " WHERE customer.tenant = given.tenant AND customer.id = given.customer"
    " AND customer.revision = given.revision AND held.tenant = given.tenant"
    " AND held.customer = given.customer)"
    " AND (tenant, name, since, customer) NOT IN (ROWS(TEXT, TEXT, INTEGER, TEXT))"
)


def bounds(held: Held) -> tuple[str, int, int]:
    """Give an identifier and the time in which it was held, ms from and ms up to."""
    one = held if isinstance(held, Holding) else Holding(identifier=held)
    since = -ALWAYS if one.since is None else milliseconds(one.since)
    return one.identifier, since, ALWAYS if one.until is None else milliseconds(one.until)


def _names(one: Customer) -> list[tuple[str, int, int]]:
    """List under which names a customer is found, and for what time."""
    ids = [(id, -ALWAYS, ALWAYS) for id in dict.fromkeys((one.id, *one.aliases))]
    return [*ids, *map(bounds, one.held)]


def write_customers(sql: Sql, values: Sequence[Contract]) -> None:
    """Write the clusters that steps of identity changed, and take away those that are gone."""
    gone, kept, renamed = _clusters(values)
    if gone:
        sql.run("DELETE FROM customer WHERE (tenant, id) IN (ROWS(TEXT, TEXT))", gone)
        sql.run(FORGET_NAMES, gone)
    CLUSTERS.write(sql, kept)
    if renamed:
        _write_names(sql, renamed)


def _write_names(sql: Sql, customers: Sequence[Customer]) -> None:
    names = [
        (one.tenant, *name, one.id, one.revision, place)
        for place, one in enumerate(customers)
        for name in _names(one)
    ]
    sql.run(
        DROP_NAMES,
        [(one.tenant, one.id, one.revision) for one in customers],
        [(tenant, name, since, id) for tenant, name, since, _, id, *_ in names],
    )
    # While clusters come apart two may claim a name: the one that was written last has it.
    sql.run(
        "WITH given(tenant, name, since, until, customer, revision, place)"
        " AS (ROWS(TEXT, TEXT, INTEGER, INTEGER, TEXT, INTEGER, INTEGER)),"
        " claims AS (SELECT given.tenant AS tenant, given.name AS name, given.since AS since,"
        " given.until AS until, given.customer AS customer, row_number() OVER"
        " (PARTITION BY given.tenant, given.name, given.since ORDER BY given.place DESC) AS rank"
        " FROM given JOIN customer ON customer.tenant = given.tenant"
        " AND customer.id = given.customer WHERE customer.revision = given.revision)"
        " INSERT INTO customer_name SELECT tenant, name, since, until, customer FROM claims"
        " WHERE rank = 1 ON CONFLICT (tenant, name, since) DO UPDATE SET"
        " customer = excluded.customer, until = excluded.until"
        " WHERE customer_name.customer <> excluded.customer OR"
        " customer_name.until <> excluded.until",
        names,
    )


class _Told(NamedTuple):
    """Clusters that are gone or have been, those to write, the last one last, and the renamed."""

    gone: list[tuple[str, str]]
    kept: list[Customer]
    renamed: list[Customer]


def _clusters(values: Sequence[Contract]) -> _Told:
    gone: dict[tuple[str, str], None] = {}
    kept: dict[tuple[str, str], Customer] = {}
    renamed: set[tuple[str, str]] = set()
    for value in values:
        assert isinstance(value, CustomerChange)
        for id in value.gone:
            gone[value.tenant, id] = None
            kept.pop((value.tenant, id), None)
        for one in value.customers:
            held = kept.pop((one.tenant, one.id), one)
            kept[one.tenant, one.id] = one if one.revision >= held.revision else held
            if one.id not in value.kept_names:
                renamed.add((one.tenant, one.id))
    return _Told(list(gone), list(kept.values()), [kept[key] for key in kept if key in renamed])
