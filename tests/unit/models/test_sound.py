"""Music and ringing are found between speech; noise and silence are not."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from models.sound import music_of

RATE = 16_000
AT = np.arange(30 * RATE) / RATE


def music() -> NDArray[np.float32]:
    chord = sum(0.05 * np.sin(2 * np.pi * hertz * AT) for hertz in (262, 330, 392, 523))
    return np.asarray(chord, dtype=np.float32)


def ringing() -> NDArray[np.float32]:
    return np.asarray(0.1 * np.sin(2 * np.pi * 440 * AT) * (AT % 6 < 2), dtype=np.float32)


def hiss() -> NDArray[np.float32]:
    return np.random.default_rng(0).normal(0, 0.02, len(AT)).astype(np.float32)


def test_music_is_found_where_nobody_speaks() -> None:
    assert music_of(music(), [(5.0, 10.0), (20.0, 30.0)]) == ((0.0, 5.0), (10.0, 20.0))


def test_ringing_is_one_stretch_in_spite_of_its_pauses() -> None:
    assert music_of(ringing(), []) == ((0.0, 26.0),)


@pytest.mark.parametrize("sound", [hiss(), np.zeros(len(AT), dtype=np.float32)])
def test_noise_and_silence_are_no_music(sound: NDArray[np.float32]) -> None:
    assert music_of(sound, []) == ()


def test_a_short_sound_between_two_who_speak_is_none() -> None:
    assert music_of(music(), [(0.0, 14.0), (17.0, 30.0)]) == ()
