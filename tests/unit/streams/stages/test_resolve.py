"""The stage gives the answer of the batch function, whatever happens on the way."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeVar

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from infra.log.base import NewRecord
from processors.identity.clusters import Rules, clusters
from processors.identity.statements import Key, fold, key_of
from schemas.answers import Answer
from schemas.base import Contract, decode, encode
from schemas.identity import Customer, CustomerChange, Evidence, Strength
from schemas.ids import derive
from streams.runners.driver import run_three_ways
from streams.stages.resolve import nearby, resolve
from streams.stages.resolve_state import state_key
from streams.topology import Emit, Message, Topology

V = TypeVar("V", bound=Contract)
START = datetime(2026, 11, 2, 10, tzinfo=UTC)
POOL = [
    *(f"email:p{n}@example.com" for n in range(6)),
    *("phone:+15550100", "phone:+15550101", "cookie:k1", "crm:1", "crm:2", "crm:null"),
]


def said(
    a: str,
    b: str,
    kind: Literal["same", "different"] = "same",
    strength: Strength = Strength.OBSERVED,
    minute: int = 0,
    withdrawn: bool = False,
    tenant: str = "acme",
    day: int = 0,
    until: int | None = None,
) -> Evidence:
    a, b = sorted((a, b))
    return Evidence(
        id=derive(tenant, a, b, kind, int(strength)),
        tenant=tenant,
        a=a,
        b=b,
        kind=kind,
        strength=strength,
        source="test",
        at=START + timedelta(days=day, minutes=minute),
        until=None if until is None else START + timedelta(days=until),
        withdrawn=withdrawn,
    )


SAID = st.builds(
    said,
    st.sampled_from(POOL),
    st.sampled_from(POOL),
    st.sampled_from(["same", "same", "same", "different"]),
    st.sampled_from(Strength),
    st.integers(0, 9),
    st.sampled_from([False, False, False, True]),
    st.sampled_from(["acme", "acme", "other"]),
)
UNUSED = st.builds(
    lambda of, back: replace(
        said(of.a, of.b, strength=Strength.MANUAL, minute=9, withdrawn=back, tenant=of.tenant),
        id=derive(of.id, "unused"),
        kind="unused",
        statement=of.id,
    ),
    SAID,
    st.booleans(),
)
EVIDENCE = st.one_of(SAID, SAID, SAID, UNUSED)
DAYS = st.one_of(st.sampled_from([0, 0, 50, 120, 900]), st.integers(0, 3000))
EVIDENCE_OF_YEARS = st.builds(
    said,
    st.sampled_from(POOL),
    st.sampled_from(POOL),
    st.sampled_from(["same", "same", "same", "different"]),
    st.sampled_from(Strength),
    st.integers(0, 9),
    st.sampled_from([False, False, False, False, True]),
    st.just("acme"),
    day=DAYS,
    until=st.one_of(st.none(), st.none(), st.none(), DAYS),
)


class _Shelf:
    """Keyed state in memory, kept as bytes; a batch works on a copy until it is committed."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.draft: dict[str, bytes] = {}

    def load(self, key: str, as_type: type[V]) -> V | None:
        data = self.draft.get(key)
        return None if data is None else decode(data, as_type)

    def save(self, key: str, value: Contract) -> None:
        self.draft[key] = encode(value)

    def forget(self, key: str) -> None:
        self.draft.pop(key, None)

    def prefetch(self, keys: Iterable[str]) -> None:
        assert all(isinstance(key, str) for key in keys)

    def answer(self, message: Message) -> Answer | None:
        raise AssertionError(f"nothing was asked about {message.id}")


