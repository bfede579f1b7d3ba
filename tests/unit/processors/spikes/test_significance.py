from __future__ import annotations

from math import comb, exp, lgamma, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.spikes.significance import (
    beta_share,
    count_tail,
    discoveries,
    odds_ratio,
    share_tail,
)


def negative_binomial(k: int, mean: float, dispersion: float) -> float:
    size = 1 / dispersion
    return exp(
        lgamma(k + size)
        - lgamma(size)
        - lgamma(k + 1)
        + size * log(size / (size + mean))
        + k * log(mean / (size + mean))
    )


@given(
    st.integers(1, 200),
    st.floats(0.1, 80, allow_nan=False),
    st.floats(0.001, 2, allow_nan=False),
)
def test_the_count_tail_is_the_exact_sum(seen: int, mean: float, dispersion: float) -> None:
    below = sum(negative_binomial(k, mean, dispersion) for k in range(seen))
    assert count_tail(seen, mean, dispersion) == pytest.approx(1 - below, abs=1e-8)


@given(st.integers(1, 150), st.data(), st.floats(0.01, 0.99))
def test_the_share_tail_without_correlation_is_the_exact_sum(
    of: int, data: st.DataObject, share: float
) -> None:
    seen = data.draw(st.integers(1, of))
    exact = sum(comb(of, k) * share**k * (1 - share) ** (of - k) for k in range(seen, of + 1))
    assert share_tail(seen, of, share, 0.0) == pytest.approx(exact, rel=1e-7, abs=1e-12)


def test_far_tails_keep_their_digits() -> None:
    exact = sum(negative_binomial(k, 5.0, 0.1) for k in range(120, 2000))
    assert count_tail(120, 5.0, 0.1) == pytest.approx(exact, rel=1e-6)
    assert 0 < share_tail(95, 100, 0.2, 0.0) < 1e-50


def test_without_dispersion_the_count_tail_is_poisson() -> None:
    below = sum(exp(-4.0) * 4.0**k / exp(lgamma(k + 1)) for k in range(9))
    assert count_tail(9, 4.0, 0.0) == pytest.approx(1 - below, rel=1e-4)


def test_correlated_contacts_are_worth_less() -> None:
    assert share_tail(60, 100, 0.4, 0.02) > 10 * share_tail(60, 100, 0.4, 0.0)


@given(st.floats(0.2, 500), st.floats(0.2, 500), st.floats(0.001, 0.999))
def test_both_ends_of_the_beta_function_add_up_to_one(a: float, b: float, x: float) -> None:
    assert beta_share(a, b, x) + beta_share(b, a, 1 - x) == pytest.approx(1.0, abs=1e-9)


def test_nothing_seen_is_never_significant() -> None:
    assert count_tail(0, 3.0, 0.1) == 1.0
    assert share_tail(0, 20, 0.3, 0.0) == 1.0
    assert beta_share(2.0, 3.0, 0.0) == 0.0
    assert beta_share(2.0, 3.0, 1.0) == 1.0


def test_the_odds_ratio_compares_with_the_expected_share() -> None:
    assert odds_ratio(50, 100, 0.5) == pytest.approx(1.0)
    assert odds_ratio(2000, 3000, 0.5) == pytest.approx(2.0, rel=1e-2)


def test_discoveries_follow_the_step_up_rule() -> None:
    values = {"a": 0.012, "b": 0.013, "c": 0.2, "d": 0.001}
    assert discoveries(values, 4, 0.05) == {"a", "b", "d"}
    assert discoveries(values, 400, 0.05) == set()
