"""Churn risk ranks: what is worse never lowers it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from processors.churn import churn_parts, churn_risk

CATEGORIES = st.frozensets(st.sampled_from(["cancel", "competitor", "escalation", "praise"]))
Share = float | None
MOOD = st.none() | st.floats(-1, 1)


def risk(
    categories: frozenset[str],
    sentiment: float | None,
    trend: float | None,
    complaint: float | None,
) -> float:
    return churn_risk(churn_parts(categories, sentiment, trend, complaint))


@given(CATEGORIES, MOOD, MOOD, st.none() | st.floats(0, 1))
def test_it_lies_between_0_and_1_and_a_wish_to_cancel_raises_it(
    categories: frozenset[str],
    sentiment: float | None,
    trend: float | None,
    complaint: float | None,
) -> None:
    calm = risk(categories - {"cancel"}, sentiment, trend, complaint)
    leaving = risk(categories | {"cancel"}, sentiment, trend, complaint)
    assert 0 <= calm < leaving <= 1


@given(CATEGORIES, st.floats(-1, 1), st.floats(-1, 1))
def test_a_worse_mood_never_lowers_it(categories: frozenset[str], one: float, other: float) -> None:
    worse, better = sorted((one, other))
    assert risk(categories, worse, None, None) >= risk(categories, better, None, None)
    assert risk(categories, None, worse, None) >= risk(categories, None, better, None)


def test_what_is_not_known_weighs_nothing() -> None:
    assert churn_parts(frozenset(), None, None, None) == (0, 0, 0, 0, 0, 0)
