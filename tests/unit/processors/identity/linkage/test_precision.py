"""What precision is promised, and when people's decisions change it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from processors.identity.linkage.precision import acceptable, expected

CHANCES = st.lists(st.floats(0, 1), min_size=1, max_size=40)


@given(CHANCES, st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=20))
def test_the_interval_holds_the_estimate(
    chances: list[float], decided: list[tuple[float, bool]]
) -> None:
    told = expected(chances, decided)
    assert 0 <= told.low <= told.precision + 1e-9
    assert told.precision - 1e-9 <= told.high <= 1


def test_the_model_alone_never_makes_the_interval_narrow() -> None:
    told = expected([0.999] * 10_000)
    assert told.low < 0.9


def test_decisions_of_people_outweigh_the_model() -> None:
    chances = [0.99] * 100
    doubtful = expected(chances, [(0.99, False)] * 60)
    assert doubtful.precision < 0.4
    assert (doubtful.accepted, doubtful.rejected) == (0, 60)
    assert expected(chances, [(0.99, True)] * 200).low > 0.95


def test_decisions_on_less_probable_pairs_say_nothing() -> None:
    assert expected([0.99], [(0.6, False)] * 50) == expected([0.99])


@given(CHANCES, st.floats(0.5, 1))
def test_what_is_accepted_is_as_precise_as_was_asked(chances: list[float], wanted: float) -> None:
    falling = sorted(chances, reverse=True)
    count = acceptable(falling, wanted)
    assert count == 0 or expected(falling[:count]).precision >= wanted - 1e-9
    assert all(chance >= 0.5 for chance in falling[:count])


def test_rejections_make_bulk_acceptance_smaller() -> None:
    chances = [0.99] * 10 + [0.95] * 10
    assert acceptable(chances, 0.95) == 20
    assert acceptable(chances, 0.95, [(0.96, False)] * 10) == 10
