"""Write the rows that people read, for any number of values in a constant number of statements.

Of several values for one row only the newest is written, and none over a newer one in the table.
No statement needs an answer, so a database far away can be told them all at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from infra.store.sql import Sql
from infra.store.sql_customer_facts import write_customer_facts
from infra.store.sql_customers import write_customers
from infra.store.sql_late_proposals import write_keys, write_late, write_model
from infra.store.sql_ledger import ACCOUNTS
from infra.store.sql_proposals import (
    write_decisions,
    write_descriptions,
    write_proposals,
)
from infra.store.view import View, milliseconds
from processors.annotations import is_pinned
from schemas.alert import Alert
from schemas.base import Contract, encode
from schemas.identity import CustomerChange, Evidence
from schemas.interaction import Fact, Interaction
from schemas.ledger import DeadLetter, LedgerEntry
from schemas.person import Description
from schemas.proposal import Blocked, LateProposals, LinkageModel, ProposalSet
from schemas.topics import (
    ALERTS,
    CONVERSATIONS,
    CUSTOMERS,
    DESCRIPTIONS,
    EVIDENCE,
    LEDGER,
    PROPOSALS,
    TAGGED,
)
from schemas.topics import INTERACTIONS as INTERACTIONS_TOPIC
from schemas.utterance import Tagged

TABLES: dict[str, tuple[str, ...]] = {
    INTERACTIONS_TOPIC.name: ("customer_fact",),
    CONVERSATIONS.name: ("interaction", "interaction_party"),
    TAGGED.name: ("utterance",),
    CUSTOMERS.name: ("customer", "customer_name"),
    ALERTS.name: ("alert",),
    LEDGER.name: ("ledger",),
    EVIDENCE.name: ("decision",),
    DESCRIPTIONS.name: ("description", "description_news", "likeness_key", "linkage_model"),
    PROPOSALS.name: ("proposal", "proposal_run"),
}


INTERACTIONS = View(
    "INSERT INTO interaction"
    " ROWS(TEXT, TEXT, TEXT, INTEGER, INTEGER, INTEGER, REAL, INTEGER, BLOB, TEXT, INTEGER)"
    " ON CONFLICT (id) DO UPDATE SET channel = excluded.channel,"
    " started_at = excluded.started_at, ended_at = excluded.ended_at,"
    " revision = excluded.revision, score = excluded.score,"
    " negative = excluded.negative, doc = excluded.doc,"
    " contact_type = excluded.contact_type, pinned = excluded.pinned"
    " WHERE excluded.revision >= interaction.revision",
    key=lambda one: one.id,
    rank=lambda one: one.revision,
    row=lambda one: (
        one.id, one.tenant, one.channel.value, milliseconds(one.started_at),
        milliseconds(one.ended_at), one.revision, one.sentiment.score if one.sentiment else None,
        int(one.negative), encode(one), one.contact_type, int(is_pinned(one)),
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
RAISED = View(
    "INSERT INTO alert ROWS(TEXT, TEXT, INTEGER, INTEGER, BLOB) ON CONFLICT (id) DO UPDATE SET"
    " revision = excluded.revision, doc = excluded.doc WHERE excluded.revision >= alert.revision",
    key=lambda one: one.id,
    rank=lambda one: one.revision,
    row=lambda one: (
        one.id, one.tenant, milliseconds(one.fired_at), one.revision, encode(one),
    ),
)  # fmt: skip
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


Writer = Callable[[Sql, Sequence[Contract]], None]


def _plain(view: View) -> Writer:
    return lambda sql, values: view.write(sql, view.newest(values))


_WRITERS: dict[type[Contract], Writer] = {
    Interaction: _write_interactions,
    Fact: write_customer_facts,
    Tagged: _plain(UTTERANCES),
    CustomerChange: write_customers,
    Alert: _plain(RAISED),
    LedgerEntry: _plain(ACCOUNTS),
    DeadLetter: _plain(LETTERS),
    Evidence: write_decisions,
    Description: write_descriptions,
    ProposalSet: write_proposals,
    LinkageModel: write_model,
    Blocked: write_keys,
    LateProposals: write_late,
}
