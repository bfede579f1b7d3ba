"""Talk, silence and overtalk, measured against a clock that ticks ten times a second."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.talk import talk_metrics
from schemas.events import Role
from schemas.interaction import TalkMetrics

SPANS = st.lists(
    st.tuples(
        st.sampled_from([Role.AGENT, Role.CUSTOMER, Role.BOT, Role.UNKNOWN]),
        st.integers(0, 200),
        st.integers(1, 40),
    ),
    min_size=1,
    max_size=8,
)


def test_a_call_without_words_has_no_talk() -> None:
    assert talk_metrics([]) is None


def test_only_gaps_longer_than_two_seconds_are_silence() -> None:
    spans = [(Role.AGENT, 0.0, 1.0), (Role.CUSTOMER, 3.0, 4.0), (Role.AGENT, 6.5, 7.0)]
    assert talk_metrics(spans) == TalkMetrics(agent_s=1.5, customer_s=1.0, silence_s=2.5)


def test_one_side_talking_over_itself_is_no_overtalk() -> None:
    spans = [(Role.AGENT, 0.0, 2.0), (Role.BOT, 1.0, 3.0)]
    assert talk_metrics(spans) == TalkMetrics(agent_s=3.0)


@given(SPANS, st.randoms(use_true_random=False))
def test_it_agrees_with_counting_tenths_of_seconds_in_any_order(
    drawn: list[tuple[Role, int, int]], rng: random.Random
) -> None:
    ours: set[int] = set()
    theirs: set[int] = set()
    for role, start, length in drawn:
        side = ours if role in (Role.AGENT, Role.BOT) else theirs
        side.update(range(start, start + length))
    spans = [(role, start / 10, (start + length) / 10) for role, start, length in drawn]
    found = talk_metrics(spans)
    assert found is not None
    assert found.agent_s == pytest.approx(len(ours) / 10, abs=0.02)
    assert found.customer_s == pytest.approx(len(theirs) / 10, abs=0.02)
    assert found.overtalk_s == pytest.approx(len(ours & theirs) / 10, abs=0.02)
    rng.shuffle(spans)
    assert talk_metrics(spans) == found
