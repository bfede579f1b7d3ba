from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from processors.normalise.event import normalise_event
from processors.normalise.link import link_event, read_identifier
from processors.normalise.result import Company
from schemas.errors import InvalidEvent
from schemas.events import Event

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
ANA, BO = "email:ana@example.com", "phone:+12025550143"


def said(*, withdrawn: bool = False, by: str = "Kim", minutes: int = 0) -> Event:
    at = NOON + timedelta(minutes=minutes)
    return link_event("acme", ANA, BO, "same", withdrawn=withdrawn, by=by, at=at)


def test_a_withdrawal_takes_back_the_very_statement_it_names() -> None:
    (stated,) = normalise_event(said(), Company()).evidence
    (withdrawn,) = normalise_event(said(withdrawn=True, minutes=5), Company()).evidence

    assert stated.id == withdrawn.id
    assert withdrawn.withdrawn


def test_the_same_statement_made_later_is_another_event() -> None:
    assert said().id == said().id
    assert said().id != said(minutes=1).id


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        ("Ana@Example.com", ANA),
        ("+1 202 555 0143", BO),
        ("crm:7", "crm:7"),
    ],
)
def test_the_type_of_an_identifier_may_be_left_out(text: str, identifier: str) -> None:
    assert read_identifier(text, "US") == identifier


def test_what_is_no_identifier_names_its_field() -> None:
    with pytest.raises(InvalidEvent) as caught:
        read_identifier("nobody at all", "US", field="$.a")

    assert (caught.value.reason, caught.value.field) == ("invalid_identifier", "$.a")
