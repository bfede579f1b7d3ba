"""Where somebody speaks: sounds without a voice, and the windows that speech is cut into."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import threadline.demo.calls
from infra.audio import as_telephone, decode
from models.voice import RATE, WINDOW, Clip, Timeline, speech_in, windows

Sound = NDArray[np.float64]
SECONDS = 12.0
AT = np.arange(int(SECONDS * RATE)) / RATE


def dice(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def tones(*hertz: float, on: float = SECONDS, off: float = 0.0) -> Sound:
    wave = np.sum([np.sin(2 * np.pi * one * AT) for one in hertz], axis=0)
    return np.asarray(0.2 * wave * (AT % (on + off) < on))


def coloured(power: float, level: float) -> Sound:
    spectrum = np.fft.rfft(dice(1).standard_normal(len(AT)))
    noise = np.fft.irfft(spectrum / np.maximum(np.arange(len(spectrum)), 1) ** power, len(AT))
    return np.asarray(level * noise / noise.std())


def dialling() -> Sound:
    rows, columns = (697, 770, 852, 941), (1209, 1336, 1477)
    keys = dice(2).integers(0, 3, (2, 80))
    beat = (AT * 80 / SECONDS).astype(int).clip(0, 79)
    pair = np.take(rows, keys[0])[beat], np.take(columns, keys[1])[beat]
    wave = sum(np.sin(2 * np.pi * hertz * AT) for hertz in pair)
    return np.asarray(0.25 * wave * (AT * 80 / SECONDS % 1 < 0.6))


def melody(base: float, harmonics: int, decay: float, *, chord: bool = False) -> Sound:
    steps = dice(3).choice([0, 2, 4, 5, 7, 9, 11, 12], 64)
    note = steps[(AT * 3).astype(int) % 64]
    sound = np.zeros(len(AT))
    for third in (0, 4, 7) if chord else (0,):
        phase = 2 * np.pi * np.cumsum(base * 2 ** ((note + third) / 12)) / RATE
        sound += sum(np.sin(phase * k) / k for k in range(1, harmonics + 1))
    return np.asarray(0.1 * sound * np.exp(-decay * (AT * 3 % 1)))


def drums() -> Sound:
    beat = AT * 2 % 1
    hiss = dice(4).standard_normal(len(AT)) * np.exp(-20 * beat) * ((AT * 2).astype(int) % 2)
    thump = np.sin(2 * np.pi * (50 + 80 * np.exp(-30 * beat)) * AT) * np.exp(-8 * beat)
    return np.asarray(0.2 * (hiss + thump))


SOUNDS: dict[str, Callable[[], Sound]] = {
    "silence": lambda: np.zeros(len(AT)),
    "faint hiss": lambda: coloured(0, 0.002),
    "white noise": lambda: coloured(0, 0.1),
    "loud pink noise": lambda: coloured(0.5, 0.2),
    "brown noise": lambda: coloured(1, 0.1),
    "bursts of noise": lambda: coloured(0, 0.2) * (AT % 1 < 0.4),
    "hum": lambda: tones(50, 100, 150, 250) * 0.5,
    "American dial tone": lambda: tones(350, 440),
    "American ringback": lambda: tones(440, 480, on=2, off=4),
    "American busy": lambda: tones(480, 620, on=0.5, off=0.5),
    "European dial tone": lambda: tones(425),
    "European ringback": lambda: tones(425, on=1, off=4),
    "European busy": lambda: tones(425, on=0.5, off=0.5),
    "fax": lambda: tones(1100, on=0.5, off=3),
    "dialling": dialling,
    "piano": lambda: melody(220, 4, 3),
    "strings": lambda: melody(110, 8, 0.3),
    "chords": lambda: melody(131, 4, 2, chord=True),
    "flute": lambda: melody(440, 2, 0.2),
    "drums": drums,
    "a band": lambda: 0.5 * (melody(220, 4, 3) + melody(65, 6, 1, chord=True) + drums()),
}


@pytest.mark.parametrize("name", SOUNDS)
@pytest.mark.parametrize("by_telephone", [False, True], ids=["wide", "telephone"])
def test_no_speech_is_found_where_nobody_speaks(name: str, by_telephone: bool) -> None:
    sound = SOUNDS[name]().astype(np.float32)
    assert speech_in(as_telephone(sound) if by_telephone else sound) == ()


DEMO = Path(threadline.demo.calls.AUDIO) / "call-01.wav"
JOIN_S = 0.5  # a margin of silence is kept around speech


def pads() -> Sound:
    """Make chords of a synthesiser that has the resonances of a vowel: the likest to a voice."""
    sound = np.zeros(len(AT))
    for note in (0, 4, 7):
        pitch = 131 * 2 ** (note / 12) * (1 + 0.012 * np.sin(2 * np.pi * 5.5 * AT))
        phase = 2 * np.pi * np.cumsum(pitch) / RATE
        for k in range(1, 25):
            weight = sum(np.exp(-(((131 * k - f) / 150) ** 2)) for f in (450, 800, 2600))
            sound += (weight + 0.02) * np.sin(phase * k)
    return np.asarray(0.1 * sound / np.abs(sound).max())


BETWEEN = {**SOUNDS, "a choir of a synthesiser": pads}


@pytest.mark.parametrize("name", BETWEEN)
def test_a_sound_between_speech_is_no_speech_and_the_speech_stays(name: str) -> None:
    speech = decode(DEMO, 1)[: 12 * RATE]
    alone = speech_in(speech)
    sound = BETWEEN[name]().astype(np.float32)
    first, last = alone[0].start, alone[-1].end
    said = speech[first:last]
    found = speech_in(np.concatenate([said, sound, said]))
    start, end = len(said) / RATE, (len(said) + len(sound)) / RATE
    inside = [
        min(clip.end / RATE, end) - max(clip.start / RATE, start)
        for clip in found
        if clip.end / RATE > start and clip.start / RATE < end
    ]
    assert all(length <= JOIN_S for length in inside)
    spoken = sum(clip.length for clip in alone) / RATE
    assert sum(clip.length for clip in found) / RATE >= 1.8 * spoken


def test_a_track_without_samples_has_no_speech() -> None:
    assert speech_in(np.zeros(0, np.float32)) == ()


Lengths = st.lists(st.tuples(st.integers(1, WINDOW), st.integers(0, 5 * RATE)), max_size=40)


def clips_of(lengths: list[tuple[int, int]]) -> list[Clip]:
    clips, at = [], 0
    for length, pause in lengths:
        clips.append(Clip(at + pause, at + pause + length, pause))
        at += pause + length
    return clips


@given(Lengths)
def test_windows_hold_every_clip_once_and_none_is_too_long(lengths: list[tuple[int, int]]) -> None:
    clips = clips_of(lengths)
    groups = list(windows(clips))
    assert [clip for group in groups for clip in group] == clips
    assert all(group and sum(clip.length for clip in group) <= WINDOW for group in groups)


def test_a_window_ends_at_the_longest_pause_near_its_end() -> None:
    seconds = [(10, 0), (5, 1), (5, 1), (5, 2), (5, 1), (10, 1)]
    clips = clips_of([(length * RATE, pause * RATE) for length, pause in seconds])
    assert [len(group) for group in windows(clips)] == [3, 3]


def test_times_are_those_of_the_track_and_stay_inside_a_clip() -> None:
    timeline = Timeline([Clip(RATE, 2 * RATE), Clip(10 * RATE, 12 * RATE)])
    assert [timeline.clip_at(at) for at in (0.0, 0.9, 1.0, 2.9, 9.0)] == [0, 0, 1, 1, 1]
    assert timeline.time(0.5, within=0) == 1.5
    assert timeline.time(1.5, within=1) == 10.5
    assert timeline.time(0.9, within=1) == 10
    assert timeline.time(3.5, within=1) == 12
