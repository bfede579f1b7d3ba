"""Customers are a pure function of the set of evidence."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.identity.clusters import Rules, clusters, customer_id, explain
from schemas.base import encode
from schemas.identity import Customer, Evidence, Strength
from schemas.ids import derive

RULES = Rules()
START = datetime(2026, 11, 2, 10, tzinfo=UTC)
ANA, ANA_WORK, BOB = "email:ana@example.com", "email:ana@work.example", "email:bob@example.com"
PHONE, CRM, OTHER_CRM = "phone:+15550100", "crm:1", "crm:2"
POOL = [
    *(f"email:p{n}@example.com" for n in range(6)),
    *("phone:+15550100", "phone:+15550101", "cookie:k1", "cookie:k2", "crm:1", "crm:2"),
    *("crm:null", "handle:x:ana"),
]


def said(
    a: str,
    b: str,
    *,
    kind: Literal["same", "different"] = "same",
    strength: Strength = Strength.OBSERVED,
    minute: int = 0,
    withdrawn: bool = False,
    by: str = "crm",
) -> Evidence:
    a, b = sorted((a, b))
    return Evidence(
        id=derive("said", a, b, kind, int(strength), by),
        tenant="acme",
        a=a,
        b=b,
        kind=kind,
        strength=strength,
        source=by,
        at=START + timedelta(minutes=minute),
        withdrawn=withdrawn,
    )


def manual(a: str, b: str, kind: Literal["same", "different"], minute: int) -> Evidence:
    return said(a, b, kind=kind, strength=Strength.MANUAL, minute=minute, by="agent")


EVIDENCE = st.builds(
    said,
    st.sampled_from(POOL),
    st.sampled_from(POOL),
    kind=st.sampled_from(["same", "same", "same", "different"]),
    strength=st.sampled_from(Strength),
    minute=st.integers(0, 9),
    withdrawn=st.sampled_from([False, False, False, True]),
)


def groups(evidence: Sequence[Evidence], rules: Rules = RULES) -> set[frozenset[str]]:
    return {frozenset(customer.identifiers) for customer in clusters(evidence, rules)}


def answer(evidence: Sequence[Evidence]) -> bytes:
    """Everything that is told of the customers but the revision, which counts the evidence."""
    found = clusters(evidence, RULES)
    return encode([msgspec.structs.replace(customer, revision=0) for customer in found])


def owner(evidence: Sequence[Evidence], identifier: str) -> Customer:
    return next(c for c in clusters(evidence, RULES) if identifier in c.identifiers)


@given(st.lists(EVIDENCE, max_size=25), st.data())
def test_neither_order_nor_repetition_changes_the_customers(
    evidence: list[Evidence], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(evidence), max_size=10)) if evidence else []
    mixed = data.draw(st.permutations(evidence + again))
    assert encode(clusters(mixed, RULES)) == encode(clusters(evidence, RULES))


@given(st.lists(EVIDENCE, max_size=25))
def test_every_identifier_has_one_customer_and_the_rules_hold(evidence: list[Evidence]) -> None:
    evidence = [e for e in evidence if e.strength is not Strength.MANUAL]
    found = clusters(evidence, RULES)
    seen = [identifier for customer in found for identifier in customer.identifiers]
    assert len(seen) == len(set(seen))
    assert "crm:null" not in seen
    ids = [i for customer in found for i in (customer.id, *customer.aliases)]
    assert len(ids) == len(set(ids)) == len(seen)
    withdrawn = {e.id for e in evidence if e.withdrawn}
    for customer in found:
        assert sum(i.startswith("crm:") for i in customer.identifiers) <= 1
        assert sum(i.startswith("email:") for i in customer.identifiers) <= 5
        for e in evidence:
            if e.kind == "different" and e.id not in withdrawn and e.a != e.b:
                assert not {e.a, e.b} <= set(customer.identifiers)


@given(st.lists(EVIDENCE, max_size=25), st.data())
def test_a_merge_taken_back_leaves_no_trace(evidence: list[Evidence], data: st.DataObject) -> None:
    a, b = (data.draw(st.sampled_from(POOL)) for _ in range(2))
    merge = manual(a, b, "same", 20)
    unmerge = msgspec.structs.replace(merge, withdrawn=True, at=START + timedelta(hours=1))
    before = answer(evidence)
    assert answer([*evidence, merge, unmerge]) == before
    assert answer([unmerge, merge, *evidence]) == before


@given(st.lists(EVIDENCE, max_size=25), EVIDENCE)
def test_the_revision_of_a_customer_never_falls(evidence: list[Evidence], more: Evidence) -> None:
    before = {customer.id: customer.revision for customer in clusters(evidence, RULES)}
    for customer in clusters([*evidence, more], RULES):
        assert customer.revision >= before.get(customer.id, 0)


@settings(deadline=None)
@given(st.lists(EVIDENCE, max_size=25))
def test_an_explanation_agrees_with_the_customers(evidence: list[Evidence]) -> None:
    home = {i: customer.id for customer in clusters(evidence, RULES) for i in customer.identifiers}
    for a in POOL[::2]:
        for b in POOL[1::2]:
            why = explain(evidence, a, b, RULES)
            assert why.together == (a in home and home[a] == home.get(b))
            ends = [end for link in why.chain for end in (link.a, link.b)]
            assert {end for end in ends if ends.count(end) == 1} == ({a, b} if ends else set())
            assert (why.weakest is not None) == why.together
            if why.broken_at is not None:
                assert home.get(why.broken_at.a) != home.get(why.broken_at.b) or (
                    why.reason == "blocked"
                )


def test_the_oldest_identifier_names_the_customer_and_the_others_are_aliases() -> None:
    customer = owner([said(PHONE, PHONE, minute=5), said(ANA, PHONE, minute=9)], ANA)
    assert customer.id == customer_id("acme", PHONE)
    assert customer.aliases == (customer_id("acme", ANA),)
    assert customer.since == START + timedelta(minutes=5)


def test_a_split_leaves_the_id_with_the_oldest_half() -> None:
    evidence = [said(ANA, PHONE, minute=1), said(PHONE, BOB, minute=2)]
    whole = owner(evidence, BOB)
    evidence.append(manual(PHONE, BOB, "different", 3))
    assert owner(evidence, ANA).id == whole.id
    assert owner(evidence, BOB).id == customer_id("acme", BOB)


def test_two_crm_records_never_merge_through_a_shared_email() -> None:
    evidence = [
        said(ANA, CRM, strength=Strength.PROFILE, minute=2),
        said(ANA, OTHER_CRM, strength=Strength.STATED, minute=1),
    ]
    assert groups(evidence) == {frozenset({ANA, CRM}), frozenset({OTHER_CRM})}
    why = explain(evidence, ANA, OTHER_CRM, RULES)
    assert (why.reason, why.about, why.broken_at) == ("limit", "crm", evidence[1])


def test_a_family_phone_stops_linking_and_stands_for_itself() -> None:
    family = [said(PHONE, f"email:member{n}@example.com", minute=n) for n in range(4)]
    assert groups(family[:3]) == {frozenset({PHONE, *(e.a for e in family[:3])})}
    assert groups(family) == {frozenset({PHONE}), *(frozenset({e.a}) for e in family)}
    why = explain(family, family[0].a, family[3].a, RULES)
    assert (why.reason, why.about) == ("shared line", PHONE)


def test_plus_addresses_of_one_mailbox_do_not_make_a_shared_line() -> None:
    evidence = [said(PHONE, f"email:ana+{n}@example.com", minute=n) for n in range(5)]
    assert len(groups(evidence)) == 1


def test_a_blocked_value_joins_nobody_and_is_nobody() -> None:
    evidence = [said(ANA, "crm:null"), said(BOB, "crm:null"), said(ANA, "cookie:000-000")]
    assert groups(evidence) == {frozenset({ANA}), frozenset({BOB})}
    assert explain(evidence, ANA, "crm:null", RULES).reason == "blocked"
    assert explain(evidence, ANA, BOB, RULES).reason == "blocked"


def test_a_different_edge_holds_against_every_path() -> None:
    evidence = [
        said(ANA, PHONE, minute=1),
        said(PHONE, ANA_WORK, minute=2),
        said(ANA_WORK, BOB, minute=3),
    ]
    apart = said(ANA, BOB, kind="different", strength=Strength.STATED, minute=4)
    assert len(groups(evidence)) == 1
    assert groups([*evidence, apart]) == {frozenset({ANA, PHONE, ANA_WORK}), frozenset({BOB})}
    why = explain([*evidence, apart], ANA, BOB, RULES)
    assert (why.reason, why.broken_at, why.chain) == ("different", apart, tuple(evidence))


def test_a_persons_word_outranks_limits_shared_lines_and_machines() -> None:
    family = [said(PHONE, f"email:member{n}@example.com", minute=n) for n in range(4)]
    machine = said(PHONE, family[0].a, kind="different", strength=Strength.PROFILE)
    merge = manual(PHONE, family[0].a, "same", 9)
    assert frozenset({PHONE, family[0].a}) in groups([*family, machine, merge])
    assert groups([manual(CRM, OTHER_CRM, "same", 1)]) == {frozenset({CRM, OTHER_CRM})}


def test_two_manual_links_outrank_what_a_machine_says_about_their_far_ends() -> None:
    links = [manual(ANA, PHONE, "same", 1), manual(PHONE, BOB, "same", 2)]
    machine = said(ANA, BOB, kind="different", strength=Strength.AUTHENTICATED)
    person = manual(ANA, BOB, "different", 3)
    assert len(groups([*links, machine])) == 1
    assert groups([*links, person]) == {frozenset({ANA, PHONE}), frozenset({BOB})}


def test_an_explanation_breaks_where_the_customers_part_and_not_before() -> None:
    """A person linked the shared line to one member, so the chain breaks at the other."""
    family = [said(PHONE, f"email:member{n}@example.com", minute=n) for n in range(4)]
    merged = [*family, manual(PHONE, family[0].a, "same", 9)]
    why = explain(merged, family[0].a, family[3].a, RULES)
    assert (why.reason, why.broken_at) == ("shared line", family[3])


def test_the_later_word_of_a_person_wins_and_may_be_taken_back_and_said_again() -> None:
    same, different = manual(ANA, BOB, "same", 1), manual(ANA, BOB, "different", 2)
    known = [said(ANA, ANA), said(BOB, BOB)]
    assert len(groups([*known, same, different])) == 2
    assert len(groups([*known, same, different, manual(ANA, BOB, "same", 3)])) == 1
    taken_back = msgspec.structs.replace(different, withdrawn=True, at=START + timedelta(hours=1))
    assert len(groups([*known, same, different, taken_back])) == 1
    said_again = msgspec.structs.replace(different, at=START + timedelta(hours=2))
    assert len(groups([*known, same, different, taken_back, said_again])) == 2


def test_an_equal_name_in_two_sets_merges_nobody() -> None:
    """One person's phone is known under two numbers in two sources; only the name agrees."""
    evidence = [
        said("phone:+12345678902", "handle:sms:bob", minute=1),
        said("phone:+19876543210", "handle:mail:bob", minute=2),
    ]
    assert len(groups(evidence)) == 2
    why = explain(evidence, "phone:+12345678902", "phone:+19876543210", RULES)
    assert (why.together, why.reason, why.chain) == (False, "no path", ())


def test_the_chain_names_its_weakest_link() -> None:
    strong = said(ANA, CRM, strength=Strength.AUTHENTICATED, minute=3)
    weak = said(PHONE, CRM, strength=Strength.OBSERVED, minute=1)
    why = explain([weak, strong], ANA, PHONE, RULES)
    assert (why.together, why.chain, why.weakest) == (True, (strong, weak), weak)


def test_tenants_never_meet() -> None:
    here = said(ANA, PHONE)
    there = msgspec.structs.replace(said(PHONE, BOB), tenant="other")
    found = clusters([here, there], RULES)
    assert {(c.tenant, c.identifiers) for c in found} == {
        ("acme", (ANA, PHONE)),
        ("other", (BOB, PHONE)),
    }
