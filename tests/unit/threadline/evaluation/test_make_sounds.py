"""Sounds without a voice, for measuring: nobody speaks in them, alone or between speech."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

import threadline.demo.calls
from infra.audio import RATE, as_telephone, decode
from models.voice import speech_in
from threadline.evaluation.asr import pairs, reference_of
from threadline.evaluation.make_sounds import SOUNDS, make, make_alone, make_between

DEMO = Path(threadline.demo.calls.AUDIO) / "call-02.wav"
VCON = '{"analysis": [{"type": "transcript", "body": [{"message": "Good morning"}]}]}'


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", SOUNDS)
def test_nobody_speaks_in_a_sound(name: str, seed: int) -> None:
    sound = make(name, np.random.default_rng(seed), 10)
    assert len(sound) == 10 * RATE
    assert speech_in(as_telephone(sound) if seed else sound) == ()


def test_an_equal_seed_makes_equal_sounds_with_an_empty_text_beside_them(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        make_alone(tmp_path / folder, seed=3)
    one, two = (
        {path.name: path.read_bytes() for path in (tmp_path / folder).iterdir()}
        for folder in ("one", "two")
    )
    assert one == two
    assert len(one) == 2 * len(SOUNDS)
    assert {text for _, text in pairs(tmp_path / "one")} == {""}


def test_a_call_keeps_its_sound_and_its_script_and_gets_sounds_around(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    calls.mkdir()
    shutil.copyfile(DEMO, calls / "call.wav")
    (calls / "call.vcon.json").write_text(VCON, "utf-8")
    make_between(calls, tmp_path / "out")
    before, after = decode(calls / "call.wav"), decode(tmp_path / "out" / "call.wav")
    assert len(after) >= len(before) + 4 * 20 * RATE
    assert reference_of(tmp_path / "out" / "call.wav") == "Good morning"
    loudest = int(np.abs(before).argmax())
    piece = before[loudest - 50 : loudest + 50]
    windows = np.lib.stride_tricks.sliding_window_view(after, 100)
    assert np.abs(windows - piece).max(axis=1).min() < 1e-3
