"""Contacts about one issue become one conversation, whatever the channel and the order."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from processors.conversations import stitch
from processors.repeats import repeat_facts
from schemas.conversation import Brief, Conversation, Meaning
from schemas.events import Channel, Ending, RemarkKind
from schemas.interaction import Annotation

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
NOW = AT + timedelta(days=200)
ROUTER, BILL = b"\x7f\x00\x00", b"\x00\x7f\x00"


def contact(id: str, day: float = 0, contact_type: str | None = None, **fields: Any) -> Brief:
    at = AT + timedelta(days=day)
    base: dict[str, Any] = {"channel": Channel.CHAT, "ended_at": at + timedelta(minutes=10)}
    return Brief(id=id, started_at=at, contact_type=contact_type, **{**base, **fields})


def word(other: str, *, same: bool, minute: int = 0, by: str = "Bo") -> Annotation:
    return Annotation(
        id=f"{other}{minute}{same}",
        at=NOW + timedelta(minutes=minute),
        does=RemarkKind.SAME_ISSUE if same else RemarkKind.OTHER_ISSUE,
        by=by,
        other=other,
    )


def groups(found: list[Conversation]) -> list[tuple[str, ...]]:
    return sorted(one.interactions for one in found)


def test_a_call_after_a_mail_about_the_same_thing_is_one_conversation() -> None:
    mail = contact("a", 0, "outage", channel=Channel.EMAIL, subject="No internet")
    call = contact("b", 1, "outage", channel=Channel.VOICE)
    other = contact("c", 2, "billing")
    found = stitch([other, call, mail], [], NOW)
    assert groups(found) == [("a", "b"), ("c",)]
    issue = found[1]
    assert (issue.channels, issue.switches, issue.title) == (
        (Channel.EMAIL, Channel.VOICE), 1, "No internet",
    )  # fmt: skip
    (joint,) = issue.joints
    assert (joint.interaction, joint.to, joint.same_type) == ("b", "a", True)
    assert 0.5 <= joint.confidence < 1
    assert issue.confidence == joint.confidence


def test_near_meaning_joins_contacts_without_a_type_and_far_meaning_does_not() -> None:
    made = [contact(name, day) for day, name in enumerate("abc")]
    told = [Meaning("a", ROUTER), Meaning("b", ROUTER), Meaning("b", b"\x60\x30\x00")]
    found = stitch(made, [*told, Meaning("c", BILL)], NOW)
    assert groups(found) == [("a", "b"), ("c",)]
    (joint,) = found[1].joints
    assert joint.meaning is not None
    assert joint.meaning > 0.9
    assert groups(stitch(made, [], NOW)) == [("a",), ("b",), ("c",)]


def test_time_weakens_a_joint_until_the_window_ends() -> None:
    near = stitch([contact("a", 0, "outage"), contact("b", 1, "outage")], [], NOW)
    week = stitch([contact("a", 0, "outage"), contact("b", 7, "outage")], [], NOW)
    assert near[0].confidence > week[0].confidence
    assert len(stitch([contact("a", 0, "outage"), contact("b", 29, "outage")], [], NOW)) == 2


def test_staff_join_and_part_and_what_they_withdraw_is_as_before() -> None:
    a, b = contact("a", 0, "outage"), contact("b", 1, "outage")
    c = contact("c", 60, "billing")
    assert groups(stitch([a, b, c], [], NOW)) == [("a", "b"), ("c",)]
    parted = contact("b", 1, "outage", annotations=(word("a", same=False),))
    joined = contact("c", 60, "billing", annotations=(word("a", same=True, by="Mia"),))
    found = stitch([a, parted, joined], [], NOW)
    assert groups(found) == [("a", "c"), ("b",)]
    joint = found[0].joints[0]
    assert (joint.confidence, joint.by) == (1.0, "Mia")


def test_the_latest_word_counts_and_one_who_keeps_apart_outranks_chains() -> None:
    a, c = contact("a", 0), contact("c", 2)
    b = contact("b", 1, annotations=(word("a", same=True), word("a", same=False, minute=5)))
    assert len(stitch([a, b, c], [], NOW)) == 3
    b = contact("b", 1, annotations=(word("a", same=False), word("a", same=True, minute=5)))
    c = contact("c", 2, annotations=(word("b", same=True, minute=9), word("a", same=False)))
    assert groups(stitch([a, b, c], [], NOW)) == [("a", "b"), ("c",)]


def test_a_word_on_a_contact_of_somebody_else_waits_until_they_are_one_again() -> None:
    a = contact("a", 0)
    b = contact("b", 50, annotations=(word("a", same=True),))
    assert groups(stitch([b], [], NOW)) == [("b",)]
    assert groups(stitch([a, b], [], NOW)) == [("a", "b")]


def test_a_contact_kept_apart_from_the_likeliest_joins_the_next() -> None:
    a, b = contact("a", 0, "outage"), contact("b", 1, "outage")
    c = contact("c", 2, "outage", annotations=(word("b", same=False),))
    b = contact("b", 1, "outage", annotations=(word("a", same=False),))
    assert groups(stitch([a, b, c], [], NOW)) == [("a", "c"), ("b",)]


def test_repeats_and_first_contact_resolution_are_counted_per_window() -> None:
    """Six contacts about three issues; see docs/reference/conversations.md."""
    made = [
        contact("a1", 0, "outage"), contact("a2", 0.5, "outage"), contact("a3", 6, "outage"),
        contact("b1", 0, "billing"), contact("b2", 5, "billing"),
        contact("c1", 20, "cancel"),
    ]  # fmt: skip
    found = stitch(made, [], AT + timedelta(days=22))
    assert groups(found) == [("a1", "a2", "a3"), ("b1", "b2"), ("c1",)]
    counted = {
        one.days: (one.contacts, one.issues, one.repeats, one.resolved_first, one.pending)
        for one in repeat_facts(found)
    }
    assert counted == {
        1: (6, 3, 1, 2, 0),
        3: (6, 3, 1, 1, 1),
        7: (6, 3, 3, 0, 1),
        30: (6, 3, 3, 0, 1),
    }


def test_an_issue_is_open_until_it_is_resolved_or_quiet() -> None:
    def is_open(outcome: str | None, days: float) -> bool:
        made = contact("a", 0, ended=Ending(outcome=outcome))
        return stitch([made], [], AT + timedelta(days=days))[0].is_open

    assert is_open(None, 3)
    assert not is_open(None, 8)
    assert not is_open("Resolved", 1)
    assert is_open("follow-up", 29)
    assert not is_open("follow-up", 31)


WORDS = st.builds(
    lambda other, same, minute: word(other, same=same, minute=minute),
    st.sampled_from([f"i{n}" for n in range(8)]),
    st.booleans(),
    st.integers(0, 9),
)
CONTACTS = st.builds(
    lambda n, day, kind, words: contact(f"i{n}", day, kind, annotations=tuple(words)),
    st.integers(0, 7),
    st.integers(0, 40),
    st.sampled_from([None, "outage", "billing"]),
    st.lists(WORDS, max_size=2, unique_by=lambda one: one.id),
)
TOLD = st.lists(
    st.builds(
        Meaning,
        st.sampled_from([f"i{n}" for n in range(8)]),
        st.sampled_from([ROUTER, BILL, b"\x40\x40\x10"]),
    ),
    max_size=12,
)


@given(
    st.lists(CONTACTS, max_size=8, unique_by=lambda one: one.id),
    TOLD,
    st.randoms(use_true_random=False),
)
def test_every_contact_is_in_one_conversation_whatever_the_order_and_none_that_are_apart_in_one(
    made: list[Brief], told: list[Meaning], rng: random.Random
) -> None:
    found = stitch(made, told, NOW)
    assert sorted(id for one in found for id in one.interactions) == sorted(c.id for c in made)
    shuffled, meanings = [*made, *made], list(told)
    rng.shuffle(shuffled)
    rng.shuffle(meanings)
    assert stitch(shuffled, meanings, NOW) == found
    latest: dict[frozenset[str], tuple[datetime, str, bool]] = {}
    known = {one.id for one in made}
    for one in made:
        for said in one.annotations:
            if said.other in known and said.other != one.id:
                pair = frozenset((one.id, said.other))
                new = (said.at, said.id, said.does is RemarkKind.SAME_ISSUE)
                latest[pair] = max(new, latest.get(pair, new))
    for pair, (_, _, same) in latest.items():
        if not same:
            assert all(not pair <= set(one.interactions) for one in found)
    for issue in found:
        assert len(issue.joints) == len(issue.interactions) - 1
