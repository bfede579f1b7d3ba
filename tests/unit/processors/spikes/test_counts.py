from __future__ import annotations

from datetime import UTC, datetime
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from processors.spikes.counts import (
    SAMPLE,
    Contribution,
    HourCounts,
    bucket_of,
    bucket_time,
    count,
    segments_of,
)
from schemas.events import Channel
from schemas.interaction import Interaction

AT = datetime(2026, 3, 2, 10, 14, tzinfo=UTC)


def told(slot: int, *, negative: bool, segments: tuple[str, ...] = ("all",)) -> Contribution:
    return Contribution(revision=1, bucket=slot, negative=negative, segments=segments)


def test_a_bucket_is_five_minutes_from_the_epoch() -> None:
    assert bucket_time(bucket_of(AT)) == datetime(2026, 3, 2, 10, 10, tzinfo=UTC)


def test_an_interaction_counts_in_all_its_channel_its_type_and_configured_attributes() -> None:
    document = Interaction(
        id="i",
        tenant="t",
        reference="r",
        source="s",
        channel=Channel.CHAT,
        started_at=AT,
        ended_at=AT,
        revision=1,
        contact_type="refund",
        attributes={"brand": "Northwind", "queue": "", "team": "b"},
    )
    assert segments_of(document, ("brand", "queue")) == (
        "all",
        "channel=chat",
        "contact_type=refund",
        "brand=Northwind",
    )


@given(st.lists(st.tuples(st.integers(0, 11), st.booleans()), min_size=1, max_size=30))
def test_what_is_added_and_taken_back_leaves_nothing(given_: list[tuple[int, bool]]) -> None:
    hour = HourCounts()
    for number, (slot, negative) in enumerate(given_):
        hour = count(hour, f"i{number}", told(slot, negative=negative), 1)
    assert sum(hour.rows["all"].contacts) == len(given_)
    assert sum(hour.rows["all"].negatives) == sum(negative for _, negative in given_)
    for number, (slot, negative) in enumerate(given_):
        hour = count(hour, f"i{number}", told(slot, negative=negative), -1)
    assert hour == HourCounts()


@given(st.permutations([f"i{number:02}" for number in range(SAMPLE + 5)]))
def test_the_kept_ids_are_the_smallest_in_any_order(names: list[str]) -> None:
    hour = HourCounts()
    for name in names:
        hour = count(hour, name, told(3, negative=True), 1)
    assert hour.rows["all"].sample == tuple(sorted(names)[:SAMPLE])


NEGATIVES = [f"i{number:02}" for number in range(0, 60, 2)]
"""Interactions that are negative in the end; others of the smallest ids are so for a while."""
PASSING = [f"i{number:02}" for number in range(1, 4 * SAMPLE, 2)]


@given(st.randoms(use_true_random=False))
def test_what_was_negative_for_a_while_leaves_no_trace_in_the_sample(rng: Random) -> None:
    steps = [(name, 1) for name in NEGATIVES]
    steps += [(name, sign) for name in PASSING for sign in (1, -1)]
    rng.shuffle(steps)
    passed: set[str] = set()
    hour = HourCounts()
    for name, sign in steps:
        # A contribution is taken back only after it was made, whichever step was drawn first.
        sign = -1 if name in passed else 1
        passed.add(name)
        hour = count(hour, name, told(3, negative=True), sign)
    assert hour.rows["all"].sample == tuple(NEGATIVES[:SAMPLE])
