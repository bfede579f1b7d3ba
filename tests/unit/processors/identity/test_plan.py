"""Other rules are compared with those in use before anything is changed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from processors.identity.clusters import clusters
from processors.identity.plan import plan, regroupings
from processors.identity.rules import Rules
from schemas.identity import Evidence, Strength
from tests.unit.processors.identity.test_clusters import (
    ANA,
    ANA_WORK,
    BOB,
    CRM,
    EVIDENCE,
    OTHER_CRM,
    PHONE,
    manual,
    said,
)

NOW = Rules()


def test_a_lower_limit_splits_and_a_higher_one_merges() -> None:
    evidence = [said(ANA, CRM, strength=Strength.PROFILE), said(ANA, OTHER_CRM, minute=1)]
    merged = plan(evidence, NOW, Rules(limits={"crm": 2}))
    assert (merged.before, merged.after, merged.unchanged) == (2, 1, 0)
    assert [change.kind for change in merged.changes] == ["merge"]
    split = plan(evidence, Rules(limits={"crm": 2}), NOW)
    assert (split.count("split"), split.count("merge")) == (1, 0)


def test_a_line_that_would_be_shared_regroups_and_others_stay() -> None:
    evidence = [said(PHONE, ANA), said(PHONE, BOB, minute=1), said(ANA_WORK, CRM, minute=2)]
    found = plan(evidence, NOW, Rules(shared_after=1))
    (change,) = found.changes
    assert (change.kind, found.unchanged) == ("split", 1)
    assert {one.identifiers for one in change.after} == {(ANA,), (BOB,), (PHONE,)}


def test_the_same_rules_change_nothing_and_people_outrank_all_rules() -> None:
    evidence = [said(PHONE, ANA), manual(ANA, BOB, "same", 3)]
    assert plan(evidence, NOW, NOW).changes == ()
    strict = Rules(limits={"email": 1, "phone": 1}, shared_after=1)
    found = plan(evidence, NOW, strict)
    assert found.changes == ()


@given(
    st.lists(EVIDENCE, max_size=25),
    st.builds(Rules, shared_after=st.integers(1, 4), other_limit=st.integers(1, 5)),
)
def test_what_stays_and_what_changes_is_everybody(evidence: list[Evidence], then: Rules) -> None:
    before, after = clusters(evidence, NOW), clusters(evidence, then)
    here = [one for one in before if one.tenant == "acme"]
    changes = regroupings(here, [one for one in after if one.tenant == "acme"])
    left = {one.id for change in changes for one in change.before}
    same = {(one.identifiers, one.holdings) for one in after}
    assert {one.id for one in here if (one.identifiers, one.holdings) not in same} == left
    for change in changes:
        was = {i for one in change.before for i in one.identifiers}
        assert was == {i for one in change.after for i in one.identifiers}
