"""Talk, silence and overtalk, measured against a clock that ticks ten times a second."""

from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.talk import DEFAULT_RULES, Speech, talk_metrics
from schemas.events import Role
from schemas.talk import TalkMetrics

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


AGENT, CUSTOMER = Role.AGENT, Role.CUSTOMER


def talk(*turns: tuple[Role, float, float], **changes: float) -> TalkMetrics:
    rules = msgspec.structs.replace(DEFAULT_RULES, **changes)
    found = talk_metrics([Speech(*turn) for turn in turns], rules=rules)
    assert found is not None
    return found


def test_only_gaps_longer_than_two_seconds_are_silence() -> None:
    found = talk((AGENT, 0, 1), (CUSTOMER, 3, 4), (AGENT, 6.5, 7))
    assert (found.agent_s, found.customer_s) == (1.5, 1.0)
    assert (found.silence_s, found.silences, found.longest_silence_s) == (2.5, 1, 2.5)


def test_a_company_may_call_another_gap_a_silence() -> None:
    assert talk((AGENT, 0, 1), (CUSTOMER, 3, 4), silence_s=1.0).silences == 1


def test_one_side_talking_over_itself_is_no_overtalk() -> None:
    found = talk((AGENT, 0, 2), (Role.BOT, 1, 3))
    assert (found.agent_s, found.overtalk_s) == (3.0, 0.0)


def test_the_share_is_the_agents_part_of_what_both_said() -> None:
    assert talk((AGENT, 0, 3), (CUSTOMER, 3, 4)).agent_share == 0.75


def test_who_starts_while_the_other_speaks_and_goes_on_after_it_interrupts() -> None:
    found = talk((AGENT, 0, 5), (CUSTOMER, 4, 8))
    assert (found.agent_interruptions, found.customer_interruptions) == (0, 1)


def test_an_assent_and_a_hasty_start_are_no_interruptions() -> None:
    assent = talk((AGENT, 0, 9), (CUSTOMER, 4, 4.8))
    hasty = talk((AGENT, 0, 5), (CUSTOMER, 4.8, 8))
    assert assent.customer_interruptions == hasty.customer_interruptions == 0


def test_an_assent_does_not_end_a_monologue_but_an_answer_does() -> None:
    assert talk((AGENT, 0, 4), (CUSTOMER, 4, 4.5), (AGENT, 5, 9)).agent_monologue_s == 9
    assert talk((AGENT, 0, 4), (CUSTOMER, 4, 6), (AGENT, 6, 9)).agent_monologue_s == 4


def test_a_silence_ends_a_monologue() -> None:
    assert talk((AGENT, 0, 4), (AGENT, 7, 9)).agent_monologue_s == 4


def test_words_per_minute_need_some_seconds_of_talk() -> None:
    found = talk_metrics([Speech(AGENT, 0, 30, 75), Speech(CUSTOMER, 30, 33, 9)])
    assert found is not None
    assert (found.agent_wpm, found.customer_wpm) == (150.0, None)


def test_a_long_gap_is_a_hold_and_music_is_counted_once() -> None:
    turns = [Speech(AGENT, 0, 2), Speech(AGENT, 40, 42), Speech(CUSTOMER, 47, 48)]
    found = talk_metrics(turns, [(5.0, 20.0), (10.0, 30.0)])
    assert found is not None
    assert (found.holds, found.hold_s, found.music_s, found.silence_s) == (1, 38.0, 25.0, 43.0)


@given(SPANS, st.randoms(use_true_random=False))
def test_it_agrees_with_counting_tenths_of_seconds_in_any_order(
    drawn: list[tuple[Role, int, int]], rng: random.Random
) -> None:
    ours: set[int] = set()
    theirs: set[int] = set()
    for role, start, length in drawn:
        side = ours if role in (Role.AGENT, Role.BOT) else theirs
        side.update(range(start, start + length))
    spans = [Speech(role, start / 10, (start + length) / 10) for role, start, length in drawn]
    found = talk_metrics(spans)
    assert found is not None
    assert found.agent_s == pytest.approx(len(ours) / 10, abs=0.02)
    assert found.customer_s == pytest.approx(len(theirs) / 10, abs=0.02)
    assert found.overtalk_s == pytest.approx(len(ours & theirs) / 10, abs=0.02)
    rng.shuffle(spans)
    assert talk_metrics(spans) == found
