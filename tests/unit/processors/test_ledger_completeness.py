"""Completeness in figures and in a sentence that never says more than is true."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from processors.ledger.completeness import Tally, lags, percent, reason_of, sentence, tallies
from schemas.ledger import LedgerEntry

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
DAY = date(2026, 11, 2)


def entry(state: str = "complete", **fields: Any) -> LedgerEntry:
    return LedgerEntry(tenant="acme", interaction="i1", state=state, **fields)  # type: ignore[arg-type]  # one of the states


def tally(received: int, searchable: int) -> Tally:
    return Tally(day=DAY, source="pbx", received=received, searchable=searchable)


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [(3, 3, "100 %"), (9_999, 10_000, "99.99 %"), (99_999, 100_000, "99.99 %"), (0, 9, "0.00 %")],
)
def test_what_is_not_complete_never_reads_as_if_it_were(part: int, whole: int, said: str) -> None:
    assert percent(part, whole) == said


def test_the_sentence_names_what_is_missing_and_why() -> None:
    missing = [
        entry("stuck", stuck=("indexed",), step="indexed"),
        entry("stuck", stuck=("indexed",), step="indexed"),
        entry("failed", reasons=("internal_error",)),
    ]
    assert sentence([tally(15_000, 14_997)], missing, "yesterday's") == (
        "99.98 % of yesterday's 15,000 contacts are searchable; 3 are not:"
        " 2 stuck, not indexed, 1 failed (internal_error)."
    )
    assert sentence([tally(7, 7)], [], "the") == "100 % of the 7 contacts are searchable."
    assert sentence([], [], "the") == "None of the contacts are accounted for."


def test_counts_become_one_line_per_day_and_source() -> None:
    rows = [(20759, "pbx", "complete", 5), (20759, "pbx", "stuck", 2), (20760, "", "rejected", 1)]
    found = tallies(rows)
    assert [(one.day, one.source) for one in found] == [(date(2026, 11, 3), ""), (DAY, "pbx")]
    assert (found[1].received, found[1].searchable, found[1].stuck) == (7, 5, 2)
    assert (found[0].received, found[0].rejected) == (1, 1)


def test_a_step_is_measured_from_the_one_before_it() -> None:
    def done(**after: float) -> LedgerEntry:
        return entry(times={step: AT + timedelta(seconds=s) for step, s in after.items()})

    written = done(received=0, normalised=1, tagged=3, indexed=4, assembled=9)
    spoken = done(received=0, normalised=1, transcribed=61, tagged=62, indexed=63, assembled=63)
    found = {lag.step: lag for lag in lags([written, spoken, entry("open")])}
    assert (found["normalised"].p50_s, found["normalised"].contacts) == (1.0, 2)
    assert (found["transcribed"].p50_s, found["transcribed"].contacts) == (60.0, 1)
    assert (found["tagged"].p50_s, found["tagged"].p99_s) == (1.0, 2.0)
    assert (found["searchable"].p50_s, found["searchable"].p99_s) == (9.0, 63.0)
    assert lags([]) == []


def test_a_reason_says_what_is_awaited() -> None:
    assert reason_of(entry("open", step="tagged")) == "not tagged yet"
    assert reason_of(entry("rejected", reasons=("a", "b"))) == "rejected (a, b)"
    assert reason_of(entry("open")) == "open"
