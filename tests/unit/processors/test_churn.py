"""Churn risk ranks: what is worse never lowers it, and its parts add up."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.churn import (
    BASE,
    LineSigns,
    churn_parts,
    churn_risk,
    customer_parts,
    told,
)

CATEGORY = st.sampled_from(["cancel", "competitor", "escalation", "praise"])
SHARE = st.none() | st.floats(0, 1)
MOOD = st.none() | st.floats(-1, 1)
LINES = st.lists(st.builds(LineSigns, SHARE, st.lists(CATEGORY).map(tuple)), max_size=4)


def risk(
    lines: list[LineSigns],
    sentiment: float | None = None,
    trend: float | None = None,
    complaint: float | None = None,
) -> float:
    return churn_risk(told(churn_parts(lines, sentiment, trend, complaint)))


@given(LINES, MOOD, MOOD, SHARE)
def test_it_lies_between_0_and_1_and_a_wish_to_leave_never_lowers_it(
    lines: list[LineSigns], sentiment: float | None, trend: float | None, complaint: float | None
) -> None:
    calm = risk(lines, sentiment, trend, complaint)
    leaving = risk([*lines, LineSigns(0.9, ("cancel",))], sentiment, trend, complaint)
    assert 0 <= calm <= leaving <= 1


@given(LINES, st.floats(-1, 1), st.floats(-1, 1))
def test_a_worse_mood_never_lowers_it(lines: list[LineSigns], one: float, other: float) -> None:
    worse, better = sorted((one, other))
    assert risk(lines, worse) >= risk(lines, better)
    assert risk(lines, None, worse) >= risk(lines, None, better)


def test_a_phrase_of_leaving_counts_only_where_the_intent_agrees_or_is_not_known() -> None:
    phrase = ("cancel",)
    assert churn_parts([LineSigns(0.1, phrase)], None, None, None).cancel == 0
    assert churn_parts([LineSigns(0.9, phrase)], None, None, None).cancel > 0
    assert churn_parts([LineSigns(None, phrase)], None, None, None).cancel > 0


def test_what_is_not_known_weighs_nothing() -> None:
    assert told(churn_parts([], None, None, None)) == {"base": BASE}
    assert customer_parts(0, {}) == {}
    assert customer_parts(0, {"contract": "handshake", "tenure_months": "long"}) == {}


def test_the_parts_add_up_to_the_risk() -> None:
    parts = told(churn_parts([LineSigns(0.8, ("competitor",))], -0.5, -0.2, 0.7))
    assert parts.keys() == {"base", "intent", "competitor", "sentiment", "trend", "complaint"}
    assert churn_risk(parts) == pytest.approx(1 / (1 + math.exp(-sum(parts.values()))), abs=1e-3)


def test_a_new_customer_on_a_monthly_contract_who_calls_again_is_at_more_risk() -> None:
    new = customer_parts(2, {"contract": "Month-to-month", "tenure_months": "2"})
    old = customer_parts(0, {"contract": "Two year", "tenure_months": "60"})
    assert new.keys() == {"repeat contacts", "contract", "tenure"}
    assert min(new.values()) > 0 > max(old.values())
