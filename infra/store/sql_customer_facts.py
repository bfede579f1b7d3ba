"""Write what is told of a customer and not of one contact, under each identifier that it names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from infra.store.sql import Sql
from infra.store.view import View, milliseconds
from processors.customer_facts import told_of
from schemas.base import Contract, encode
from schemas.interaction import Fact

FACTS = View(
    "INSERT INTO customer_fact ROWS(TEXT, TEXT, TEXT, INTEGER, INTEGER, BLOB)"
    " ON CONFLICT (tenant, identifier, id) DO UPDATE SET version = excluded.version,"
    " at = excluded.at, doc = excluded.doc WHERE excluded.version > customer_fact.version",
    key=lambda one: (one[1].tenant, one[0], one[1].id),
    rank=lambda one: one[1].version,
    row=lambda one: (
        one[1].tenant, one[0], one[1].id, milliseconds(one[1].at), one[1].version, encode(one[1]),
    ),
    first=True,
)  # fmt: skip


def write_customer_facts(sql: Sql, values: Sequence[Contract]) -> None:
    """Write those facts that tell of a customer; most tell of a contact and are passed over."""
    facts = cast("Sequence[Fact]", values)
    told = [(identifier, fact) for fact in facts for identifier in told_of(fact)]
    if told:
        FACTS.write(sql, FACTS.newest(told))
