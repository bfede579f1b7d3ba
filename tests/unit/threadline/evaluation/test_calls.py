"""Recordings and their scripts are found in every layout that the tasks document."""

from __future__ import annotations

import json
import wave
from pathlib import Path

import pytest

from schemas.errors import InvalidEvent
from threadline.evaluation.calls import read_calls

RATE = 8_000


def record(path: Path, channels: int = 1) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(bytes(2 * channels * RATE))


def test_a_script_beside_the_recording_is_read(tmp_path: Path) -> None:
    record(tmp_path / "call.wav")
    turns = [{"speaker": "Agent", "text": "hello", "start": 0.5, "end": 0.9}]
    (tmp_path / "call.json").write_text(json.dumps({"turns": turns}))
    [call] = read_calls(tmp_path)
    assert (call.name, call.sides, call.length_s) == ("call", (), 1.0)
    assert [(line.text, line.start) for line in call.script] == [("hello", 0.5)]


def test_a_vcon_beside_the_recording_is_read(tmp_path: Path) -> None:
    record(tmp_path / "call.wav")
    body = [{"speaker": "Agent", "message": "hello"}, {"speaker": "Customer", "message": "hi"}]
    vcon = {"analysis": [{"type": "summary"}, {"type": "transcript", "body": body}]}
    (tmp_path / "call.vcon.json").write_text(json.dumps(vcon))
    [call] = read_calls(tmp_path)
    assert [line.speaker for line in call.script] == ["agent", "customer"]


def test_two_files_are_the_two_sides_of_a_call(tmp_path: Path) -> None:
    record(tmp_path / "c1_agent.wav")
    record(tmp_path / "c1_caller.wav")
    [call] = read_calls(tmp_path)
    assert call.sides == ("agent", "customer")
    assert [Path(track.blob).name for track in call.tracks] == ["c1_agent.wav", "c1_caller.wav"]


def test_channels_may_be_named(tmp_path: Path) -> None:
    record(tmp_path / "call.wav", channels=2)
    (tmp_path / "call.json").write_text(json.dumps({"channels": ["customer", "agent"]}))
    [call] = read_calls(tmp_path)
    assert call.sides == ("customer", "agent")


def test_turns_of_an_rttm_are_read_by_the_name_of_the_recording(tmp_path: Path) -> None:
    record(tmp_path / "m1.wav")
    line = "SPEAKER m1 1 0.25 0.5 <NA> <NA> ann <NA> <NA>\n"
    (tmp_path / "all.rttm").write_text(line)
    [call] = read_calls(tmp_path)
    assert [(one.speaker, one.start, one.end) for one in call.script] == [("ann", 0.25, 0.75)]


def test_a_folder_without_a_script_is_refused_by_name(tmp_path: Path) -> None:
    record(tmp_path / "call.wav")
    with pytest.raises(InvalidEvent, match="no recording with a script"):
        read_calls(tmp_path)


def test_a_role_that_there_is_not_is_refused_by_name(tmp_path: Path) -> None:
    record(tmp_path / "call.wav", channels=2)
    (tmp_path / "call.json").write_text(json.dumps({"channels": ["left", "right"]}))
    with pytest.raises(InvalidEvent, match="no such role: left"):
        read_calls(tmp_path)
