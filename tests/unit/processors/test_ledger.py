"""The ledger: every contact is accounted for, whatever order its receipts come in."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from processors.ledger import Account, Happening, entry_of, gaps_between, post, timeless
from schemas.ledger import (
    DeadLetter,
    Deadlines,
    LedgerEntry,
    LedgerRules,
    Receipt,
    Reminder,
    Step,
)

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
EMPTY = Account(tenant="acme", interaction="i1")
RULES = LedgerRules(deadlines=Deadlines(tagged=10), redrives=2)
MINUTE = 60_000


def receipt(step: Step, *items: str, minute: int = 0, **fields: Any) -> Happening:
    value = Receipt(tenant="acme", interaction="i1", step=step, items=items, **fields)
    return Happening(minute * MINUTE, value)


def refusal(
    id: str = "d1", *, stage: str = "transcribe", reason: str = "empty_audio", minute: int = 0,
    item: str = "rec",
) -> Happening:  # fmt: skip
    letter = DeadLetter(
        id=id, tenant="acme", interaction="i1", stage=stage, topic="t", record=item, offset=1,
        reason=reason, error=f"{reason} at {minute}", attempt=1, data=b"",
    )  # fmt: skip
    return Happening(minute * MINUTE, letter)


def reminder(minute: int, *, redriven: bool = False) -> Happening:
    now = datetime.fromtimestamp(minute * 60, UTC)
    value = Reminder(tenant="acme", interaction="i1", now=now, redriven=redriven)
    return Happening(minute * MINUTE, value)


def standing(*happenings: Happening) -> LedgerEntry:
    return entry_of(post(EMPTY, happenings), RULES)


ITEMS = st.lists(st.sampled_from("abcd"), max_size=3).map(tuple)
STEPS = st.sampled_from([step.value for step in Step])
RECEIPTS = st.builds(
    Receipt,
    tenant=st.just("acme"),
    interaction=st.just("i1"),
    step=st.sampled_from(Step),
    items=ITEMS,
    awaits=st.dictionaries(STEPS, ITEMS, max_size=2),
    settles=st.sampled_from([(), ("d1",)]),
    source=st.sampled_from([None, "s1", "s2"]),
    at=st.none() | st.integers(0, 9).map(lambda n: AT + timedelta(minutes=n)),
    counts=st.sampled_from([None, True, False]),
)
MINUTES = st.integers(0, 50)
HAPPENINGS = st.lists(
    st.builds(Happening, MINUTES.map(lambda n: n * MINUTE), RECEIPTS)
    | st.builds(lambda id, minute, item: refusal(id, minute=minute, item=item),
                st.sampled_from(["d1", "d2"]), MINUTES, st.sampled_from("abcd"))
    | st.builds(lambda minute, redriven: reminder(minute, redriven=redriven),
                MINUTES, st.booleans()),
    max_size=12,
)  # fmt: skip


@given(HAPPENINGS, st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_changes_an_account(
    given_: list[Happening], rng: random.Random
) -> None:
    whole = standing(*given_)
    mixed = given_ * 2
    rng.shuffle(mixed)
    account, revision = EMPTY, 0
    for one in mixed:
        account = post(account, [one])
        assert account.revision >= revision
        revision = account.revision
    # The time of a step is that of its last new item, and one that comes first is the new one.
    assert replace(entry_of(account, RULES), times={}) == replace(whole, times={})


@given(HAPPENINGS, HAPPENINGS)
def test_an_entry_that_changed_has_a_larger_revision(
    first: list[Happening], later: list[Happening]
) -> None:
    before = post(EMPTY, first)
    after = post(before, later)
    if before.revision == after.revision:
        assert _plain(before) == _plain(after)


def _plain(account: Account) -> LedgerEntry:
    # Where and when a contact was is known by its first receipts, whatever they hand in.
    entry = entry_of(account, RULES)
    found = replace(
        entry, source=None, at=None, counts=True, times={}, due=None, stuck=(), error=None
    )
    return replace(found, state="open")


def test_a_contact_is_open_until_everything_awaited_is_there() -> None:
    awaits: dict[str, tuple[str, ...]] = {"tagged": ("u1", "u2"), "indexed": ("u1",)}
    told = [receipt(Step.NORMALISED, "in", awaits=awaits)]
    entry = standing(*told)
    assert (entry.state, entry.step) == ("open", "tagged")
    assert entry.missing == {"tagged": 2, "indexed": 1}
    told.append(receipt(Step.TAGGED, "u1", "u2"))
    assert standing(*told).missing == {"indexed": 1}
    told.append(receipt(Step.INDEXED, "u1"))
    entry = standing(*told)
    assert (entry.state, entry.missing, entry.step) == ("complete", {}, None)


def test_an_input_that_was_let_in_and_never_normalised_is_owed() -> None:
    arrival = receipt(Step.RECEIVED, "in", awaits={"normalised": ("in",)})
    assert standing(arrival).missing == {"normalised": 1}
    assert standing(arrival, receipt(Step.NORMALISED, "in")).state == "complete"


def test_what_nobody_has_normalised_is_never_complete() -> None:
    assert standing(receipt(Step.TAGGED, "u1")).state == "open"


def test_a_step_past_its_deadline_is_stuck_once_a_reminder_says_so() -> None:
    owed = receipt(Step.NORMALISED, "in", awaits={"tagged": ("u1",)})
    assert standing(owed).due == datetime.fromtimestamp(600, UTC)
    assert standing(owed, reminder(9)).state == "open"
    late = standing(owed, reminder(10))
    assert (late.state, late.stuck) == ("stuck", ("tagged",))
    assert standing(owed, reminder(10), receipt(Step.TAGGED, "u1", minute=11)).state == "complete"


def test_a_gap_is_due_at_once_and_then_ever_later_until_it_was_put_back_often_enough() -> None:
    owed = receipt(Step.NORMALISED, "in", awaits={"tagged": ("u1",)})
    told = [owed, reminder(10)]
    assert _due(*told) == 10
    told.append(reminder(11, redriven=True))
    assert _due(*told) == 11 + 20
    told.append(reminder(31))
    assert _due(*told) == 31 + 40
    told.append(reminder(71, redriven=True))
    last = standing(*told)
    assert (last.attempts, last.due, last.state) == (2, None, "stuck")


def _due(*told: Happening) -> float | None:
    due = standing(*told).due
    return due.timestamp() / 60 if due is not None else None


def test_a_contact_that_is_reminded_in_time_for_a_new_item_is_not_late() -> None:
    owed = receipt(Step.NORMALISED, "in", minute=5, awaits={"tagged": ("u1",)})
    assert standing(owed, reminder(10)).state == "open"


def test_what_was_refused_is_no_gap_and_other_things_are() -> None:
    owed = receipt(Step.NORMALISED, "in", awaits={"tagged": ("u1",)})
    blocked = standing(owed, refusal(item="u1", stage="tag"), reminder(99))
    assert (blocked.state, blocked.stuck, blocked.due) == ("failed", (), None)
    both = receipt(Step.NORMALISED, "in", awaits={"tagged": ("u1", "u2")})
    assert standing(both, refusal(item="u1", stage="tag"), reminder(99)).stuck == ("tagged",)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_refusal_is_settled_by_a_retry_after_it_and_stands_again_when_that_fails(
    order: Sequence[int],
) -> None:
    told = [refusal(reason="internal_error"), receipt(Step.RECEIVED, settles=("d1",), minute=5)]
    entry = standing(*(told[n] for n in order))
    assert (entry.state, entry.reasons, entry.attempts) == ("complete", (), 1)
    again = standing(*told, refusal(reason="internal_error", minute=6))
    assert (again.state, again.error) == ("failed", "internal_error at 6")


def test_a_refusal_is_settled_when_its_item_is_through_after_all() -> None:
    done = receipt(Step.TRANSCRIBED, "rec")
    assert standing(refusal(), receipt(Step.NORMALISED, "in"), done).state == "complete"


def test_what_is_not_tagged_is_one_gap_and_not_three() -> None:
    steps = ("tagged", "assembled", "indexed")
    owed = receipt(Step.NORMALISED, "in", awaits=dict.fromkeys(steps, ("u1",)))
    assert standing(owed, reminder(999)).stuck == ("tagged",)
    tagged = receipt(Step.TAGGED, "u1", minute=5)
    assert standing(owed, tagged, reminder(999)).stuck == ("assembled", "indexed")


def test_a_refusal_says_why() -> None:
    entry = standing(refusal())
    assert (entry.state, entry.reasons, entry.letters) == ("rejected", ("empty_audio",), ("d1",))
    assert standing(refusal(reason="internal_error")).state == "failed"


@pytest.mark.parametrize(
    ("said", "counts"), [((False,), False), ((False, True), True), ((None,), True), ((), True)]
)
def test_profiles_and_links_are_no_contacts(said: tuple[bool | None, ...], counts: bool) -> None:
    assert standing(*(receipt(Step.NORMALISED, "in", counts=one) for one in said)).counts == counts


def test_gaps_are_told_when_they_open_and_when_they_close() -> None:
    owed = receipt(Step.NORMALISED, "in", awaits={"tagged": ("u1",)})
    fine, late = standing(owed), standing(owed, reminder(10))
    (opened,) = gaps_between(fine, late, AT)
    assert (opened.step, opened.open, opened.at) == (Step.TAGGED, True, AT)
    assert list(gaps_between(late, late, AT)) == []
    done = standing(owed, reminder(10), receipt(Step.TAGGED, "u1"))
    (closed,) = gaps_between(late, done, AT)
    assert not closed.open
    assert closed.revision > opened.revision


def test_what_differs_between_two_runs_is_left_out_of_exports() -> None:
    entry = standing(receipt(Step.NORMALISED, "in", minute=3, awaits={"tagged": ("u1",)}))
    assert entry.times == {"normalised": datetime.fromtimestamp(180, UTC)}
    bare = timeless(entry)
    assert (bare.times, bare.due, bare.revision) == ({}, None, 0)
