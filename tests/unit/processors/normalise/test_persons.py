"""What a source says of a person is taken down for proposals, and goes nowhere else."""

from __future__ import annotations

from datetime import UTC, datetime

from infra.store.memory import MemoryStore
from processors.normalise.event import normalise_event
from processors.normalise.persons import descriptions_of
from processors.normalise.result import Company
from processors.redaction import Action, Policy, Sensitive
from schemas.base import encode
from schemas.events import Channel, Event, Kind, Party, Role
from schemas.person import Description, Person
from schemas.topics import DESCRIPTIONS, EVIDENCE, INBOUND
from streams.stages.normalise import NormaliseRules, normalise
from streams.state import BatchState
from streams.topology import Message

ANA = Person(given_name="Ana", family_name="Silva", born="1971-06-24", street="7 Elm Road")
CUSTOMER = Party(role=Role.CUSTOMER, identifiers=("crm:7", "email:ana@example.com"))
AGENT = Party(role=Role.AGENT, name="Bo Berg", identifiers=("email:bo@shop.example",))


def profile(person: Person | None = ANA, **changes: object) -> Event:
    told: dict[str, object] = {
        "id": "p1", "source": "crm", "channel": Channel.EMAIL, "kind": Kind.PROFILE,
        "interaction": "p1", "occurred_at": datetime(2026, 3, 1, tzinfo=UTC), "party": CUSTOMER,
        "person": person, **changes,
    }  # fmt: skip
    return Event(**told)  # type: ignore[arg-type]  # fields by name


def test_a_profile_describes_the_person_behind_all_its_identifiers() -> None:
    (found,) = normalise_event(profile(), Company()).descriptions
    assert found.identifiers == ("crm:7", "email:ana@example.com")
    assert found.person == ANA


def test_personal_details_do_not_reach_the_fact() -> None:
    (fact,) = normalise_event(profile(), Company()).facts
    assert b"Elm" not in encode(fact)
    assert b"1971" not in encode(fact)


def test_a_name_in_any_message_describes_and_staff_are_never_described() -> None:
    named = Party(role=Role.CUSTOMER, name="Ana Silva", identifiers=("phone:+15550100",))
    (found,) = descriptions_of([named, AGENT], Company(), tenant="t")
    assert (found.identifiers, found.person) == (("phone:+15550100",), Person(name="Ana Silva"))


def test_what_is_said_twice_is_one_description_whenever_it_is_said() -> None:
    first = normalise_event(profile(), Company()).descriptions
    later = profile(id="p2", occurred_at=datetime(2026, 4, 1, tzinfo=UTC))
    assert normalise_event(later, Company()).descriptions == first


def test_what_cannot_be_compared_is_not_kept() -> None:
    odd = Person(name="+1 555 0100", born="last spring", postcode="ask at the front desk")
    assert normalise_event(profile(odd), Company()).descriptions == ()
    nameless = Party(role=Role.CUSTOMER, name="Ana Silva")
    assert descriptions_of([nameless], Company(), tenant="t") == ()


def test_details_describe_the_acting_party_and_nobody_beside_it() -> None:
    other = Party(role=Role.CUSTOMER, name="Paul Silva", identifiers=("crm:8",))
    told = normalise_event(profile(parties=(other,)), Company()).descriptions
    persons = {one.identifiers[0]: one.person for one in told}
    assert persons == {"crm:7": ANA, "crm:8": Person(name="Paul Silva")}


def test_card_numbers_in_an_address_do_not_leave_normalise() -> None:
    card = Person(name="Ana Silva", street="4111 1111 1111 1111", born="1971-06-24")
    event = profile(card)
    stage = normalise(NormaliseRules())
    context = BatchState(MemoryStore(), stage.name, {}, {})
    message = Message(INBOUND.name, "k", "i", 1, 0, event)
    emits = list(stage.process([message], context))
    assert DESCRIPTIONS.name in {emit.topic for emit in emits} >= {EVIDENCE.name}
    assert all(b"4111" not in encode(emit.value) for emit in emits)
    assert any(b"1971-06-24" in encode(emit.value) for emit in emits)


def test_a_street_and_a_name_stay_to_be_compared_whatever_is_hidden_in_texts() -> None:
    known = Person(name="Ana Silva", street="59 Mill Street", city="Lanton")
    policy = Policy(actions={Sensitive.NAME: Action.MASK, Sensitive.ADDRESS: Action.MASK})
    stage = normalise(NormaliseRules(policy=policy))
    context = BatchState(MemoryStore(), stage.name, {}, {})
    message = Message(INBOUND.name, "k", "i", 1, 0, profile(known))
    told = [emit.value for emit in stage.process([message], context)]
    assert [one.person for one in told if isinstance(one, Description)] == [known]
