"""What staff remark shows alike in every order, repeated, and after crashes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from infra.admission import inbound_id
from infra.log.base import NewRecord
from processors.normalise.event import interaction_id
from processors.normalise.key import key_of
from processors.normalise.remark import remark_event
from schemas.base import decode, encode
from schemas.events import Body, Channel, Event, Kind, Party, Remark, RemarkKind
from schemas.interaction import Fact, Interaction
from schemas.ledger import LedgerEntry
from streams.pipeline import PipelineRules, pipeline
from streams.runners.driver import FinalState, run_three_ways
from tests.unit.streams.test_three_ways import answer

START = datetime(2026, 11, 2, 9, tzinfo=UTC)
ANA = "email:ana@example.com"


def message(number: int) -> Event:
    return Event(
        id=f"m{number}", tenant="acme", source="test", channel=Channel.CHAT, kind=Kind.MESSAGE,
        interaction=f"i-{number}", occurred_at=START + timedelta(days=number),
        party=Party(name="Ana", identifiers=(ANA,)), body=Body(text="My router is offline"),
    )  # fmt: skip


MESSAGES = [message(n) for n in range(3)]
CALLS = [interaction_id(one) for one in MESSAGES]


@st.composite
def remarks(draw: st.DrawFn) -> Event:
    does = draw(st.sampled_from(list(RemarkKind)))
    on_customer = does is RemarkKind.SEEN or (
        does in (RemarkKind.NOTE, RemarkKind.WITHDRAWN) and draw(st.booleans())
    )
    on = ANA if on_customer else draw(st.sampled_from(CALLS))
    other = None
    if does in (RemarkKind.SAME_ISSUE, RemarkKind.OTHER_ISSUE):
        other = draw(st.sampled_from([id for id in CALLS if id != on]))
    at = START + timedelta(days=9, minutes=draw(st.integers(0, 3)))
    if does is RemarkKind.WITHDRAWN:
        other = draw(st.sampled_from(["none", "unknown"]))
    return remark_event(
        "acme",
        Remark(does=does, on=on, other=other),
        by=draw(st.sampled_from(["Bo", "Mia"])),
        at=at,
        text="calls back" if does is RemarkKind.NOTE else None,
    )


def final_states(events: list[Event], seed: int) -> dict[str, FinalState]:
    unique = {event.id: event for event in events}.values()
    inputs = [NewRecord("inbound", key_of(e), inbound_id(e), 0, encode(e)) for e in unique]
    found = run_three_ways(pipeline(PipelineRules()), [inputs], seed=seed, answer=answer)
    return dict(found)


@settings(max_examples=25, deadline=None)
@given(st.lists(remarks(), max_size=8), st.integers(0, 2**16))
def test_remarks_stand_alike_in_order_shuffled_and_duplicated_with_crashes(
    said: list[Event], seed: int
) -> None:
    states = final_states([*MESSAGES, *said], seed)
    assert len({repr(state) for state in states.values()}) == 1


def test_a_withdrawn_note_is_gone_even_if_the_withdrawal_is_read_first() -> None:
    note = remark_event(
        "acme", Remark(does=RemarkKind.NOTE, on=CALLS[0]), by="Bo", at=START, text="angry"
    )
    rows = final_states([MESSAGES[0], note], 1)["in order"].rows
    document = decode(rows["conversations"][CALLS[0]], Interaction)
    (shown,) = document.annotations
    gone = remark_event(
        "acme", Remark(does=RemarkKind.WITHDRAWN, on=CALLS[0], other=shown.id), by="Mia",
        at=START + timedelta(minutes=1),
    )  # fmt: skip
    for order in ([note, gone], [gone, note]):
        rows = final_states([MESSAGES[0], *order], 2)["in order"].rows
        assert decode(rows["conversations"][CALLS[0]], Interaction).annotations == ()


def test_what_is_said_of_a_customer_makes_no_contact() -> None:
    seen = remark_event("acme", Remark(does=RemarkKind.SEEN, on=ANA), by="Bo", at=START)
    rows = final_states([seen], 3)["in order"].rows
    (fact,) = (decode(row, Fact) for row in rows["interactions"].values())
    assert fact.said_by == "Bo"
    assert rows.keys() & {"conversations", "customers"} == set()
    assert [entry(row).counts for row in rows["ledger"].values()] == [False]


def test_a_remark_belongs_to_the_account_of_its_contact_and_changes_no_more_of_it() -> None:
    pin = remark_event(
        "acme", Remark(does=RemarkKind.PIN, on=CALLS[0]), by="Bo", at=START - timedelta(days=1)
    )
    (before,) = final_states([MESSAGES[0]], 4)["in order"].rows["ledger"].values()
    (after,) = final_states([MESSAGES[0], pin], 4)["in order"].rows["ledger"].values()
    told = [
        (one.interaction, one.source, one.channel, one.reference, one.at, one.counts, one.state)
        for one in (entry(before), entry(after))
    ]
    assert told[0] == told[1]


def entry(row: bytes) -> LedgerEntry:
    return decode(row, LedgerEntry)
