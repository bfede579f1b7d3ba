"""What joins two identifiers: each ground of evidence, its worth, and until when it holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from processors.normalise.event import normalise_event
from processors.normalise.result import Company
from processors.normalise.thread import MOST_ADDRESSES, Writers, thread_evidence, with_writer
from schemas.events import Channel, Event, Kind, Party, Proof, Role
from schemas.identity import Strength

AT = datetime(2026, 11, 2, 10, tzinfo=UTC)
COMPANY = Company(domains=("northwind.example",), regions={"pbx-mx": "MX"})
ANA, HOME = "email:ana@example.com", "email:ana@home.example"
PHONE, COOKIE = "phone:+12125550100", "cookie:k1"


def event(*identifiers: str, kind: Kind = Kind.STARTED, **fields: object) -> Event:
    base: dict[str, object] = {"source": "crm", "occurred_at": AT}
    return Event(
        id="e1",
        channel=Channel.CHAT,
        kind=kind,
        interaction="c1",
        party=Party(role=Role.CUSTOMER, identifiers=identifiers),
        **{**base, **fields},  # type: ignore[arg-type]  # fields of an event
    )


@pytest.mark.parametrize(
    ("given", "basis", "strength"),
    [
        (event(ANA, PHONE), "event", Strength.STATED),
        (event(ANA, COOKIE), "device", Strength.OBSERVED),
        (event(ANA, PHONE, kind=Kind.PROFILE), "profile", Strength.PROFILE),
        (event(ANA, COOKIE, proof=Proof.SESSION), "session", Strength.AUTHENTICATED),
        (event(ANA, PHONE, proof=Proof.CALLBACK), "callback", Strength.AUTHENTICATED),
    ],
)
def test_evidence_is_worth_what_it_stands_on(given: Event, basis: str, strength: Strength) -> None:
    (told,) = normalise_event(given, COMPANY).evidence
    assert (told.basis, told.strength, told.source, told.at) == (basis, strength, "crm", AT)


def test_a_session_proves_who_acts_and_nobody_beside_them_and_ends() -> None:
    other = Party(role=Role.CUSTOMER, identifiers=(HOME, PHONE))
    until = AT + timedelta(hours=1)
    found = normalise_event(
        event(ANA, COOKIE, proof=Proof.SESSION, until=until, parties=(other,)), COMPANY
    ).evidence
    assert {(one.basis, one.until) for one in found} == {("session", until), ("event", None)}


def test_two_proofs_are_two_statements() -> None:
    ids = {
        normalise_event(event(ANA, PHONE, proof=proof), COMPANY).evidence[0].id
        for proof in (*Proof, None)
    }
    assert len(ids) == 3


def test_a_sources_national_numbers_are_read_by_its_own_region() -> None:
    assert COMPANY.seen_from("pbx-mx").region == "MX"
    found = normalise_event(event("phone:55 1234 5678"), COMPANY.seen_from("pbx-mx")).evidence
    assert found[0].a == "phone:+525512345678"
    assert COMPANY.seen_from("pbx") is COMPANY


def writer(address: str, name: str | None = "Ana Pérez", role: Role = Role.CUSTOMER) -> Party:
    return Party(role=role, name=name, identifiers=(address,))


def test_one_full_name_on_two_addresses_of_a_thread_is_evidence() -> None:
    known = with_writer(Writers(), writer(ANA), COMPANY, AT)
    later = AT + timedelta(hours=1)
    known = with_writer(known, writer(HOME, "PÉREZ, Ana"), COMPANY, later)
    (told,) = thread_evidence(known, HOME, tenant="acme", source="mail")
    assert (told.a, told.b, told.basis, told.at) == (ANA, HOME, "thread", later)
    assert list(thread_evidence(known, ANA, tenant="acme", source="mail")) == [told]


@pytest.mark.parametrize(
    "other",
    [
        writer(HOME, "Bob Pérez"),
        writer(HOME, None),
        writer(HOME, "Ana"),
        writer(HOME, role=Role.AGENT),
        writer("email:ana@northwind.example"),
    ],
)
def test_another_name_half_a_name_and_staff_are_none(other: Party) -> None:
    known = with_writer(Writers(), writer(ANA), COMPANY, AT)
    known = with_writer(known, other, COMPANY, AT)
    assert list(thread_evidence(known, ANA, tenant="acme", source="mail")) == []


def test_a_thread_remembers_few_addresses() -> None:
    known = Writers()
    for n in range(MOST_ADDRESSES + 5):
        known = with_writer(known, writer(f"email:p{n}@example.com"), COMPANY, AT)
    assert len(known.by_address) == MOST_ADDRESSES
