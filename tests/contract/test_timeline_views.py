"""A timeline is narrowed, laid side by side and remarked on alike in every home."""

from __future__ import annotations

from datetime import timedelta

import pytest

from infra.store.base import Cursor, Only, Store, Views
from schemas.conversation import Meaning
from schemas.events import Channel, Consent, Kind, Party, Remark, RemarkKind, Role
from schemas.identity import Holding
from schemas.interaction import Annotation, Fact
from schemas.topics import CONVERSATIONS, INTERACTIONS, TAGGED
from schemas.utterance import Insights, Mood, Sentiment, Tagged, Utterance
from tests.contract.store_cases import ANA, AT, BO, interaction, write

pytestmark = pytest.mark.contract

PIN = Annotation(id="p1", at=AT, does=RemarkKind.PIN, by="Bo")


def told(id: str, identifier: str, minute: int = 0, version: int = 1, by: str = "Bo") -> Fact:
    return Fact(
        id=id, interaction="r1", reference="r1", tenant="acme", source="desk",
        channel=Channel.CHAT, kind=Kind.REMARK, at=AT + timedelta(minutes=minute),
        version=version, remark=Remark(does=RemarkKind.SEEN, on=identifier), said_by=by,
    )  # fmt: skip


class TestTimelineViews:
    """What is read of one customer."""

    def test_a_timeline_is_narrowed_by_channel_mood_contact_type_and_pin(
        self, written: Store, views: Views
    ) -> None:
        def mood(score: float) -> Sentiment:
            return Sentiment(negative=max(0, -score), neutral=0, positive=max(0, score))

        made = [
            interaction("i1", sentiment=mood(-0.25), contact_type="outage"),
            interaction("i2", sentiment=mood(-0.24), annotations=(PIN,)),
            interaction("i3", sentiment=mood(0.25), channel=Channel.SMS, contact_type="billing"),
            interaction("i4", channel=Channel.SMS),
        ]
        write(written, CONVERSATIONS, *made)

        def ids(only: Only) -> list[str]:
            return [one.id for one in views.timeline("acme", [ANA], None, 9, only)]

        assert ids(Only()) == ["i4", "i3", "i2", "i1"]
        assert ids(Only(channel=Channel.SMS)) == ["i4", "i3"]
        assert ids(Only(mood=Mood.NEGATIVE)) == ["i1"]
        assert ids(Only(mood=Mood.NEUTRAL)) == ["i2"]
        assert ids(Only(mood=Mood.POSITIVE)) == ["i3"]
        assert ids(Only(contact_type="outage")) == ["i1"]
        assert ids(Only(pinned=True)) == ["i2"]
        assert ids(Only(channel=Channel.SMS, contact_type="outage")) == []

    def test_an_unpinned_interaction_and_another_contact_type_leave_the_narrowed_timeline(
        self, written: Store, views: Views
    ) -> None:
        only = Only(contact_type="outage", pinned=True)
        write(written, CONVERSATIONS, interaction(contact_type="outage", annotations=(PIN,)))
        assert len(views.timeline("acme", [ANA], None, 9, only)) == 1
        write(written, CONVERSATIONS, interaction(revision=2, contact_type="outage"))
        assert views.timeline("acme", [ANA], None, 9, only) == []

    def test_a_narrowed_timeline_pages_through_all_that_is_wanted(
        self, written: Store, views: Views
    ) -> None:
        channels = (Channel.SMS, Channel.CHAT)
        made = [
            interaction(f"i{n:02}", channel=channels[n % 2], started_at=AT + timedelta(days=n // 4))
            for n in range(20)
        ]
        write(written, CONVERSATIONS, *made)
        seen: list[str] = []
        cursor: Cursor | None = None
        while page := views.timeline("acme", [ANA], cursor, 3, Only(channel=Channel.SMS)):
            seen += [one.id for one in page]
            cursor = Cursor(round(page[-1].started_at.timestamp() * 1000), page[-1].id)
        assert seen == [f"i{n:02}" for n in range(18, -1, -2)]

    def test_briefs_are_the_newest_interactions_while_the_identifier_was_held(
        self, written: Store, views: Views
    ) -> None:
        made = [
            interaction(f"i{n}", started_at=AT + timedelta(days=n), identifiers=(ANA, BO))
            for n in range(5)
        ]
        write(written, CONVERSATIONS, *made)
        assert [one.id for one in views.briefs("acme", [ANA, BO], 3)] == ["i4", "i3", "i2"]
        held = Holding(identifier=ANA, until=AT + timedelta(days=2))
        (first, _) = found = views.briefs("acme", [held], 9)
        assert [one.id for one in found] == ["i1", "i0"]
        assert (first.channel, first.started_at) == (Channel.CHAT, made[1].started_at)
        assert views.briefs("other", [ANA], 9) == []

    def test_meanings_are_those_of_what_customers_said(self, written: Store, views: Views) -> None:
        def said(id: str, role: Role, vector: bytes) -> Tagged:
            utterance = Utterance(
                id=id, interaction="i1", tenant="acme", channel=Channel.CHAT, at=AT,
                party=Party(role=role), text="hello",
            )  # fmt: skip
            return Tagged(utterance=utterance, insights=Insights(engine="test/1", vector=vector))

        write(
            written, TAGGED,
            said("u1", Role.CUSTOMER, b"\x01\xff"), said("u2", Role.AGENT, b"\x02"),
            said("u3", Role.UNKNOWN, b"\x03"), said("u4", Role.CUSTOMER, b""),
        )  # fmt: skip
        expected = [Meaning("i1", b"\x01\xff"), Meaning("i1", b"\x03")]
        assert list(views.meanings("acme", ["i1", "i2"])) == expected
        assert list(views.meanings("other", ["i1"])) == []
        assert list(views.meanings("acme", [])) == []

    def test_what_is_told_of_a_customer_is_found_by_their_identifiers_for_their_time(
        self, written: Store, views: Views
    ) -> None:
        granted = Fact(
            id="c1", interaction="x", reference="x", tenant="acme", source="web",
            channel=Channel.CHAT, kind=Kind.CONSENT, at=AT,
            consent=Consent(purpose="recording", granted=True),
            parties=(
                Party(role=Role.CUSTOMER, identifiers=(ANA, BO)),
                Party(role=Role.AGENT, identifiers=("email:tom@northwind.example",)),
            ),
        )  # fmt: skip
        contact = Fact(
            id="m1", interaction="x", reference="x", tenant="acme", source="web",
            channel=Channel.CHAT, kind=Kind.MESSAGE, at=AT,
            parties=(Party(role=Role.CUSTOMER, identifiers=(ANA,)),),
        )  # fmt: skip
        late = told("s1", ANA, minute=5, version=9)
        write(written, INTERACTIONS, contact, late, granted)
        write(written, INTERACTIONS, told("s1", ANA, minute=1, version=3), granted)
        assert views.customer_facts("acme", [ANA, BO]) == [granted, late]
        assert views.customer_facts("acme", [BO]) == [granted]
        assert views.customer_facts("acme", ["email:tom@northwind.example"]) == []
        assert views.customer_facts("other", [ANA]) == []
        after = Holding(identifier=ANA, since=AT + timedelta(minutes=2))
        assert views.customer_facts("acme", [after]) == [late]
        with written.transaction():
            written.reset([], [INTERACTIONS])
        assert views.customer_facts("acme", [ANA, BO]) == []
