"""What a source had against what came in: by its own names, else by caller and time."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from processors.ledger.reconcile import Reconciliation, reconcile, reconcile_days
from processors.ledger.source_list import (
    SourceContact,
    SourceDay,
    read_asterisk,
    read_contacts,
    read_days,
    read_map,
)
from schemas.errors import InvalidEvent
from schemas.ledger import LedgerEntry

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
CDRS = (
    Path(os.getenv("THREADLINE_DATA", "../shared/data"))
    / "payloads/asterisk-cdr/asttest/self-tests/cdrlib"
)


def row(src: str, start: str, disposition: str, *rest: str) -> str:
    cells = ["", src, "100", "ctx", "x", "SIP/a", "", "Dial", "", start, "", start, "5", "5"]
    return ",".join(f'"{one}"' for one in (*cells, disposition, "3", *rest)) + "\n"


def call(line: int, reference: str = "", caller: str = "", minute: float = 0) -> SourceContact:
    return SourceContact(line, reference, AT + timedelta(minutes=minute), caller, True)


def ours(id: str, reference: str | None = None, minute: float = 0, state: str = "complete"):  # type: ignore[no-untyped-def]  # an entry
    return LedgerEntry(
        tenant="acme", interaction=id, reference=reference, at=AT + timedelta(minutes=minute),
        source="pbx", state=state,  # type: ignore[arg-type]  # one of the states
    )  # fmt: skip


def compared(
    calls: list[SourceContact], entries: list[LedgerEntry], callers: dict[str, str] | None = None
) -> Reconciliation:
    known = callers or {}
    return reconcile(
        calls,
        entries,
        lambda entry: {known.get(entry.interaction, "")},
        lambda number: f"phone:{number}",
        timedelta(minutes=2),
    )


def test_legs_of_one_call_are_one_contact_and_the_answered_one_counts() -> None:
    lines = [
        row("2025550140", "2026-11-02 10:00:00", "NO ANSWER", "17.1", ""),
        row("2025550140", "2026-11-02 10:00:20", "ANSWERED", "17.1", ""),
        row("2025550141", "2026-11-02 11:00:00", "BUSY", "17.2", ""),
    ]
    first, second = read_asterisk(lines, ZoneInfo("Europe/Berlin"))
    assert (first.line, first.answered, second.answered) == (2, True, False)
    assert first.at == datetime(2026, 11, 2, 9, 0, 20, tzinfo=UTC)


def test_without_the_unique_id_every_row_is_a_contact() -> None:
    lines = [row("2025550140", "2026-11-02 10:00:00", "ANSWERED")] * 2
    assert [one.reference for one in read_asterisk(lines, UTC)] == ["", ""]


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["a,b,c\n"], "too few columns"),
        ([row("1", "yesterday", "ANSWERED")], "not a time"),
        (['"open\n'], "not CSV"),
    ],
)
def test_a_broken_record_is_named_by_its_line(lines: list[str], says: str) -> None:
    with pytest.raises(InvalidEvent, match=says) as caught:
        read_asterisk(lines, UTC)
    assert (caught.value.reason, caught.value.line) == ("invalid_cdr", 1)


def test_any_csv_is_read_through_its_map() -> None:
    columns = read_map("reference=Call ID, at=Started, caller=From")
    lines = ["\ufeffStarted,Call ID,From\n", "2026-11-02T10:00:00+01:00,c1,+12025550140\n",
             "1793610000,c2,\n"]  # fmt: skip
    first, second = read_contacts(lines, columns, UTC)
    assert first == SourceContact(2, "c1", AT, "+12025550140", True)
    assert second.at == datetime.fromtimestamp(1793610000, UTC)
    with pytest.raises(InvalidEvent, match="no column"):
        read_contacts(lines, {"reference": "id"}, UTC)


@pytest.mark.parametrize("text", ["", "reference", "what=a", "caller=from", "day=date"])
def test_a_map_that_leads_nowhere_is_refused(text: str) -> None:
    with pytest.raises(InvalidEvent) as caught:
        read_map(text)
    assert caught.value.reason == "invalid_map"


def test_counts_per_day_are_compared() -> None:
    lines = ["date,calls\n", "2026-11-01,10\n", "2026-11-02,7\n", "2026-11-02,3\n"]
    days = read_days(lines, read_map("day=date,count=calls"))
    assert days == [SourceDay(date(2026, 11, 1), 10), SourceDay(date(2026, 11, 2), 10)]
    found = reconcile_days(days, {date(2026, 11, 1): 10, date(2026, 11, 2): 9})
    assert [(one.source, one.here) for one in found.days] == [(10, 9)]
    assert found.differs
    assert not reconcile_days(days[:1], {date(2026, 11, 1): 10}).differs


def test_contacts_match_by_the_name_that_the_source_gave_them() -> None:
    found = compared(
        [call(1, "17.1"), call(2, "17.2"), call(3, "17.3")],
        [ours("i1", "17.1"), ours("i2", "out-100-17.2.wav"), ours("i3", "17.33")],
    )
    assert found.matched == 2
    assert [one.reference for one in found.missing_here] == ["17.3"]
    assert [one.interaction for one in found.missing_there] == ["i3"]


def test_else_they_match_by_caller_and_nearest_time_each_with_one() -> None:
    callers = dict.fromkeys(("i1", "i2", "i3"), "phone:5550140")
    found = compared(
        [call(1, caller="5550140"), call(2, caller="5550140", minute=1), call(3, caller="5550199")],
        [ours("i1", minute=1.1), ours("i2", minute=0.2), ours("i3", minute=60)],
        callers,
    )
    assert found.matched == 2
    assert [one.line for one in found.missing_here] == [3]
    assert found.missing_there == ()  # i3 lies outside of the time that the source tells of


def test_what_is_here_and_not_searchable_is_told_apart() -> None:
    found = compared([call(1, "a")], [ours("i1", "a", state="stuck")])
    assert [one.interaction for one in found.unfinished] == ["i1"]
    assert not found.differs


@pytest.mark.skipif(not CDRS.is_dir(), reason="the CDRs are not in THREADLINE_DATA")
def test_real_records_are_read_and_a_broken_file_is_refused() -> None:
    lines = (CDRS / "good.csv").read_text("utf-8").splitlines(keepends=True)
    (found,) = read_asterisk(lines, UTC)
    assert (found.reference, found.caller, found.answered) == ("1231977075.0", "test", True)
    with pytest.raises(InvalidEvent):
        read_asterisk((CDRS / "buggy.csv").read_text("utf-8").splitlines(keepends=True), UTC)
