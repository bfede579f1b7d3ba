"""Whoever is described is proposed at the next tick, and each thing said is compared once."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.log.base import NewRecord
from infra.log.sqlite import SqliteLog
from infra.search.memory import MemorySearch
from infra.sqlite import Database
from infra.store.sqlite import SqliteStore
from infra.store.sqlite_reader import SqliteViews
from processors.identity.clusters import customer_id
from processors.identity.linkage import late
from processors.identity.linkage.late import FITTED_ANEW_UP_TO
from schemas.alert import Tick
from schemas.base import encode
from schemas.identity import Customer, CustomerChange
from schemas.person import Description, Person
from schemas.topics import CUSTOMERS, DESCRIPTIONS, TICKS
from streams.delivery import Backend
from streams.runners import likeness
from streams.runners.likeness import NAME, Likeness
from tests.unit.processors.identity.linkage.people import people

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ANA = Person(name="Ana Silva", born="1971-06-24", street="7 Elm Road", city="Lanton")
SLIP = Person(name="Silva, Ana", born="1971-06-42", street="7 Elm Raod", city="Lanton")


class House:
    """A store of people who are described, and the lane that compares them."""

    def __init__(self, path: Path) -> None:
        database = Database(path)
        database.migrate()
        self.store = SqliteStore(database)
        self.backend = Backend(SqliteLog(database), self.store, MemorySearch())
        self.views = SqliteViews(path)
        self.lane = Likeness(self.backend, self.views, lambda: 0)
        self._ticks = 0

    def describe(self, identifier: str, person: Person, tenant: str = "t") -> None:
        """Say something of one customer."""
        id = customer_id(tenant, identifier)
        customer = Customer(id=id, tenant=tenant, identifiers=(identifier,), since=NOON, revision=1)
        said = Description(
            id=f"{identifier} {person.name}",
            tenant=tenant,
            identifiers=(identifier,),
            person=person,
        )
        with self.store.transaction():
            self.store.materialise(
                CUSTOMERS, [CustomerChange(tenant=tenant, customers=(customer,))]
            )
            self.store.materialise(DESCRIPTIONS, [said])

    def tick(self) -> int:
        """Let time pass once; give how many ticks were taken."""
        self._ticks += 1
        tick = encode(Tick(now=NOON))
        self.backend.log.append([NewRecord(TICKS.name, "tick", f"{self._ticks}", 0, tick)])
        return self.lane.step()

    def proposed(self, tenant: str = "t") -> dict[tuple[str, str], float]:
        """List the pairs that wait, each with its probability."""
        found = self.views.proposals(tenant, 0.5, 99)
        return {(one.a, one.b): one.probability for one in found}


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path / "house.db")
    records, _ = people(20, 0.0)
    for record in records:
        house.describe(f"crm:{record.id}", record.person)
    return house


def test_a_small_tenant_needs_no_run(house: House) -> None:
    house.describe("crm:ana", ANA)
    house.describe("account:ana", SLIP)
    assert house.lane.step() == 0
    assert house.proposed() == {}
    assert house.tick() == 1
    assert list(house.proposed()) == [("account:ana", "crm:ana")]
    assert house.views.described_anew(9) == []
    model = house.views.linkage_model("t")
    assert model is not None
    assert model.described == 22


def test_who_comes_after_a_run_is_judged_by_its_model(house: House) -> None:
    house.describe("crm:ana", ANA)
    house.tick()
    model = house.views.linkage_model("t")
    house.describe("account:ana", SLIP)
    house.describe("loyalty:ana", ANA)
    house.tick()
    assert set(house.proposed()) == {
        ("account:ana", "crm:ana"), ("crm:ana", "loyalty:ana"), ("account:ana", "loyalty:ana"),
    }  # fmt: skip
    assert house.views.linkage_model("t") == model
    assert house.views.described_anew(9) == []


def test_a_large_tenant_that_was_taken_in_at_once_is_compared_tick_by_tick(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(likeness, "FITTED_ANEW_UP_TO", 20)
    monkeypatch.setattr(late, "FITTED_ANEW_UP_TO", 20)
    monkeypatch.setattr(likeness, "MOST", 5)
    house.describe("phone:+12125550101", ANA)
    house.describe("phone:+12125550102", SLIP)
    house.tick()
    model = house.views.linkage_model("t")
    assert model is not None
    assert len(house.views.described_anew(99)) == 22
    ticks = 0
    while house.lane.is_behind():
        house.tick()
        ticks += 1
    assert ticks == 5
    assert house.views.described_anew(9) == []
    assert list(house.proposed()) == [("phone:+12125550101", "phone:+12125550102")]
    assert house.views.linkage_model("t") == model


def test_what_is_said_twice_is_compared_once(house: House) -> None:
    house.tick()
    house.describe("crm:ana", ANA)
    house.tick()
    house.describe("crm:ana", ANA)
    assert house.views.described_anew(9) == []


def test_nobody_is_compared_with_another_tenants_customers(house: House) -> None:
    house.describe("crm:ana", ANA)
    house.describe("account:ana", ANA, tenant="other")
    house.tick()
    house.tick()
    assert house.proposed() == house.proposed("other") == {}


def test_a_lane_that_was_overtaken_keeps_nothing(house: House) -> None:
    house.describe("crm:ana", ANA)
    house.describe("account:ana", ANA)
    house.lane.step()
    assert house.lane.positions == {}
    with house.store.transaction():
        house.store.advance(NAME, {}, {TICKS.name: 1})
    assert house.tick() == 0
    assert house.proposed() == {}
    assert len(house.views.described_anew(FITTED_ANEW_UP_TO)) == 22
    house.tick()
    assert list(house.proposed()) == [("account:ana", "crm:ana")]
