"""The document of an interaction depends on what is known, not on how it came to be known."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from processors.assemble import Dossier, add, interaction_of
from schemas.events import (
    Channel,
    Ending,
    HandlingState,
    Kind,
    Party,
    Remark,
    RemarkKind,
    Role,
    Segment,
    Survey,
)
from schemas.interaction import Fact, Interaction
from schemas.satisfaction import Said, Satisfaction
from schemas.utterance import Insights, Sentiment, Tagged, Utterance

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
ANA = Party(role=Role.CUSTOMER, name="Ana", identifiers=("email:ana@example.com",))
TOM = Party(role=Role.AGENT, name="Tom", identifiers=("email:tom@northwind.example",))


def fact(id: str, minute: int = 0, kind: Kind = Kind.MESSAGE, **fields: Any) -> Fact:
    return Fact(
        id=id, interaction="i1", reference="chat-1", tenant="acme", source="test",
        channel=Channel.CHAT, kind=kind, at=AT + timedelta(minutes=minute), **fields,
    )  # fmt: skip


def said(
    id: str, minute: int = 0, party: Party = ANA, negative: float = 0.1, version: int = 1,
    text: str = "hello", **found: Any,
) -> Tagged:  # fmt: skip
    utterance = Utterance(
        id=id, interaction="i1", tenant="acme", channel=Channel.CHAT, version=version,
        at=AT + timedelta(minutes=minute), party=party, text=text,
    )  # fmt: skip
    mood = Sentiment(negative=negative, neutral=0.0, positive=round(1 - negative, 2))
    insights = Insights(engine="test/1", sentiment=mood, **found)
    return Tagged(utterance=utterance, insights=insights)


def document(facts: Sequence[Fact], tagged: Sequence[Tagged] = ()) -> Interaction:
    found = interaction_of(add(Dossier(), facts, tagged))
    assert found is not None
    return found


FACTS = st.builds(
    fact,
    st.sampled_from([f"f{n}" for n in range(6)]),
    st.integers(0, 30),
    st.sampled_from([Kind.MESSAGE, Kind.SURVEY, Kind.NOTE, Kind.PROFILE, Kind.ENDED]),
    parties=st.sampled_from([(), (ANA,), (TOM,), (ANA, TOM)]),
    note=st.sampled_from([None, "called back"]),
    attributes=st.dictionaries(st.sampled_from(["queue", "brand"]), st.sampled_from(["a", "b"])),
)
SAID = st.builds(
    said,
    st.sampled_from([f"u{n}" for n in range(8)]),
    st.integers(0, 30),
    st.sampled_from([ANA, TOM]),
    st.sampled_from([0.1, 0.33, 0.7]),
    contact_type=st.sampled_from([None, "outage", "billing"]),
    contact_type_confidence=st.sampled_from([0.71, 0.83, 0.999]),
    categories=st.sampled_from([(), ("cancel",), ("billing", "refund")]),
)


@given(
    st.lists(FACTS, max_size=6, unique_by=lambda f: f.id),
    st.lists(SAID, max_size=8, unique_by=lambda t: t.utterance.id),
    st.randoms(use_true_random=False),
)
def test_neither_order_nor_repetition_nor_batches_change_the_document(
    facts: list[Fact], tagged: list[Tagged], rng: random.Random
) -> None:
    whole = add(Dossier(), facts, tagged)
    items: list[Fact | Tagged] = [*facts, *tagged] * 2
    rng.shuffle(items)
    dossier = Dossier()
    for item in items:
        before = dossier.revision
        dossier = add(
            dossier,
            [item] if isinstance(item, Fact) else [],
            [item] if isinstance(item, Tagged) else [],
        )
        assert dossier.revision >= before
    assert interaction_of(dossier) == interaction_of(whole)
    assert dossier.revision == whole.revision == len(facts) + len(tagged)


def test_a_profile_or_link_alone_is_no_contact() -> None:
    for kind in (Kind.PROFILE, Kind.CONSENT, Kind.LINK, Kind.AGENT_STATE):
        assert interaction_of(add(Dossier(), [fact("f1", kind=kind)], [])) is None
    assert interaction_of(Dossier()) is None


def test_only_the_customers_words_make_sentiment_and_its_trend() -> None:
    tagged = [
        said("u1", 1, ANA, 0.1), said("u2", 2, TOM, 0.9), said("u3", 3, ANA, 0.7),
        said("u4", 4, ANA, 0.9),
    ]  # fmt: skip
    found = document([fact("f1")], tagged)
    assert found.sentiment is not None
    assert found.sentiment.negative == round((0.1 + 0.7 + 0.9) / 3, 4)
    assert found.trend == round((-0.4 - 0.8) / 2 - 0.8, 4)
    assert found.negative
    assert document([fact("f1")], [said("u2", 2, TOM, 0.9)]).sentiment is None


def test_a_newer_version_of_a_turn_takes_the_place_of_the_older_in_any_order() -> None:
    old, new = said("u1", text="helo"), said("u1", version=2, text="hello")
    for order in ((old, new), (new, old)):
        found = document([fact("f1")], order)
        assert (found.preview, found.utterances, found.revision) == ("hello", 1, 3)


def test_the_company_is_no_identifier_of_its_customers() -> None:
    found = document([fact("f1", parties=(ANA, TOM))], [said("u1", party=TOM)])
    assert found.identifiers == ANA.identifiers
    assert {party.role for party in found.parties} == {Role.CUSTOMER, Role.AGENT}


def test_it_ends_with_its_last_word_and_not_with_the_survey_a_day_later() -> None:
    facts = [
        fact("f1"),
        fact("f2", 60 * 24, Kind.SURVEY, survey=Survey(metric="nps", score=9)),
        fact("f3", 5, Kind.ENDED, ended=Ending(disposition="answered")),
        fact("f4", 1, Kind.SEGMENT, segment=Segment(state=HandlingState.TALK, started_at=AT)),
    ]
    found = document(facts, [said("u1", 7)])
    assert (found.started_at, found.ended_at) == (AT, AT + timedelta(minutes=7))
    assert found.ended == Ending(disposition="answered")
    assert [survey.score for survey in found.surveys] == [9]
    assert len(found.segments) == 1


def test_a_contact_is_about_what_is_said_first_unless_another_type_is_said_more() -> None:
    tagged = [
        said("u1", contact_type="outage", contact_type_confidence=0.9),
        said("u2", contact_type="complaint", contact_type_confidence=0.95),
        said("u3", contact_type="billing", contact_type_confidence=0.9),
        said("u4", contact_type="billing", contact_type_confidence=0.9),
        said("u5", party=TOM, contact_type="billing", contact_type_confidence=0.9),
    ]
    assert document([fact("f1")], tagged).contact_type == "outage"
    unsure = said("u1", contact_type="outage", contact_type_confidence=0.5)
    assert document([fact("f1")], [unsure, *tagged[2:]]).contact_type == "billing"


def test_what_does_not_sound_negative_is_less_of_a_complaint() -> None:
    calm = said("u1", negative=0.1, complaint=0.9)
    angry = said("u2", negative=0.9, complaint=0.9)
    assert document([fact("f1")], [calm]).complaint == 0.3
    assert document([fact("f1")], [calm, angry]).complaint == 0.9


def test_remarks_stand_on_the_contact_until_withdrawn_and_change_nothing_else_of_it() -> None:
    base = [fact("f1", parties=(ANA,)), fact("f2", 3, Kind.NOTE, note="called", said_by="Tom")]
    late = 60 * 24 * 9
    pin = fact("p1", late, Kind.REMARK, remark=Remark(does=RemarkKind.PIN, on="i1"), said_by="Bo")
    noted = fact(
        "n1", late, Kind.REMARK, remark=Remark(does=RemarkKind.NOTE, on="i1"), note="angry",
        said_by="Bo",
    )  # fmt: skip
    gone = fact(
        "w1", -5, Kind.REMARK, said_by="Bo",
        remark=Remark(does=RemarkKind.WITHDRAWN, on="i1", other="n1"),
    )  # fmt: skip
    plain = document(base)
    remarked = document([pin, *base, noted])
    assert [(one.does, one.by, one.text) for one in remarked.annotations] == [
        (RemarkKind.NOTE, "Tom", "called"),
        (RemarkKind.NOTE, "Bo", "angry"),
        (RemarkKind.PIN, "Bo", None),
    ]
    assert remarked.notes == ("called", "angry")
    assert (remarked.started_at, remarked.ended_at, remarked.parties) == (
        plain.started_at, plain.ended_at, plain.parties,
    )  # fmt: skip
    assert [one.id for one in document([gone, noted, pin, *base]).annotations] == ["f2", "p1"]
    assert interaction_of(add(Dossier(), [pin, noted], [])) is None


def test_satisfaction_is_estimated_from_all_turns_in_order_and_in_english_only() -> None:
    heard: list[list[tuple[bool, str]]] = []

    def rate(dialogue: Sequence[Said]) -> Satisfaction:
        heard.append([(one.is_customer, one.text) for one in dialogue])
        return Satisfaction(score=3.0, turns=1, engine="test/1")

    def rated(language: str) -> Satisfaction | None:
        turns = [
            said("u2", 2, TOM, text="Here it is", language=language),
            said("u1", 1, ANA, text="Where is it?", language=language),
        ]
        found = interaction_of(add(Dossier(), [fact("f1")], turns), rate)
        assert found is not None
        return found.satisfaction

    assert rated("en") is not None
    assert rated("de") is None
    assert heard == [[(True, "Where is it?"), (False, "Here it is")]]
