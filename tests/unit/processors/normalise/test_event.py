"""Events of our own format become facts, utterances, recordings and evidence."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.normalise.event import normalise_event
from processors.normalise.event_line import SourceDefaults, parse_events_line
from processors.normalise.result import Company
from schemas.errors import InvalidEvent
from schemas.events import Channel, Event, Kind, Role
from schemas.identity import Strength

COMPANY = Company(domains=("northwind.example",), identifiers=("phone:+15550100",))
DEFAULTS = SourceDefaults(tenant="acme", source="test")


def line(**fields: Any) -> bytes:
    base = {
        "id": "e1",
        "source": "widget",
        "channel": "chat",
        "kind": "message",
        "interaction": "c1",
        "occurred_at": "2026-11-02T10:14:03+01:00",
        "party": {"role": "customer", "identifiers": ["email:Ana@Example.com"]},
        "body": {"text": "My router is offline"},
    }
    return msgspec.json.encode({**base, **fields})


def event(**fields: Any) -> Event:
    return parse_events_line(line(**fields), line=None, defaults=DEFAULTS)


def refusal(raw: bytes, number: int | None = 7) -> InvalidEvent:
    with pytest.raises(InvalidEvent) as caught:
        parse_events_line(raw, line=number, defaults=DEFAULTS)
    return caught.value


def test_a_message_becomes_a_fact_and_an_utterance() -> None:
    result = normalise_event(event(), COMPANY)
    (fact,), (utterance,) = result.facts, result.utterances
    assert fact.interaction == utterance.interaction
    assert fact.reference == "c1"
    assert utterance.text == "My router is offline"
    assert utterance.party.identifiers == ("email:ana@example.com",)
    assert (
        utterance.at.utcoffset() == datetime.fromisoformat("2026-11-02T10:14:03+01:00").utcoffset()
    )


def test_html_counts_only_where_there_is_no_text() -> None:
    html = event(body={"html": "<p>Hello <b>there</b></p>"})
    assert normalise_event(html, COMPANY).utterances[0].text.strip() == "Hello there"


def test_a_mail_event_loses_its_quoted_reply_but_keeps_it_aside() -> None:
    mail = event(channel="email", body={"text": "Still broken.\n\n> Did you restart it?\n"})
    utterance = normalise_event(mail, COMPANY).utterances[0]
    assert utterance.text == "Still broken."
    assert utterance.quoted is not None
    assert "restart" in utterance.quoted


def test_the_companys_own_address_makes_an_agent() -> None:
    own = event(party={"identifiers": ["email:bo@northwind.example"]})
    result = normalise_event(own, COMPANY)
    assert result.utterances[0].role is Role.AGENT
    assert result.evidence == ()


def test_identifiers_of_one_party_are_evidence_by_what_they_are_worth() -> None:
    party = {"identifiers": ["email:a@example.com", "phone:+15550123456", "cookie:c1"]}
    evidence = normalise_event(event(party=party), COMPANY).evidence
    worth = {(item.a, item.b): item.strength for item in evidence}
    assert worth == {
        ("cookie:c1", "email:a@example.com"): Strength.OBSERVED,
        ("cookie:c1", "phone:+15550123456"): Strength.OBSERVED,
        ("email:a@example.com", "phone:+15550123456"): Strength.STATED,
    }


def test_identifiers_of_different_parties_are_no_evidence() -> None:
    parties = [{"identifiers": ["phone:+15550123456"]}, {"identifiers": ["email:b@example.com"]}]
    evidence = normalise_event(event(party=None, parties=parties), COMPANY).evidence
    assert all(item.a == item.b for item in evidence)
    assert len(evidence) == 2


def test_an_agent_never_joins_customers_through_own_identifiers() -> None:
    party = {"role": "customer", "identifiers": ["phone:+15550100", "email:a@example.com"]}
    evidence = normalise_event(event(party=party), COMPANY).evidence
    assert [(item.a, item.b) for item in evidence] == [("email:a@example.com",) * 2]


def test_a_malformed_identifier_is_kept_as_the_name_only() -> None:
    party = normalise_event(event(party={"identifiers": ["phone:12"]}), COMPANY).utterances[0].party
    assert party.identifiers == ()
    assert party.name == "12"


def test_a_profile_is_stronger_evidence_than_a_conversation() -> None:
    profile = event(
        kind="profile", body=None, party={"identifiers": ["crm:17", "email:a@example.com"]}
    )
    result = normalise_event(profile, COMPANY)
    assert [item.strength for item in result.evidence] == [Strength.PROFILE]
    assert result.facts[0].kind is Kind.PROFILE


def test_a_withdrawn_link_addresses_the_same_statement() -> None:
    link = {"a": "phone:+15550123456", "b": "email:a@example.com", "verdict": "different"}
    said = event(kind="link", link=link, party={"name": "Kim", "role": "agent"})
    turned = {"a": link["b"], "b": link["a"], "verdict": "different", "withdrawn": True}
    taken_back = event(id="e2", kind="link", link=turned, party={"name": "Kim", "role": "agent"})
    first, second = (normalise_event(e, COMPANY).evidence[0] for e in (said, taken_back))
    assert first.id == second.id
    assert (first.withdrawn, second.withdrawn) == (False, True)
    assert first.strength is Strength.MANUAL
    assert first.kind == "different"
    assert first.said_by == "Kim"


def test_two_people_saying_the_same_make_two_statements() -> None:
    link = {"a": "phone:+15550123456", "b": "email:a@example.com", "verdict": "same"}
    ids = {
        normalise_event(event(kind="link", link=link, party={"name": name}), COMPANY).evidence[0].id
        for name in ("Kim", "Sam")
    }
    assert len(ids) == 2


@pytest.mark.parametrize("pair", [("nonsense", "crm:1"), ("crm:1", "crm:1")])
def test_a_link_needs_two_identifiers(pair: tuple[str, str]) -> None:
    link = event(kind="link", link={"a": pair[0], "b": pair[1], "verdict": "same"})
    with pytest.raises(InvalidEvent) as caught:
        normalise_event(link, COMPANY)
    assert caught.value.reason == "invalid_identifier"
    assert caught.value.field in ("$.link.a", "$.link.b")


def test_agent_state_tells_a_fact_and_nothing_else() -> None:
    state = event(kind="agent_state", body=None, party={"identifiers": ["email:z@example.com"]})
    result = normalise_event(state, COMPANY)
    assert len(result.facts) == 1
    assert not result.utterances
    assert not result.evidence


def test_a_recording_keeps_unnamed_parties_unknown() -> None:
    recording = event(
        channel="voice",
        kind="recording",
        body=None,
        party=None,
        parties=[{}, {}],
        media={"tracks": [{"blob": "b", "channel": 0, "party": 0}, {"blob": "b", "party": 1}]},
    )
    (made,) = normalise_event(recording, COMPANY).recordings
    assert [party.role for party in made.parties] == [Role.UNKNOWN, Role.UNKNOWN]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"kind": "survey", "body": None, "survey": {"metric": "csat", "score": 4}}, "survey"),
        ({"kind": "consent", "consent": {"purpose": "recording", "granted": False}}, "consent"),
        ({"kind": "ended", "ended": {"outcome": "solved"}}, "ended"),
        (
            {
                "kind": "segment",
                "segment": {"state": "queue", "started_at": "2026-11-02T10:00:00Z"},
            },
            "segment",
        ),
    ],
)
def test_every_kind_carries_its_own_part_into_the_fact(fields: dict[str, Any], told: str) -> None:
    fact = normalise_event(event(**fields), COMPANY).facts[0]
    assert getattr(fact, told) is not None


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("message", "$.body.text"),
        ("note", "$.body.text"),
        ("recording", "$.media"),
        ("segment", "$.segment"),
        ("survey", "$.survey"),
        ("consent", "$.consent"),
        ("link", "$.link"),
        ("profile", "$.party"),
    ],
)
def test_a_kind_without_its_part_says_which_is_missing(kind: str, field: str) -> None:
    error = refusal(line(kind=kind, body=None, party=None))
    assert (error.reason, error.field) == ("missing_field", field)


@pytest.mark.parametrize("kind", ["started", "ended", "participant", "transfer", "agent_state"])
def test_other_kinds_need_nothing_more(kind: str) -> None:
    assert normalise_event(event(kind=kind, body=None, party=None), COMPANY).facts[0].kind == kind


def test_the_same_reference_from_another_source_is_another_interaction() -> None:
    ids = {
        normalise_event(event(source=source), COMPANY).facts[0].interaction for source in ("a", "b")
    }
    assert len(ids) == 2


def test_defaults_fill_what_the_line_leaves_out() -> None:
    raw = msgspec.json.decode(line())
    del raw["source"], raw["channel"]
    defaults = SourceDefaults(tenant="acme", source="import", channel=Channel.CHAT)
    read = parse_events_line(msgspec.json.encode(raw), defaults=defaults)
    assert (read.tenant, read.source, read.channel) == ("acme", "import", Channel.CHAT)


def test_unknown_fields_are_kept_in_extra() -> None:
    read = event(mood="bad", extra={"old": 1})
    assert {name: bytes(value) for name, value in read.extra.items()} == {
        "mood": b'"bad"',
        "old": b"1",
    }
    assert msgspec.json.decode(msgspec.json.encode(read), type=Event) == read


def test_a_time_without_offset_is_refused_with_advice() -> None:
    error = refusal(line(occurred_at="2026-11-02T10:14:03"))
    assert (error.reason, error.field, error.line) == ("naive_time", "$.occurred_at", 7)
    assert "offset" in error.detail


def test_a_missing_field_is_named() -> None:
    error = refusal(b'{"kind": "message"}')
    assert (error.reason, error.line) == ("missing_field", 7)
    assert error.field == "$.id"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"{", "invalid_json"),
        (b"[1]", "invalid_json"),
        (b"\xff\xfe", "invalid_json"),
        (b'{"extra":' + b"[" * 100_000, "invalid_json"),
        (line(channel="pigeon"), "invalid_field"),
        (line(v=2), "invalid_field"),
        (line(occurred_at="0001-01-01T00:00:00Z"), "invalid_field"),
        (line(party={"identifiers": ["crm:1"] * 33}), "too_many_identifiers"),
        (line(body={"subject": "x"}), "missing_field"),
        (line(kind="recording", media={"tracks": [{"blob": "b", "party": 4}]}), "invalid_field"),
    ],
)
def test_what_is_wrong_gets_its_reason(raw: bytes, reason: str) -> None:
    assert refusal(raw).reason == reason


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*Event.__struct_fields__, "text", "identifiers", "tracks", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(Event.__struct_fields__), JSON, max_size=6))
def test_random_json_raises_nothing_but_invalid_event(fields: dict[str, Any]) -> None:
    base = msgspec.json.decode(line())
    raw = msgspec.json.encode({**base, **fields})
    with contextlib.suppress(InvalidEvent):
        assert normalise_event(parse_events_line(raw, defaults=DEFAULTS), COMPANY).facts


def test_an_event_is_dated_in_its_own_offset() -> None:
    assert event().occurred_at == datetime(2026, 11, 2, 9, 14, 3, tzinfo=UTC)
