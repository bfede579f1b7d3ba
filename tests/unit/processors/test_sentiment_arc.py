"""A speaker's sentiment is smoothed, laid out by quarter, and its course has a name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.sentiment_arc import Mood, sentiment_arcs, trend_of
from schemas.events import Party, Role
from schemas.interaction import SentimentTrend

ANA = Party(role=Role.CUSTOMER, name="Ana")
TOM = Party(role=Role.AGENT, name="Tom")


@pytest.mark.parametrize(
    ("quarters", "trend"),
    [
        ((0.1, 0.2, 0.3, 0.35), SentimentTrend.RISING),
        ((0.5, None, None, -0.1), SentimentTrend.FALLING),
        ((0.2, -0.4, None, 0.3), SentimentTrend.DIPPED),
        ((-0.2, 0.4, 0.1, -0.1), SentimentTrend.PEAKED),
        ((0.0, 0.1, -0.1, 0.2), SentimentTrend.FLAT),
        ((None, None, 0.4, None), None),
        ((None,) * 4, None),
    ],
)
def test_a_course_is_named(
    quarters: tuple[float | None, ...], trend: SentimentTrend | None
) -> None:
    assert trend_of(quarters) is trend


def test_scores_are_smoothed_from_the_speakers_mean_on() -> None:
    (arc,) = sentiment_arcs([Mood(ANA, score) for score in (1.0, -1.0, -1.0, -1.0)])
    # Mean -0.5; then half of the way to each score.
    assert arc.quarters == (0.25, -0.375, -0.688, -0.844)
    assert arc.ratings == (1.2, -1.9, -3.4, -4.2)
    assert (arc.score, arc.rating, arc.turns) == (-0.5, -2.5, 4)
    assert arc.trend is SentimentTrend.FALLING


def test_quarters_of_a_call_are_of_its_time() -> None:
    late = [Mood(ANA, 0.5, 90, 92), Mood(ANA, 0.5, 93, 95), Mood(TOM, 0.0, 96, 100)]
    arcs = sentiment_arcs([Mood(TOM, 0.0, 0, 50), *late])
    assert [(arc.name, arc.role) for arc in arcs] == [("Tom", Role.AGENT), ("Ana", Role.CUSTOMER)]
    assert arcs[0].quarters == (None, 0.0, None, 0.0)
    assert arcs[1].quarters == (None, None, None, 0.5)


def test_who_was_not_analysed_has_no_arc_and_still_takes_up_time() -> None:
    arcs = sentiment_arcs([Mood(TOM, None), Mood(ANA, 0.5), Mood(TOM, None), Mood(ANA, 0.9)])
    assert [arc.name for arc in arcs] == ["Ana"]
    assert [score is None for score in arcs[0].quarters] == [True, False, True, False]
    assert sentiment_arcs([]) == ()


SCORES = st.one_of(st.none(), st.floats(-1, 1))


@given(st.lists(st.tuples(st.sampled_from([ANA, TOM]), SCORES), max_size=20))
def test_nothing_leaves_its_scale(turns: list[tuple[Party, float | None]]) -> None:
    for arc in sentiment_arcs([Mood(party, score) for party, score in turns]):
        assert all(-1 <= score <= 1 for score in arc.quarters if score is not None)
        assert all(-5 <= rating <= 5 for rating in arc.ratings if rating is not None)
        assert (arc.trend is None) == (sum(q is not None for q in arc.quarters) < 2)
