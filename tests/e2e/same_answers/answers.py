"""Everything that people and programs can read of a system, as bytes under stable names."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec.structs import replace

from infra.store.base import Views
from processors.identity.explain import explain
from processors.identity.rules import Rules
from schemas.identity import Customer
from tests.e2e.same_answers.documents import index_documents
from tests.e2e.same_answers.searches import searched
from threadline.cli.export import export
from threadline.wiring import Wiring

Answers = dict[str, dict[str, bytes]]
"""Tables of what was answered: the name of a thing, and what is told of it."""

PAGE = 5
MOST_TIMELINES = 400
MOST_EXPLAINED = 60

EXPORTED = {
    "customers.ndjson": ("tenant", "id"),
    "interactions.ndjson": ("interaction.tenant", "interaction.id"),
    "alerts.ndjson": ("tenant", "id"),
    "ledger.ndjson": ("tenant", "interaction"),
}


def answers_of(wiring: Wiring, now: datetime) -> Answers:
    """Ask for everything; `now` is the time of the searches that count back from it."""
    views = wiring.lookup.views
    customers = [one for tenant in views.tenants() for one in views.customers(tenant)]
    answers = _exported(views)
    answers["utterances"] = _keyed(
        (f"{interaction.tenant}/{tagged.utterance.id}", tagged)
        for tenant in views.tenants()
        for interaction in views.all_interactions(tenant)
        for tagged in views.utterances(tenant, interaction.id)
    )
    # Where a record stood in its log is no answer: offsets count records of one partition.
    letters = (replace(letter, partition="", offset=0) for letter in views.dead_letters(1_000_000))
    answers["dead letters"] = _keyed((letter.id, letter) for letter in letters)
    answers["index documents"] = _keyed(sorted(index_documents(wiring)))
    answers["counts"] = _keyed(_counts(wiring))
    answers["names"] = _keyed(
        (f"{customer.tenant}/{name}", _id_of(wiring, customer.tenant, name))
        for customer in customers
        for name in sorted({customer.id, *customer.identifiers, *customer.aliases})
    )
    known = _best_known(customers)
    answers["timelines"] = _keyed(
        page for customer in known[:MOST_TIMELINES] for page in _timeline(wiring, customer)
    )
    answers["explanations"] = _keyed(_explained(wiring, known[:MOST_EXPLAINED]))
    answers["searches"] = _keyed(searched(wiring.lookup, known, now))
    return answers


def _keyed(pairs: Iterable[tuple[str, object]]) -> dict[str, bytes]:
    """Encode values under their names; what comes twice is kept twice."""
    found: dict[str, bytes] = {}
    for name, value in pairs:
        twice = f"{name} (again)" if name in found else name
        found[twice] = msgspec.json.encode(value, order="sorted")
    return found


def _exported(views: Views) -> Answers:
    """Export as `threadline export` does, and name the lines."""
    tables: Answers = {}
    with tempfile.TemporaryDirectory() as folder:
        export(views, Path(folder), None, show=False)
        for file, names in EXPORTED.items():
            data = (Path(folder) / file).read_bytes()
            lines = ((_name(line, names), msgspec.Raw(line)) for line in data.splitlines())
            tables[file.removesuffix(".ndjson")] = _keyed(lines)
    return tables


def _name(line: bytes, names: Sequence[str]) -> str:
    parts = []
    for name in names:
        value = msgspec.json.decode(line)
        for step in name.split("."):
            value = value[step]
        parts.append(str(value))
    return "/".join(parts)


def _counts(wiring: Wiring) -> Iterator[tuple[str, object]]:
    views = wiring.lookup.views
    yield "tenants", views.tenants()
    yield "waiting", wiring.waiting()
    for tenant in views.tenants():
        yield f"{tenant}/completeness", sorted(views.completeness(tenant).items())
        yield f"{tenant}/unfinished", list(views.unfinished(tenant))
        yield f"{tenant}/overview", views.overview(tenant, 30)
        yield f"{tenant}/durations", sorted(views.durations(tenant))


def _id_of(wiring: Wiring, tenant: str, name: str) -> str | None:
    customer = wiring.lookup.customer(tenant, name)
    return customer.id if customer else None


def _best_known(customers: Sequence[Customer]) -> list[Customer]:
    """Sort customers by how much is known of them, so that the first are worth asking for."""
    return sorted(customers, key=lambda one: (-len(one.identifiers), one.tenant, one.id))


def _timeline(wiring: Wiring, customer: Customer) -> Iterator[tuple[str, object]]:
    after: str | None = None
    number = 0
    while number == 0 or after is not None:
        page = wiring.lookup.timeline(customer.tenant, customer.identifiers[0], after, PAGE)
        assert page is not None
        number += 1
        yield f"{customer.tenant}/{customer.id} page {number}", page
        after = page.next


def _explained(wiring: Wiring, customers: Sequence[Customer]) -> Iterator[tuple[str, object]]:
    evidence = {
        tenant: wiring.evidence(tenant) for tenant in sorted({one.tenant for one in customers})
    }
    for customer in customers:
        first, *others = customer.identifiers
        for other in others:
            answer = explain(evidence[customer.tenant], first, other, Rules())
            yield f"{customer.tenant}/{first} and {other}", answer
