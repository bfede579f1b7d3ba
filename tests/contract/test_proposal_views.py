"""Proposals are kept, decided on and read alike in every home."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

import pytest

from infra.store.base import Store, Views
from schemas.identity import Customer, CustomerChange, Evidence, Holding, Strength
from schemas.person import Description, Person
from schemas.proposal import Proposal, ProposalSet
from schemas.topics import CUSTOMERS, DESCRIPTIONS, EVIDENCE, PROPOSALS
from tests.contract.store_cases import AT, write

pytestmark = pytest.mark.contract


def customer(id: str, *identifiers: str, holdings: tuple[Holding, ...] = ()) -> Customer:
    return Customer(
        id=id, tenant="acme", identifiers=identifiers, holdings=holdings, since=AT, revision=1
    )


def proposal(a: str, b: str, probability: float) -> Proposal:
    return Proposal(id=f"{a} {b}", tenant="acme", a=a, b=b, probability=probability)


def word(
    a: str,
    b: str,
    kind: Literal["same", "different"],
    *,
    minute: int = 0,
    withdrawn: bool = False,
    strength: Strength = Strength.MANUAL,
) -> Evidence:
    return Evidence(
        id=f"{a} {b} {kind}", tenant="acme", a=a, b=b, kind=kind, strength=strength, source="desk",
        said_by="Bo", at=AT + timedelta(minutes=minute), withdrawn=withdrawn,
    )  # fmt: skip


def know(store: Store, *customers: Customer, gone: tuple[str, ...] = ()) -> None:
    write(store, CUSTOMERS, CustomerChange(tenant="acme", customers=customers, gone=gone))


def run(store: Store, *proposals: Proposal) -> None:
    write(store, PROPOSALS, ProposalSet(tenant="acme", proposals=proposals, customers=4, pairs=9))


AB = proposal("crm:a", "crm:b", 0.9)
AC = proposal("crm:a", "crm:c", 0.99)


@pytest.fixture
def three(written: Store) -> Store:
    know(written, customer("A", "crm:a", "phone:1"), customer("B", "crm:b"), customer("C", "crm:c"))
    return written


class TestProposalViews:
    """What is read of proposals."""

    def test_the_most_probable_comes_first_and_the_unlikely_may_be_left_out(
        self, three: Store, views: Views
    ) -> None:
        run(three, AB, AC)
        assert views.proposals("acme", 0, 9) == [AC, AB]
        assert views.proposals("acme", 0, 1) == [AC]
        assert views.proposals("acme", 0.95, 9) == [AC]
        assert views.proposed("acme") == [0.99, 0.9]
        assert views.proposal("acme", AB.id) == AB
        assert views.proposals("other", 0, 9) == []
        assert views.proposal("other", AB.id) is None

    def test_a_run_takes_the_place_of_the_one_before_but_for_what_was_decided(
        self, three: Store, views: Views
    ) -> None:
        run(three, AB, AC)
        write(three, EVIDENCE, word("crm:a", "crm:b", "different"))
        run(three)
        assert views.proposals("acme", 0, 9) == []
        assert views.proposal("acme", AB.id) == AB
        assert views.proposal("acme", AC.id) is None
        told = views.proposal_run("acme")
        assert told is not None
        assert (told.customers, told.pairs, told.proposals) == (4, 9, ())
        assert views.proposal_run("other") is None

    def test_what_is_one_customer_or_decided_is_not_open(self, three: Store, views: Views) -> None:
        run(three, AB, AC)
        write(three, EVIDENCE, word("crm:a", "crm:b", "same"))
        assert views.proposals("acme", 0, 9) == [AC]
        know(three, customer("A", "crm:a", "crm:c", "phone:1"), gone=("C",))
        assert views.proposals("acme", 0, 9) == []

    def test_keeping_other_identifiers_of_two_customers_apart_closes_the_proposal_too(
        self, three: Store, views: Views
    ) -> None:
        run(three, AB, AC)
        write(three, EVIDENCE, word("crm:b", "phone:1", "different"))
        assert views.proposals("acme", 0, 9) == [AC]

    def test_a_withdrawn_decision_opens_the_proposal_again_in_any_order(
        self, three: Store, views: Views
    ) -> None:
        run(three, AB)
        said = word("crm:a", "crm:b", "different")
        back = word("crm:a", "crm:b", "different", minute=1, withdrawn=True)
        write(three, EVIDENCE, back)
        write(three, EVIDENCE, said)
        assert views.proposals("acme", 0, 9) == [AB]
        assert views.decided("acme") == []
        write(three, EVIDENCE, word("crm:a", "crm:b", "different", minute=2))
        assert views.proposals("acme", 0, 9) == []

    def test_what_machines_say_decides_nothing(self, three: Store, views: Views) -> None:
        run(three, AB)
        write(three, EVIDENCE, word("crm:a", "crm:b", "same", strength=Strength.STATED))
        assert views.proposals("acme", 0, 9) == [AB]
        assert views.decisions_on("acme", ["crm:a"]) == []

    def test_the_last_word_on_a_pair_counts(self, three: Store, views: Views) -> None:
        run(three, AB, AC)
        apart, same = word("crm:a", "crm:b", "different"), word("crm:a", "crm:b", "same", minute=1)
        write(three, EVIDENCE, same, apart)
        assert views.decided("acme") == [(0.9, True)]
        assert {one.id for one in views.decisions_on("acme", ["crm:b"])} == {apart.id, same.id}
        assert views.decisions_on("acme", ["crm:c"]) == []

    def test_an_identifier_that_has_passed_on_is_its_present_holders(
        self, written: Store, views: Views
    ) -> None:
        later = AT + timedelta(days=400)
        know(
            written,
            customer("A", "crm:a", "phone:1", holdings=(Holding(identifier="phone:1", until=AT),)),
            customer(
                "B", "phone:1", holdings=(Holding(identifier="phone:1", since=later),)
            ),
        )  # fmt: skip
        run(written, proposal("crm:a", "phone:1", 0.8))
        assert len(views.proposals("acme", 0, 9)) == 1

    def test_descriptions_are_found_by_each_identifier_and_kept_once(
        self, written: Store, views: Views
    ) -> None:
        ana = Description(
            id="d1", tenant="acme", identifiers=("crm:a", "email:a@example.com"),
            person=Person(name="Ana Silva"),
        )  # fmt: skip
        write(written, DESCRIPTIONS, ana, ana)
        write(written, DESCRIPTIONS, ana)
        assert list(views.descriptions("acme")) == [ana, ana]
        assert views.descriptions_of("acme", ["crm:a", "email:a@example.com"]) == [ana]
        assert views.descriptions_of("acme", ["crm:b"]) == []
        assert list(views.descriptions("other")) == []

    def test_a_replay_forgets_descriptions_and_decisions(self, three: Store, views: Views) -> None:
        run(three, AB)
        write(three, EVIDENCE, word("crm:a", "crm:b", "different"))
        with three.transaction():
            three.reset([], [EVIDENCE, DESCRIPTIONS])
        assert views.proposals("acme", 0, 9) == [AB]