class _Run:
    """A runner reduced to what counts: batches, crashes before a commit, rows that people read."""

    def __init__(self, most_statements: int = 5_000) -> None:
        self.stage = resolve(Rules(), most_statements)
        self.shelf = _Shelf()
        self.rows: dict[tuple[str, str], Customer] = {}

    def deliver(self, evidence: Sequence[Evidence], *, crash: bool = False) -> list[Emit]:
        batch = [
            Message("evidence", e.tenant, f"{e.id}/{n}", n, 0, e) for n, e in enumerate(evidence)
        ]
        self.shelf.draft = dict(self.shelf.kept)
        emits = list(self.stage.process(batch, self.shelf))
        if crash:
            return self.deliver(evidence)
        self.shelf.kept = self.shelf.draft
        for emit in emits:
            self._view(emit.value)
        return emits

    def _view(self, change: Contract) -> None:
        assert isinstance(change, CustomerChange)
        for gone in change.gone:
            self.rows.pop((change.tenant, gone), None)
        for customer in change.customers:
            old = self.rows.get((customer.tenant, customer.id))
            assert old is None or old.revision <= customer.revision
            self.rows[customer.tenant, customer.id] = customer

    def customers(self) -> tuple[Customer, ...]:
        return tuple(self.rows[key] for key in sorted(self.rows))


@given(
    st.one_of(st.lists(EVIDENCE, max_size=30), st.lists(EVIDENCE_OF_YEARS, max_size=40)), st.data()
)
def test_any_order_batching_repetition_and_crash_gives_the_batch_answer(
    evidence: list[Evidence], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(evidence), max_size=15)) if evidence else []
    left = data.draw(st.permutations(evidence + again))
    run, straight = _Run(), _Run()
    while left:
        size = data.draw(st.integers(1, 7))
        run.deliver(left[:size], crash=data.draw(st.booleans()))
        left = left[size:]
    straight.deliver(evidence)
    assert run.customers() == clusters(evidence, Rules()) == straight.customers()
    assert run.shelf.kept == straight.shelf.kept


