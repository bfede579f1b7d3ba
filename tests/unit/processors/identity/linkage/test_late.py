"""Customers who come after a run are proposed as the run would have proposed them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.identity.clusters import customer_id
from processors.identity.linkage.blocking import LARGEST_BLOCK, keys_of
from processors.identity.linkage.fields import Subject, subject_of
from processors.identity.linkage.late import (
    FITTED_ANEW_UP_TO,
    is_outgrown,
    kept,
    late_proposals,
    model_of,
    subject_near,
)
from processors.identity.linkage.proposals import run
from schemas.base import decode, encode
from schemas.identity import Customer
from schemas.person import Description, Person
from schemas.proposal import LinkageModel, Proposal
from tests.unit.processors.identity.linkage.people import people

NOON = datetime(2026, 1, 1, tzinfo=UTC)


def _crowd(count: int) -> list[Subject]:
    records, _ = people(count, 0.3)
    return [subject_of(one.id, (), [one.person]) for one in records]


CROWD = _crowd(40)
RUN = run("t", CROWD)


def _one_by_one(order: list[Subject]) -> dict[str, Proposal]:
    """Propose each as it comes, by the keys of those who came before."""
    there: dict[str, list[Subject]] = {}
    found: dict[str, Proposal] = {}
    for subject in order:
        keys = keys_of(subject)
        others = {other.key: other for key in keys for other in there.get(key, ())}
        for proposal in late_proposals("t", subject, list(others.values()), RUN.model):
            found[proposal.id] = proposal
        for key in keys:
            there.setdefault(key, []).append(subject)
    return found


def test_the_crowd_has_pairs_to_find_and_no_block_that_would_be_cut() -> None:
    sizes: dict[str, int] = {}
    for subject in CROWD:
        for key in keys_of(subject):
            sizes[key] = sizes.get(key, 0) + 1
    assert max(sizes.values()) <= LARGEST_BLOCK
    assert len(RUN.found.proposals) > 5


@settings(deadline=None)
@given(st.permutations(CROWD), st.integers(0, 5))
def test_in_any_order_and_repeated_the_same_is_proposed_as_by_a_run(
    order: list[Subject], repeated: int
) -> None:
    found = _one_by_one([*order, *order[:repeated]])
    assert found == {one.id: one for one in RUN.found.proposals}


def test_a_model_that_was_written_down_judges_as_before() -> None:
    stored = decode(encode(kept("t", RUN.model, 40)), LinkageModel)
    for subject in CROWD:
        fresh = late_proposals("t", subject, CROWD, RUN.model)
        assert late_proposals("t", subject, CROWD, model_of(stored)) == fresh


@pytest.mark.parametrize(
    ("known", "described", "anew"),
    [
        (None, 1, True),
        (10, 14, False),
        (10, 15, True),
        (None, FITTED_ANEW_UP_TO + 1, False),
        (FITTED_ANEW_UP_TO, 2 * FITTED_ANEW_UP_TO, False),
    ],
)
def test_a_model_is_fitted_anew_while_there_is_little_and_it_has_grown(
    known: int | None, described: int, anew: bool
) -> None:
    model = None if known is None else kept("t", RUN.model, known)
    assert is_outgrown(model, described) is anew


def test_a_record_of_somebody_else_with_the_same_phone_says_nothing_of_a_customer() -> None:
    own = Customer(
        id=customer_id("t", "crm:1"), tenant="t", identifiers=("crm:1", "phone:+1"), since=NOON
    )
    told = [
        Description(id=n, tenant="t", identifiers=(n, "phone:+1"), person=Person(name=name))
        for n, name in (("crm:1", "Ana Silva"), ("crm:2", "Paul Silva"))
    ]
    found = subject_near(own, told)
    assert found is not None
    assert found.names == (("ana", "silva"),)
    assert subject_near(own, told[1:]) is None
