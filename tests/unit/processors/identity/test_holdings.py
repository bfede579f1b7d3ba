"""An identifier may pass from one holder to the next; what came before stays with the first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from processors.identity.clusters import clusters, customer_id, explain
from processors.identity.rules import Rules
from schemas.base import encode
from schemas.identity import Customer, Evidence, Holding, Strength
from schemas.ids import derive

RULES = Rules(silent_months=12)
START = datetime(2020, 1, 1, tzinfo=UTC)
PHONE, ANA, BOB = "phone:+15550100", "email:ana@example.com", "email:bob@example.com"
ANA_CRM, BOB_CRM = "crm:1", "crm:2"
POOL = (PHONE, "phone:+15550101", ANA, BOB, ANA_CRM, BOB_CRM, "cookie:k1")


def seen(
    a: str,
    b: str,
    *,
    day: int,
    strength: Strength = Strength.STATED,
    until: int | None = None,
    kind: str = "same",
    withdrawn: bool = False,
) -> Evidence:
    a, b = sorted((a, b))
    return Evidence(
        id=derive(a, b, kind, int(strength)),
        tenant="acme",
        a=a,
        b=b,
        kind="different" if kind == "different" else "same",
        strength=strength,
        source="test",
        at=START + timedelta(days=day),
        until=None if until is None else START + timedelta(days=until),
        withdrawn=withdrawn,
    )


def profile(a: str, b: str, *, day: int, until: int | None = None) -> Evidence:
    return seen(a, b, day=day, strength=Strength.PROFILE, until=until)


def manual(a: str, b: str, *, day: int, kind: str = "same") -> Evidence:
    return seen(a, b, day=day, strength=Strength.MANUAL, kind=kind)


def who(evidence: Sequence[Evidence], identifier: str, rules: Rules = RULES) -> list[Customer]:
    return [one for one in clusters(evidence, rules) if identifier in one.identifiers]


def holder(evidence: Sequence[Evidence], identifier: str, day: int) -> Customer:
    """Find the one customer who held an identifier at noon of a day."""
    at = START + timedelta(days=day, hours=12)
    (found,) = [
        customer
        for customer in clusters(evidence, RULES)
        for held in customer.held
        if held.identifier == identifier
        and (held.since is None or held.since <= at)
        and (held.until is None or at < held.until)
    ]
    return found


def test_a_recycled_number_starts_a_new_holder() -> None:
    evidence = [seen(PHONE, ANA, day=0), seen(PHONE, PHONE, day=400), seen(PHONE, BOB, day=401)]
    first, second = holder(evidence, PHONE, 0), holder(evidence, PHONE, 400)
    assert first.identifiers == (ANA, PHONE)
    assert second.identifiers == (BOB, PHONE)
    passed = START + timedelta(days=399)
    assert first.holdings == (Holding(identifier=PHONE, until=passed),)
    assert second.holdings == (Holding(identifier=PHONE, since=passed),)
    assert first.id in {customer_id("acme", ANA), customer_id("acme", PHONE)}
    assert len({first.id, second.id, *first.aliases, *second.aliases}) == 4


def test_a_number_in_use_keeps_its_holder_however_long() -> None:
    evidence = [seen(PHONE, ANA, day=0)]
    evidence += [seen(PHONE, PHONE, day=day) for day in range(300, 3000, 300)]
    (only,) = who(evidence, PHONE)
    assert only.identifiers == (ANA, PHONE)
    assert only.holdings == ()


def test_a_contact_found_later_in_the_silence_makes_it_one_holder_again() -> None:
    evidence = [seen(PHONE, ANA, day=0), seen(PHONE, BOB, day=500)]
    assert len(who(evidence, PHONE)) == 2
    assert len(who([*evidence, seen(PHONE, PHONE, day=250)], PHONE)) == 1


def test_silence_parts_nobody_who_is_seen_with_it_before_and_after() -> None:
    evidence = [seen(PHONE, ANA, day=0), seen(PHONE, ANA, day=900)]
    (only,) = who(evidence, PHONE)
    assert only.holdings == ()
    assert only.aliases


def test_silence_is_a_rule_and_may_be_switched_off() -> None:
    evidence = [seen(PHONE, ANA, day=0), seen(PHONE, BOB, day=4000)]
    assert len(who(evidence, PHONE)) == 2
    assert len(who(evidence, PHONE, Rules(silent_months=0))) == 1
    assert len(who(evidence, PHONE, Rules(reassigned=()))) == 1
    assert len(who([seen(ANA, BOB, day=0), seen(ANA, BOB, day=4000)], ANA)) == 1


def test_the_record_says_until_when_a_number_was_somebodys() -> None:
    """The calls between that day and its being told are no longer theirs either."""
    evidence = [profile(PHONE, ANA_CRM, day=day) for day in range(0, 100, 10)]
    evidence += [profile(PHONE, ANA_CRM, day=100, until=60), profile(PHONE, BOB_CRM, day=61)]
    assert holder(evidence, PHONE, 59).identifiers == (ANA_CRM, PHONE)
    assert holder(evidence, PHONE, 60).identifiers == (BOB_CRM, PHONE)


def test_a_record_that_claims_a_number_again_has_it_again() -> None:
    given_up = [profile(PHONE, ANA_CRM, day=0), profile(PHONE, ANA_CRM, day=10, until=10)]
    (ended,) = who(given_up, PHONE)
    assert ended.holdings == (Holding(identifier=PHONE, until=START + timedelta(days=10)),)
    (again,) = who([*given_up, profile(PHONE, ANA_CRM, day=20)], PHONE)
    assert again.holdings == ()


def test_another_record_takes_a_number_over_when_the_first_has_gone_quiet() -> None:
    evidence = [profile(PHONE, ANA_CRM, day=0), seen(PHONE, ANA, day=5)]
    later = profile(PHONE, BOB_CRM, day=100)
    assert holder([*evidence, later], PHONE, 99).identifiers == (ANA_CRM, ANA, PHONE)
    assert holder([*evidence, later], PHONE, 100).identifiers == (BOB_CRM, PHONE)


def test_a_number_that_a_family_shares_is_not_taken_over() -> None:
    evidence = [profile(PHONE, ANA_CRM, day=0), profile(PHONE, BOB_CRM, day=100)]
    shared = [*evidence, seen(PHONE, ANA_CRM, day=120)]
    assert not any(one.holdings for one in clusters(shared, RULES))
    assert not any(
        one.holdings for one in clusters([evidence[0], profile(PHONE, BOB_CRM, day=20)], RULES)
    )


def test_a_session_joins_a_cookie_to_an_account_while_it_lasts() -> None:
    login = replace(
        seen("account:1", "cookie:k1", day=0, until=1, strength=Strength.AUTHENTICATED),
        basis="session",
    )
    evidence = [login, seen("cookie:k1", BOB, day=2)]
    assert holder(evidence, "cookie:k1", 0).identifiers == ("account:1", "cookie:k1")
    assert holder(evidence, "cookie:k1", 2).identifiers == ("cookie:k1", BOB)
    again = replace(login, at=START + timedelta(days=3), until=START + timedelta(days=4))
    assert len(who([login, again], "cookie:k1")) == 1


def test_a_persons_word_is_about_the_holder_of_its_day() -> None:
    evidence = [seen(PHONE, ANA, day=0), seen(PHONE, PHONE, day=500)]
    assert holder([*evidence, manual(PHONE, ANA, day=500)], PHONE, 500).identifiers == (ANA, PHONE)
    apart = [*evidence, manual(PHONE, ANA, day=1, kind="different")]
    assert holder(apart, ANA, 0).identifiers == (ANA,)
    late = [*evidence, manual(PHONE, ANA, day=500, kind="different")]
    assert holder(late, PHONE, 0).identifiers == (ANA, PHONE)


def test_the_explanation_says_that_a_number_was_passed_on() -> None:
    evidence = [seen(PHONE, ANA, day=0), seen(PHONE, BOB, day=500)]
    now = explain(evidence, PHONE, BOB, RULES)
    assert (now.together, now.chain) == (True, (evidence[1],))
    before = explain(evidence, ANA, BOB, RULES)
    assert (before.together, before.reason, before.about) == (False, "passed on", PHONE)
    assert before.chain == tuple(evidence)


def test_a_declared_strength_decides_which_evidence_is_used_first() -> None:
    thread = replace(seen(ANA, ANA_CRM, day=0), basis="thread")
    event = replace(seen(ANA, BOB_CRM, day=1), basis="event")
    evidence = [thread, event]
    assert who(evidence, ANA)[0].identifiers == (ANA_CRM, ANA)
    weak = Rules(strengths={"thread": "observed"})
    assert who(evidence, ANA, weak)[0].identifiers == (BOB_CRM, ANA)
    unused = Rules(strengths={"thread": "unused", "event": "unused"})
    assert {one.identifiers for one in clusters(evidence, unused)} == {
        (ANA,),
        (ANA_CRM,),
        (BOB_CRM,),
    }


EVIDENCE = st.builds(
    seen,
    st.sampled_from(POOL),
    st.sampled_from(POOL),
    day=st.integers(0, 2000),
    strength=st.sampled_from(Strength),
    until=st.one_of(st.none(), st.none(), st.integers(0, 2000)),
    kind=st.sampled_from(["same", "same", "same", "different"]),
    withdrawn=st.sampled_from([False, False, False, True]),
)


@given(st.lists(EVIDENCE, max_size=25), st.data())
def test_holders_depend_neither_on_order_nor_on_repetition(
    evidence: list[Evidence], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(evidence), max_size=10)) if evidence else []
    mixed = data.draw(st.permutations(evidence + again))
    assert encode(clusters(mixed, RULES)) == encode(clusters(evidence, RULES))


@given(st.lists(EVIDENCE, max_size=25), st.integers(0, 2000))
def test_at_any_time_an_identifier_has_one_holder_at_most(
    evidence: list[Evidence], day: int
) -> None:
    at = START + timedelta(days=day)
    found = clusters(evidence, RULES)
    held = [
        holding.identifier
        for customer in found
        for holding in customer.held
        if (holding.since is None or holding.since <= at)
        and (holding.until is None or at < holding.until)
    ]
    assert len(held) == len(set(held))
    ids = [id for customer in found for id in (customer.id, *customer.aliases)]
    assert len(ids) == len(set(ids))


@settings(deadline=None)
@given(st.lists(EVIDENCE, max_size=25))
def test_an_explanation_agrees_with_the_last_holders(evidence: list[Evidence]) -> None:
    home: dict[str, tuple[datetime, str]] = {}
    for customer in clusters(evidence, RULES):
        for holding in customer.held:
            place = (holding.since or datetime.min.replace(tzinfo=UTC), customer.id)
            home[holding.identifier] = max(place, home.get(holding.identifier, place))
    for a in POOL:
        for b in POOL:
            why = explain(evidence, a, b, RULES)
            assert why.together == (a in home and b in home and home[a][1] == home[b][1])
            assert all("\x1f" not in f"{link.a}{link.b}{link.id}" for link in why.chain)
