from __future__ import annotations

import pytest

from streams.runners.runner import StageProgress
from threadline.cli.progress import StageBars, left_s, real_time


def test_the_speed_of_speech_is_told_in_minutes_and_times_real_time() -> None:
    assert real_time(90, 3) == "1.5 min of audio, 30.0x real time"


def test_nothing_is_told_of_speech_that_was_only_remembered() -> None:
    assert real_time(0, 3) == ""


def test_what_waits_is_thought_to_take_as_long_as_what_is_done() -> None:
    assert left_s(60, delivered=3, waiting=6) == 120
    assert left_s(60, delivered=0, waiting=6) == 0


def test_without_a_terminal_speech_is_told_by_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with StageBars(show=True, heard_s=lambda: 120.0) as bars:
        bars.update([StageProgress("transcribe", 2, 2), StageProgress("tag", 1, 0)])
    told = capsys.readouterr().err
    assert told.startswith("  transcribed 2 of 4 recordings: 2.0 min of audio, ")
    assert "x real time, " in told
    assert told.endswith(" min left\n")


def test_what_comes_after_speech_does_not_slow_it_down(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    with StageBars(show=False, heard_s=lambda: 120.0) as bars:
        now = 10.0
        bars.update([StageProgress("transcribe", 4, 0), StageProgress("tag", 0, 9)])
        now = 60.0
        bars.update([StageProgress("transcribe", 4, 0), StageProgress("tag", 9, 0)])
        assert bars.told == "2.0 min of audio, 12.0x real time"
