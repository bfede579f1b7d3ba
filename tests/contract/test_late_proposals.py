"""What was said since the last run is kept, found by keys and forgotten alike in every home."""

from __future__ import annotations

import pytest

from infra.store.base import Store, Views
from processors.identity.linkage.blocking import LARGEST_BLOCK, NEIGHBOURS
from schemas.person import Description, Person
from schemas.proposal import Blocked, LateProposals, LinkageModel, Proposal, ProposalSet
from schemas.topics import CUSTOMERS, DESCRIPTIONS, PROPOSALS
from tests.contract.store_cases import change, customer, write

pytestmark = pytest.mark.contract


def said(id: str, *identifiers: str) -> Description:
    person = Person(name="Ana Silva")
    return Description(id=id, tenant="acme", identifiers=identifiers, person=person)


def block(identifier: str, *keys: str, sorting: str = "", tenant: str = "acme") -> Blocked:
    return Blocked(tenant=tenant, identifier=identifier, sorting=sorting, keys=keys)


def model(described: int) -> LinkageModel:
    return LinkageModel(
        tenant="acme", described=described, prior=0.1, matched=((0.5, 0.5),), random=((0.9, 0.1),),
        rarity=({"ana": 1.5},),
    )  # fmt: skip


class TestLateProposals:
    """What late proposals are made of."""

    def test_what_was_said_is_news_once_under_the_best_identifier(
        self, written: Store, views: Views
    ) -> None:
        first = said("d1", "crm:1", "phone:+1")
        write(written, DESCRIPTIONS, first)
        write(written, DESCRIPTIONS, said("d2", "crm:2"))
        assert views.described_anew(9) == [("crm:1", first), ("crm:2", said("d2", "crm:2"))]
        assert views.described_anew(1) == [("crm:1", first)]
        assert views.news("acme") == (("crm:1", "d1"), ("crm:2", "d2"))
        assert views.news("other") == ()
        assert views.described("acme", 9) == 3
        assert views.described("acme", 2) == 2
        write(written, PROPOSALS, LateProposals(tenant="acme", seen=(("crm:1", "d1"),)))
        write(written, DESCRIPTIONS, first)
        assert [identifier for identifier, _ in views.described_anew(9)] == ["crm:2"]

    def test_those_who_share_a_key_are_found_within_their_tenant(
        self, written: Store, views: Views
    ) -> None:
        for one in (
            block("crm:1", "k1", "k2"), block("crm:2", "k2"), block("crm:3", "k1"),
            block("crm:4", "k4"), block("crm:5", "k1", tenant="other"),
        ):  # fmt: skip
            write(written, PROPOSALS, one)
        assert sorted(views.alike(block("crm:1", "k1", "k2"))) == ["crm:2", "crm:3"]
        assert views.alike(block("crm:9", "k4")) == ["crm:4"]
        assert views.alike(block("crm:9", "none")) == []

    def test_of_a_large_block_only_neighbours_are_found(self, written: Store, views: Views) -> None:
        crowd = [block(f"crm:{n:02}", "k", sorting=f"{n:02}") for n in range(LARGEST_BLOCK + 4)]
        for one in crowd:
            write(written, PROPOSALS, one)
        found = sorted(views.alike(crowd[8]))
        near = range(8 - NEIGHBOURS, 8 + NEIGHBOURS + 1)
        assert found == [f"crm:{n:02}" for n in near if n != 8]
        assert len(views.alike(crowd[0])) == NEIGHBOURS

    def test_late_proposals_join_those_of_the_run_and_the_next_run_takes_their_place(
        self, written: Store, views: Views
    ) -> None:
        late = Proposal(id="p", tenant="acme", a="crm:1", b="crm:2", probability=0.9)
        write(written, CUSTOMERS, change(customer("A", "crm:1"), customer("B", "crm:2")))
        write(written, PROPOSALS, LateProposals(tenant="acme", proposals=(late,)))
        assert views.proposals("acme", 0, 9) == [late]
        write(written, PROPOSALS, ProposalSet(tenant="acme"))
        assert views.proposals("acme", 0, 9) == []

    def test_the_model_of_the_last_run_is_kept(self, written: Store, views: Views) -> None:
        assert views.linkage_model("acme") is None
        for count in (3, 4):
            write(written, PROPOSALS, model(count))
        assert views.linkage_model("acme") == model(4)
        assert views.linkage_model("other") is None