@given(
    st.one_of(st.lists(EVIDENCE, max_size=30), st.lists(EVIDENCE_OF_YEARS, max_size=40)),
    st.integers(0, 99),
)
def test_a_topology_ends_the_same_in_order_shuffled_and_repeated_with_crashes(
    evidence: list[Evidence], seed: int
) -> None:
    records = [
        NewRecord("evidence", e.tenant, f"{e.id}/{n}", n, encode(e)) for n, e in enumerate(evidence)
    ]
    halves = [records[: len(records) // 2], records[len(records) // 2 :]]
    states = run_three_ways(Topology((resolve(),)), halves, seed=seed)
    expected = {customer.id: encode(customer) for customer in clusters(evidence, Rules())}
    for state in states.values():
        assert state.rows.get("customers", {}) == expected


def test_a_batch_tells_each_touched_component_once_and_nothing_when_repeated() -> None:
    run = _Run()
    batch = [said(POOL[0], POOL[6]), said(POOL[1], POOL[6]), said(POOL[2], POOL[7])]
    assert len(run.deliver(batch)) == 2
    assert run.deliver(batch) == []


def test_a_contact_that_changes_nobody_is_kept_and_not_told() -> None:
    """A call of somebody known, a month later, only makes what was said last longer."""
    run = _Run()
    run.deliver([said(POOL[0], POOL[6])])
    before = dict(run.shelf.kept)
    assert run.deliver([said(POOL[6], POOL[6], day=30), said(POOL[0], POOL[6], day=31)]) == []
    assert run.shelf.kept != before
    assert len(run.deliver([said(POOL[6], POOL[6], day=2000)])) == 1
    assert len(run.customers()) == 2


def test_names_that_stay_are_marked_so_that_they_need_not_be_written() -> None:
    run = _Run()
    run.deliver([said(POOL[0], POOL[6], minute=5)])
    assert run.deliver([said(POOL[0], POOL[6], minute=6, strength=Strength.STATED)]) == []
    (again,) = run.deliver([said(POOL[0], POOL[6], minute=1)])
    (longer,) = run.deliver([said(POOL[1], POOL[6])])
    assert isinstance(again.value, CustomerChange)
    assert isinstance(longer.value, CustomerChange)
    assert again.value.kept_names == (again.value.customers[0].id,)
    assert longer.value.kept_names == ()


def test_a_state_of_an_earlier_version_is_read_and_told_anew() -> None:
    run, fresh = _Run(), _Run()
    first, second = said(POOL[0], POOL[6]), said(POOL[1], POOL[6], minute=1)
    third = said(POOL[0], POOL[2], "different", Strength.MANUAL)
    run.deliver([first, third])
    key = state_key("acme", POOL[0])
    component = json.loads(run.shelf.kept[key])
    del component["said"]
    component["statements"] = [json.loads(encode(one)) for one in (first, third)]
    component["customers"] = list(component.pop("told"))
    run.shelf.kept[key] = json.dumps(component).encode()
    run.deliver([second])
    fresh.deliver([first, second, third])
    assert run.customers() == fresh.customers()
    assert run.shelf.kept == fresh.shelf.kept


def test_what_is_kept_of_a_statement_gives_it_back_in_full() -> None:
    run = _Run()
    told = [
        said(POOL[0], POOL[6], day=3, until=9),
        said(POOL[0], "crm:null", strength=Strength.PROFILE),
        replace(
            said(POOL[1], POOL[6], "different", Strength.MANUAL, withdrawn=True),
            said_by="ana",
            why="a mistake",
        ),
        replace(said(POOL[0], POOL[0]), basis="session", at=START + timedelta(microseconds=1)),
    ]
    run.deliver(told)
    held = nearby(lambda keys: {k: run.shelf.kept[k] for k in keys}, "acme", [POOL[6]])
    expected: dict[Key, Evidence] = {}
    for one in told:
        fold(expected, one)
    assert {key_of(one): one for one in held.statements} == expected
    assert held.parts == (frozenset({POOL[0], POOL[1], POOL[6]}),)


def test_ids_are_the_same_in_a_replay_and_state_belongs_to_its_tenant() -> None:
    first, second = _Run(), _Run()
    batch = [said(POOL[0], POOL[6]), said(POOL[1], POOL[2])]
    assert first.deliver(batch) == second.deliver(batch[::-1])
    assert all(key.startswith("acme/") for key in first.shelf.kept)


def test_a_merge_names_the_customers_that_are_gone_as_aliases() -> None:
    run = _Run()
    run.deliver([said(POOL[0], POOL[0], minute=1), said(POOL[1], POOL[1], minute=2)])
    younger = run.customers()[0 if run.customers()[0].since > START + timedelta(minutes=1) else 1]
    (emit,) = run.deliver([said(POOL[0], POOL[1], minute=3)])
    assert isinstance(emit.value, CustomerChange)
    assert emit.value.gone == (younger.id,)
    assert emit.value.customers[0].aliases == (younger.id,)


def test_a_full_component_takes_no_more_from_machines_but_still_from_people() -> None:
    run = _Run(most_statements=10)
    kiosk = "cookie:kiosk"
    visitors = [f"email:visitor{n}@example.com" for n in range(30)]
    for visitor in visitors:
        (emit,) = run.deliver([said(kiosk, visitor)])[-1:]
    assert isinstance(emit.value, CustomerChange)
    assert emit.value.frozen
    known = {identifier for c in run.customers() for identifier in c.identifiers}
    assert known == {kiosk, *visitors}
    assert all(len(c.identifiers) == 1 for c in run.customers() if kiosk not in c.identifiers)
    run.deliver([said(visitors[0], visitors[29], strength=Strength.MANUAL, minute=5)])
    assert any({visitors[0], visitors[29]} <= set(c.identifiers) for c in run.customers())


def test_a_full_component_still_takes_withdrawals_of_what_it_has() -> None:
    run = _Run(most_statements=2)
    first, second = said(POOL[0], POOL[6], minute=1), said(POOL[1], POOL[6], minute=2)
    run.deliver([first, second])
    assert len(run.customers()) == 1
    run.deliver([said(POOL[1], POOL[6], withdrawn=True), said(POOL[1], POOL[1])])
    assert {c.identifiers for c in run.customers()} == {(POOL[0], POOL[6])}
