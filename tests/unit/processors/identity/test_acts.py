"""Acts of people on customers, their history, and undo: nothing of an undone act remains."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import combinations
from random import Random
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from processors.identity.acts import Does, Said, act_on, undo
from processors.identity.clusters import clusters
from processors.identity.explain import Explanation, explain_customers, explain_near
from processors.identity.history import history
from processors.identity.nearby import Nearby
from processors.identity.statements import ends_of
from processors.normalise.event import normalise_event
from processors.normalise.result import Company
from schemas.base import encode
from schemas.errors import InvalidEvent
from schemas.events import Event
from schemas.identity import Customer, Evidence, Strength
from tests.unit.processors.identity.test_clusters import (
    ANA,
    BOB,
    CRM,
    EVIDENCE,
    OTHER_CRM,
    PHONE,
    POOL,
    RULES,
    START,
    said,
)

LATER = START + timedelta(days=1)
PAIRS = list(combinations(sorted(set(POOL)), 2))


def around(evidence: Sequence[Evidence]) -> Nearby:
    """Put everything into one component, as if something had connected it."""
    ends = frozenset(end for one in evidence for end in ends_of(one, RULES))
    return Nearby(tuple(evidence), (ends,))


def evidence_of(events: Sequence[Event]) -> list[Evidence]:
    return [one for event in events for one in normalise_event(event, Company()).evidence]


def do(
    evidence: list[Evidence], does: Does, a: str, b: str, by: str = "Kim", minute: int = 0
) -> None:
    when = Said(by, LATER + timedelta(minutes=minute), "they told me")
    events = act_on(around(evidence), does, a, b, when, tenant="acme", rules=RULES)
    evidence += evidence_of(events)


def take_back(evidence: list[Evidence], act: str, by: str = "Bo", minute: int = 0) -> None:
    when = Said(by, LATER + timedelta(minutes=minute))
    evidence += evidence_of(undo(around(evidence), act, when, tenant="acme"))


def customers(evidence: Sequence[Evidence]) -> list[Customer]:
    return [replace(one, revision=0) for one in clusters(evidence, RULES)]


def answers(evidence: Sequence[Evidence]) -> list[bytes]:
    near = around(evidence)
    explained = (explain_near(near, a, b, RULES) for a, b in PAIRS)
    return [encode(one) for one in (*customers(evidence), *explained)]


def explained(evidence: Sequence[Evidence], a: str, b: str) -> Explanation:
    return explain_near(around(evidence), a, b, RULES)


@given(
    st.lists(EVIDENCE, max_size=12),
    st.lists(
        st.tuples(st.sampled_from(["merge", "deny"]), st.sampled_from(PAIRS), st.integers(0, 2)),
        min_size=1,
        max_size=4,
    ),
    st.randoms(use_true_random=False),
)
def test_acts_that_are_all_undone_in_any_order_leave_every_answer_as_it_was(
    known: list[Evidence], acts: list[tuple[Does, tuple[str, str], int]], luck: Random
) -> None:
    known = [replace(one, tenant="acme") for one in known]
    before = answers(known)
    evidence = list(known)
    earlier = {act.id for act in history(known)}
    for does, (a, b), minute in acts:
        do(evidence, does, a, b, by=f"Kim {minute}", minute=minute)
    done = [act.id for act in history(evidence) if act.id not in earlier]
    luck.shuffle(done)
    for act in done:
        if next(one for one in history(evidence) if one.id == act).state != "undone":
            take_back(evidence, act)
    assert answers(evidence) == before


def set_aside(evidence: list[Evidence], of: Evidence, minute: int = 0) -> None:
    when = Said("Kim", LATER + timedelta(minutes=minute), "a kiosk")
    events = act_on(
        around(evidence), "withdraw", of.b, of.a, when,
        tenant="acme", rules=RULES, statement=of.id,
    )  # fmt: skip
    evidence += evidence_of(events)


@given(st.lists(EVIDENCE, min_size=1, max_size=12), st.data())
def test_what_a_machine_said_is_set_aside_and_taken_up_again(
    known: list[Evidence], data: st.DataObject
) -> None:
    known = [replace(one, tenant="acme") for one in known]
    gone = {(one.id, one.a, one.b) for one in known if one.withdrawn}
    told = [
        one
        for one in known
        if one.strength is not Strength.MANUAL and (one.id, one.a, one.b) not in gone
    ]
    if not told or told[0].a == told[0].b:
        return
    of = data.draw(st.sampled_from([one for one in told if one.a != one.b]))
    before, evidence = answers(known), list(known)
    set_aside(evidence, of)
    without = [one for one in known if (one.id, one.a, one.b) != (of.id, of.a, of.b)]
    if of.kind == "same":
        alone = [one for one in known if (one.id, one.a, one.b) == (of.id, of.a, of.b)]
        without += [replace(e, id=f"{e.id}/{x}", a=x, b=x) for e in alone for x in (e.a, e.b)]
    assert customers(evidence) == customers(without)
    (act,) = (one for one in history(evidence) if one.kind == "unused")
    take_back(evidence, act.id)
    assert answers(evidence) == before
    set_aside(evidence, of, minute=9)
    assert customers(evidence) == customers(without)


def test_what_was_set_aside_stays_so_when_it_is_said_again_but_other_reasons_count() -> None:
    seen = said(ANA, PHONE, strength=Strength.OBSERVED)
    evidence = [seen]
    set_aside(evidence, seen)
    assert not explained(evidence, ANA, PHONE).together
    assert {one.identifiers for one in customers(evidence)} == {(ANA,), (PHONE,)}
    evidence.append(replace(seen, at=LATER + timedelta(days=900)))
    assert not explained(evidence, ANA, PHONE).together
    evidence.append(said(ANA, PHONE, strength=Strength.PROFILE))
    assert explained(evidence, ANA, PHONE).together


def test_only_what_a_machine_said_of_these_two_is_set_aside_and_only_once() -> None:
    seen, word = said(ANA, PHONE), said(ANA, BOB, strength=Strength.MANUAL)
    evidence = [seen, word]
    for of in (word, replace(seen, b=CRM), replace(seen, id="another")):
        with pytest.raises(InvalidEvent) as refused:
            set_aside(evidence, of)
        assert refused.value.reason == "nothing_to_undo"
    set_aside(evidence, seen)
    with pytest.raises(InvalidEvent, match="already"):
        set_aside(evidence, seen)
    when = Said("Kim", LATER)
    with pytest.raises(InvalidEvent, match="withdraw"):
        act_on(
            around(evidence), "merge", ANA, BOB, when,
            tenant="acme", rules=RULES, statement=seen.id,
        )  # fmt: skip


def test_a_merge_is_undone_by_anybody_and_the_undo_is_undone_too() -> None:
    evidence = [said(ANA, PHONE), said(BOB, CRM)]
    do(evidence, "merge", ANA, BOB)
    assert explained(evidence, PHONE, CRM).together
    (merged,) = history(evidence)
    assert (merged.by, merged.why, merged.state) == ("Kim", "they told me", "stands")

    take_back(evidence, merged.id, by="Bo", minute=5)
    assert not explained(evidence, PHONE, CRM).together
    undone, merged = history(evidence)
    assert (undone.by, undone.of, undone.undoes) == ("Bo", "Kim", merged.id)
    assert (merged.state, merged.undone_by) == ("undone", undone.id)

    take_back(evidence, undone.id, by="Cy", minute=5)
    assert explained(evidence, PHONE, CRM).together
    again, undone, merged = history(evidence)
    assert (again.by, again.of, again.state) == ("Cy", "Kim", "stands")
    assert (undone.state, merged.state) == ("undone", "undone")

    with pytest.raises(InvalidEvent, match="undone already"):
        take_back(evidence, undone.id)


def test_each_act_is_one_action_with_its_own_condition() -> None:
    assert set(get_args(Does)) == {"merge", "unmerge", "split", "deny", "withdraw", "undo"}
    evidence = [said(ANA, PHONE), said(BOB, CRM)]
    refusable: tuple[Does, ...] = ("split", "unmerge", "withdraw")
    for does in refusable:
        with pytest.raises(InvalidEvent):
            do(evidence, does, ANA, BOB)

    do(evidence, "merge", ANA, BOB)
    do(evidence, "unmerge", PHONE, CRM, by="Bo", minute=1)
    assert not explained(evidence, ANA, BOB).together

    do(evidence, "split", ANA, PHONE, minute=2)
    assert explained(evidence, ANA, PHONE).reason == "different"
    do(evidence, "withdraw", ANA, PHONE, by="Bo", minute=3)
    assert explained(evidence, ANA, PHONE).together

    do(evidence, "deny", ANA, BOB, minute=4)
    do(evidence, "merge", ANA, BOB, by="Cy", minute=5)
    states = {(act.kind, act.by): act.state for act in history(evidence) if not act.withdrawn}
    assert states["different", "Kim"] in ("overruled", "undone")
    assert states["same", "Cy"] == "stands"


def test_the_weakest_link_of_a_chain_comes_first() -> None:
    evidence = [
        said(CRM, ANA, strength=Strength.PROFILE),
        said(ANA, PHONE, strength=Strength.STATED),
        said(PHONE, "cookie:k1", strength=Strength.OBSERVED),
    ]
    found = explained(evidence, CRM, "cookie:k1")
    strengths = [found.chain[place].strength for place in found.weakest_first]
    assert strengths == [Strength.OBSERVED, Strength.STATED, Strength.PROFILE]
    assert found.weakest == found.chain[found.weakest_first[0]]


def test_two_customers_are_told_apart_as_such() -> None:
    evidence = [said(ANA, PHONE), said(BOB, PHONE, minute=5), said(CRM, ANA), said(OTHER_CRM, BOB)]
    found = customers(evidence)
    assert len(found) > 1
    one, other = found[:2]
    answer = explain_customers(around(evidence), one, other, RULES)
    assert not answer.together
    assert answer.reason == "limit"
    assert explain_customers(around(evidence), one, one, RULES).together

    strangers = [said(ANA, CRM), said(BOB, OTHER_CRM)]
    one, other = customers(strangers)
    assert explain_customers(around(strangers), one, other, RULES).reason == "no path"


def test_what_a_full_component_left_out_joins_nobody() -> None:
    link = said(ANA, BOB)
    near = Nearby((link,), (frozenset({ANA}), frozenset({BOB})))
    found = explain_near(near, ANA, BOB, RULES)
    assert (found.together, found.reason) == (False, "frozen")
