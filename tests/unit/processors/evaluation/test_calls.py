"""Words find their speaker in a script, and turns are compared with the truth."""

from __future__ import annotations

import math

import pytest

from processors.evaluation.diarisation import diarisation_error
from processors.evaluation.scripts import Line, speakers_of_words

SCRIPT = (
    Line(speaker="agent", text="How can I help you today?"),
    Line(speaker="customer", text="My router is broken, it's dead."),
)


def test_words_heard_alike_get_the_speaker_of_the_script() -> None:
    heard = [word for line in SCRIPT for word in line.text.split()]
    assert speakers_of_words(heard, SCRIPT) == ["agent"] * 6 + ["customer"] * 6


def test_a_misheard_word_gets_the_speaker_of_its_place() -> None:
    heard = [word for line in SCRIPT for word in line.text.split()]
    heard[7] = "rooter"
    assert speakers_of_words(heard, SCRIPT)[7] == "customer"


def test_an_invented_word_between_two_speakers_has_none() -> None:
    heard = [word for line in SCRIPT for word in line.text.split()]
    heard.insert(6, "um")
    assert speakers_of_words(heard, SCRIPT)[6] is None


def test_names_of_speakers_do_not_matter_for_the_error() -> None:
    truth = [("a", 0.0, 5.0), ("b", 5.0, 9.0)]
    answer = [("1", 0.0, 5.0), ("0", 5.0, 9.0)]
    assert diarisation_error(truth, answer).rate == 0


def test_time_is_missed_invented_or_confused() -> None:
    truth = [("a", 0.0, 10.0), ("b", 20.0, 30.0)]
    answer = [("a", 0.0, 8.0), ("b", 20.0, 26.0), ("a", 26.0, 30.0), ("b", 40.0, 43.0)]
    found = diarisation_error(truth, answer, collar_s=0)
    assert found.missed_s == pytest.approx(2, abs=0.05)
    assert found.confused_s == pytest.approx(4, abs=0.05)
    assert found.false_alarm_s == pytest.approx(3, abs=0.05)
    assert found.rate == pytest.approx(9 / 20, abs=0.01)


def test_without_speech_there_is_no_rate() -> None:
    assert math.isnan(diarisation_error([], []).rate)
