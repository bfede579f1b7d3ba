"""Write clusters of identifiers, and under which names each of them is found."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from infra.store.base import Held
from infra.store.sql import Sql
from infra.store.view import View, milliseconds
from schemas.base import Contract, decode, encode
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


HELD = "SELECT doc FROM customer WHERE (tenant, id) IN (ROWS(TEXT, TEXT))"
# By the whole key first: by a part of it SQLite would read all names of the tenant.
DROP_NAMES = (
    "DELETE FROM customer_name WHERE (tenant, name, since) IN (ROWS(TEXT, TEXT, INTEGER))"
    " AND (tenant, name, since, customer) IN (ROWS(TEXT, TEXT, INTEGER, TEXT))"
)
NAMES = (
    "INSERT INTO customer_name ROWS(TEXT, TEXT, INTEGER, INTEGER, TEXT)"
    " ON CONFLICT (tenant, name, since) DO UPDATE SET"
    " customer = excluded.customer, until = excluded.until"
    " WHERE customer_name.customer <> excluded.customer OR customer_name.until <> excluded.until"
)


def bounds(held: Held) -> tuple[str, int, int]:
    """Give an identifier and the time in which it was held, ms from and ms up to."""
    one = held if isinstance(held, Holding) else Holding(identifier=held)
    since = -ALWAYS if one.since is None else milliseconds(one.since)
    return one.identifier, since, ALWAYS if one.until is None else milliseconds(one.until)


def write_customers(sql: Sql, values: Sequence[Contract]) -> None:
    """Write the clusters that steps of identity changed, and take away those that are gone."""
    gone, kept, renamed = _clusters(values)
    held = _held(sql, gone, renamed)
    if gone:
        sql.run("DELETE FROM customer WHERE (tenant, id) IN (ROWS(TEXT, TEXT))", gone)
    CLUSTERS.write(sql, kept)
    over = set(gone)
    written = [one for one in renamed if one.revision >= _revision(held, over, one)]
    _write_names(sql, [held[key] for key in _touched(gone, written) if key in held], written)


Key = tuple[str, str]
"""Tenant and id of a customer."""


def _held(sql: Sql, gone: Sequence[Key], renamed: Sequence[Customer]) -> dict[Key, Customer]:
    """Read how customers stand whose names may change: their documents list them."""
    keys = _touched(gone, renamed)
    found = (decode(doc, Customer) for (doc,) in sql.rows(HELD, keys)) if keys else ()
    return {(one.tenant, one.id): one for one in found}


def _touched(gone: Iterable[Key], renamed: Iterable[Customer]) -> list[Key]:
    return sorted({*gone, *((one.tenant, one.id) for one in renamed)})


def _revision(held: Mapping[Key, Customer], gone: Collection[Key], one: Customer) -> int:
    key = (one.tenant, one.id)
    return held[key].revision if key in held and key not in gone else one.revision


def _write_names(sql: Sql, before: Iterable[Customer], after: Iterable[Customer]) -> None:
    """Write under which names customers are found, and for what time, ms since 1970."""
    # While clusters come apart two may claim a name: the one that was written last has it.
    claims = {
        (one.tenant, name, since): (until, one.id)
        for one in after
        for name, since, until in _names(one)
    }
    dropped = [
        (one.tenant, name, since, one.id)
        for one in before
        for name, since, _ in ((one.id, -ALWAYS, ALWAYS), *_names(one))
        if (one.tenant, name, since) not in claims
    ]
    if dropped:
        sql.run(DROP_NAMES, [row[:3] for row in dropped], dropped)
    sql.write(NAMES, [(*key, *claims[key]) for key in sorted(claims)])


def _names(one: Customer) -> list[tuple[str, int, int]]:
    """List under which names a customer is found besides its id, and for what time."""
    ids = [(alias, -ALWAYS, ALWAYS) for alias in dict.fromkeys(one.aliases)]
    return [*ids, *map(bounds, one.held)]


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
