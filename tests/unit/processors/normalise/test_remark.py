"""A private word of staff becomes a fact of what it is about, and of nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from processors.normalise.event import normalise_event
from processors.normalise.remark import remark_event
from processors.normalise.result import Company
from schemas.errors import InvalidEvent
from schemas.events import Remark, RemarkKind
from schemas.interaction import Fact

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
CALL = "0123456789abcdef01234567"


def fact(remark: Remark, text: str | None = None, minute: int = 0) -> Fact:
    event = remark_event("acme", remark, by="Bo", at=AT + timedelta(minutes=minute), text=text)
    found = normalise_event(event, Company())
    assert (found.utterances, found.evidence, found.recordings) == ((), (), ())
    return found.facts[0]


def test_a_note_is_kept_with_its_author_who_is_no_party_of_the_contact() -> None:
    noted = fact(Remark(does=RemarkKind.NOTE, on=CALL), "call back after five")
    assert (noted.interaction, noted.note, noted.said_by) == (CALL, "call back after five", "Bo")
    assert noted.parties == ()


def test_what_is_said_of_a_customer_is_kept_under_the_canonical_identifier() -> None:
    noted = fact(Remark(does=RemarkKind.NOTE, on="EMAIL:Ana@Example.com"), "prefers mail")
    assert noted.remark is not None
    assert noted.remark.on == "email:ana@example.com"
    assert noted.interaction not in (CALL, noted.remark.on)


def test_of_what_a_reader_has_seen_only_the_latest_counts() -> None:
    seen = Remark(does=RemarkKind.SEEN, on="email:ana@example.com")
    early, late = fact(seen), fact(seen, minute=5)
    assert early.id == late.id
    assert early.version < late.version


@pytest.mark.parametrize(
    ("remark", "reason"),
    [
        (Remark(does=RemarkKind.SAME_ISSUE, on=CALL), "missing_field"),
        (Remark(does=RemarkKind.WITHDRAWN, on=CALL), "missing_field"),
        (Remark(does=RemarkKind.NOTE, on=CALL), "missing_field"),
        (Remark(does=RemarkKind.OTHER_ISSUE, on=CALL, other=CALL), "invalid_field"),
        (Remark(does=RemarkKind.SEEN, on=CALL), "invalid_field"),
        (Remark(does=RemarkKind.PIN, on="email:ana@example.com"), "invalid_field"),
        (Remark(does=RemarkKind.SEEN, on="email:nobody"), "invalid_identifier"),
    ],
)
def test_a_remark_that_says_too_little_is_refused(remark: Remark, reason: str) -> None:
    with pytest.raises(InvalidEvent) as caught:
        fact(remark)
    assert caught.value.reason == reason
