from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from processors.contact_report import TypeCount, contact_report, in_range
from schemas.events import Channel
from schemas.interaction import Interaction
from schemas.utterance import Sentiment

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
MOOD = Sentiment(negative=0.1, neutral=0.8, positive=0.1)


def contact(id: str, day: int = 0, **fields: Any) -> Interaction:
    at = AT + timedelta(days=day)
    return Interaction(
        id=id, tenant="acme", reference=id, source="test", channel=Channel.CHAT, started_at=at,
        ended_at=at, revision=1, **fields,
    )  # fmt: skip


def test_types_are_counted_with_the_unknown_and_what_was_not_analysed() -> None:
    report = contact_report(
        [
            contact("1", contact_type="billing", sentiment=MOOD, negative=True),
            contact("2", contact_type="billing", sentiment=MOOD),
            contact("3", contact_type="delivery", sentiment=MOOD),
            contact("4", sentiment=MOOD),
            contact("5"),
        ],
        most=1,
    )
    assert report.types == [TypeCount(type="billing", contacts=2, share=0.4, negative=0.5)]
    assert (report.contacts, report.others, report.unknown) == (5, 1, 1)
    assert (report.unknown_share, report.not_analysed) == (0.2, 1)


def test_without_contacts_there_is_nothing_to_count() -> None:
    report = contact_report([])
    assert (report.contacts, report.types, report.unknown_share) == (0, [], 0.0)


def test_a_range_holds_its_beginning_and_not_its_end() -> None:
    days = [contact(str(day), day) for day in range(4)]
    kept = in_range(days, AT + timedelta(days=1), AT + timedelta(days=3))
    assert [one.id for one in kept] == ["1", "2"]
