"""Proposals: right, sure of themselves only where they may be, and the same in any order."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime

import pytest

from processors.identity.clusters import customer_id
from processors.identity.linkage.blocking import LARGEST_BLOCK, NEIGHBOURS, candidates
from processors.identity.linkage.fields import Subject, subject_of
from processors.identity.linkage.proposals import link, propose
from schemas.identity import Customer
from schemas.person import Description, Person
from tests.unit.processors.identity.linkage.people import people

NOON = datetime(2026, 1, 1, tzinfo=UTC)


def _subjects(count: int, again: float) -> tuple[list[Subject], list[str]]:
    records, truth = people(count, again)
    return [subject_of(one.id, (), [one.person]) for one in records], truth


def _customer(identifier: str) -> Customer:
    id = customer_id("t", identifier)
    return Customer(id=id, tenant="t", identifiers=(identifier,), since=NOON, revision=1)


def _told(identifier: str, person: Person) -> Description:
    return Description(id=identifier, tenant="t", identifiers=(identifier,), person=person)


def test_the_model_finds_the_people_told_of_twice_without_any_label() -> None:
    subjects, truth = _subjects(1200, 0.3)
    sure = [one for one in link(subjects).likely if one.probability >= 0.9]
    right = sum(truth[one.one] == truth[one.other] for one in sure)
    there = sum(count - 1 for count in Counter(truth).values())
    assert right >= 0.98 * len(sure)
    assert right >= 0.85 * there


def test_probabilities_mean_what_they_say() -> None:
    subjects, truth = _subjects(2000, 0.3)
    found = link(subjects)
    right = sum(truth[one.one] == truth[one.other] for one in found.likely)
    assert sum(one.probability for one in found.likely) == pytest.approx(right, rel=0.1)


def test_where_nobody_is_told_of_twice_next_to_nothing_is_proposed() -> None:
    subjects, _ = _subjects(1500, 0.0)
    assert sum(one.probability for one in link(subjects).likely) < 5


def test_the_pairs_compared_grow_with_the_people_and_not_with_their_square() -> None:
    one_name = [Subject(str(n), names=(("ana", "silva"),)) for n in range(LARGEST_BLOCK * 20)]
    assert len(candidates(one_name)) == pytest.approx(len(one_name) * NEIGHBOURS, rel=0.02)


def test_each_pair_is_compared_once_the_smaller_first() -> None:
    subjects, _ = _subjects(300, 0.3)
    pairs = [tuple(pair) for pair in candidates(subjects).tolist()]
    assert len(set(pairs)) == len(pairs)
    assert all(one < other for one, other in pairs)


def test_the_order_and_repetition_of_what_is_known_does_not_matter() -> None:
    records, _ = people(150, 0.4)
    customers = [_customer(f"crm:{one.id}") for one in records]
    told = [_told(f"crm:{one.id}", one.person) for one in records]
    ordered = propose("t", customers, told)
    dice = random.Random(3)
    dice.shuffle(customers)
    told += told[:50]
    dice.shuffle(told)
    assert propose("t", customers, told) == ordered
    assert ordered.proposals


def test_a_common_name_alone_is_never_enough() -> None:
    crowd, _ = people(60, 0.0)
    persons = [one.person for one in crowd] + [Person(name="Bob Baker"), Person(name="Bob Baker")]
    customers = [_customer(f"phone:{n}") for n in range(len(persons))]
    told = [_told(f"phone:{n}", person) for n, person in enumerate(persons)]
    assert all(one.probability < 0.9 for one in propose("t", customers, told).proposals)


def test_a_family_at_one_address_is_not_proposed_as_one_person() -> None:
    crowd, _ = people(300, 0.2)
    home = {"family_name": "Silva", "street": "7 Elm Road", "postcode": "12345", "city": "Lanton"}
    persons = [one.person for one in crowd]
    persons += [Person(given_name="Ana", born="1971-06-24", **home)]
    persons += [Person(given_name="Paul", born="1969-11-02", **home)]
    customers = [_customer(f"crm:{n}") for n in range(len(persons))]
    told = [_told(f"crm:{n}", person) for n, person in enumerate(persons)]
    family = {f"crm:{len(persons) - 1}", f"crm:{len(persons) - 2}"}
    proposed = [one for one in propose("t", customers, told).proposals if {one.a, one.b} == family]
    assert all(one.probability < 0.5 for one in proposed)


def test_mailboxes_made_of_names_make_nobody_one_person() -> None:
    crowd, _ = people(600, 0.0)
    persons = [
        Person(given_name=one.person.given_name, family_name=one.person.family_name)
        for one in crowd
    ]
    emails = [
        f"email:{(one.given_name or 'x')[0]}.{one.family_name}{n % 7}@example{n % 2}.com"
        for n, one in enumerate(persons)
    ]
    told = [_told(email, person) for email, person in zip(emails, persons, strict=True)]
    found = propose("t", [_customer(email) for email in dict.fromkeys(emails)], told)
    assert sum(one.probability for one in found.proposals) < 5
    assert not [one for one in found.proposals if one.probability > 0.95]


def test_a_proposal_says_field_by_field_why() -> None:
    records, _ = people(300, 0.4)
    customers = [_customer(f"crm:{one.id}") for one in records]
    best = propose("t", customers, [_told(f"crm:{one.id}", one.person) for one in records])
    first = best.proposals[0]
    assert first.a < first.b
    assert {"given name", "family name"} <= {reason.field for reason in first.reasons}
    assert sum(reason.bits for reason in first.reasons) > 10


def test_nobody_and_one_customer_give_no_proposals() -> None:
    assert propose("t", [], []).proposals == ()
    alone = propose("t", [_customer("crm:1")], [_told("crm:1", Person(name="Ana Silva"))])
    assert (alone.proposals, alone.customers, alone.pairs) == ((), 1, 0)
