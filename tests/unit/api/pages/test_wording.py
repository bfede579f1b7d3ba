from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from api.pages.wording import ago, chance, day, lasting, mood, playtime, signed, telling, words

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, "–"),
        (0.4, "0 s"),
        (48, "48 s"),
        (60, "1 min"),
        (252, "4 min 12 s"),
        (3900, "1 h 5 min"),
        (7200, "2 h"),
        (400_000, "5 days"),
    ],
)
def test_a_length_is_told_in_the_two_largest_units(seconds: float | None, said: str) -> None:
    assert lasting(seconds) == said


def test_a_place_in_a_recording_has_hours_only_when_needed() -> None:
    assert [playtime(s) for s in (0, 61.9, 3723)] == ["0:00", "1:01", "1:02:03"]


def test_how_long_ago_is_rounded_and_a_date_after_a_week() -> None:
    gaps = [timedelta(seconds=20), timedelta(minutes=59), timedelta(hours=30), timedelta(days=4)]

    assert [ago(NOW - gap, NOW) for gap in gaps] == [
        "20 s ago",
        "59 min ago",
        "30 h ago",
        "4 days ago",
    ]
    assert ago(NOW - timedelta(days=21), NOW) == "Sun 1 Nov 2026"
    assert ago(NOW + timedelta(minutes=5), NOW) == "Sun 22 Nov 2026, 12:05"


def test_days_are_told_in_utc_whatever_zone_they_come_in() -> None:
    at = datetime(2026, 11, 2, 1, tzinfo=timezone(timedelta(hours=2)))
    assert day(at) == "Sun 1 Nov 2026"


def test_a_mood_is_a_word_and_a_signed_figure() -> None:
    assert [mood(s) for s in (-0.9, -0.25, -0.2, 0.2, 0.25)] == [
        "negative",
        "negative",
        "neutral",
        "neutral",
        "positive",
    ]
    assert signed(-0.625) == "−0.62"
    assert signed(0.4) == "+0.40"


def test_chance_is_told_as_how_often_it_would_happen() -> None:
    assert chance(0.4).startswith("nothing unusual")
    assert chance(0.00016202) == "about once in 6,200 windows by chance alone"
    assert "billion" in chance(2e-19)
    assert "billion" in chance(0.0)


def test_a_customer_is_shown_by_what_people_know_best() -> None:
    assert telling(("cookie:c-1", "account:7", "email:ana@example.com")).value == "ana@example.com"
    assert telling(("cookie:c-1", "loyalty:7")).value == "c-1"


def test_the_stand_in_for_a_caller_whom_nobody_named_says_so() -> None:
    assert telling(("contact:26ec22362df65999",)).value == "Unknown caller 26ec22"


def test_codes_read_as_words() -> None:
    assert words("churn_risk") == "Churn risk"
