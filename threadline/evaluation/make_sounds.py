"""Make sounds in which nobody speaks, alone and amid recorded calls, for `threadline eval asr`.

Silence, noise, tones of telephone networks, and music of made-up melodies on several instruments.
Run from the repository root:

    python -m threadline.evaluation.make_sounds --out DIR [--calls DIR] [--seed N]

Without calls each sound stands alone, with an empty text beside it. With calls each of them gets
sounds before, behind and twice within it; its vCon is copied beside it.
"""

from __future__ import annotations

import argparse
import shutil
import wave
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from infra.audio import RATE, as_telephone, decode

Sound = NDArray[np.float64]
Dice = np.random.Generator

AUDIO = (".mp3", ".wav")
SECONDS = (5.0, 12.0, 30.0, 60.0)
BETWEEN_S = (20.0, 60.0)
QUIET_S = 0.25
LEVEL = 10 ** (-22 / 20)  # root mean square, of full scale
SCALE = (0, 2, 4, 5, 7, 9, 11, 12)
CHORDS = ((0, 4, 7), (5, 9, 12), (7, 11, 14), (-3, 0, 4))
HARMONICS = {
    "sine": (1.0,),
    "organ": (1.0, 0.8, 0.5, 0.6, 0.0, 0.3, 0.0, 0.4),
    "piano": (1.0, 0.6, 0.35, 0.25, 0.12, 0.08),
    "strings": tuple(1 / k for k in range(1, 14)),
    "flute": (1.0, 0.4, 0.15, 0.05),
    "brass": tuple(k**-0.7 for k in range(1, 16)),
}


class Tone(NamedTuple):
    """A tone of a network: its frequencies in Hz, and for how long it is on and off, in turns."""

    hertz: tuple[float, ...]
    turns: tuple[float, ...] = (1.0,)


TONES = {
    "dial, America": Tone((350, 440)),
    "dial, Europe": Tone((425,)),
    "ringing, America": Tone((440, 480), (2, 4)),
    "ringing, Britain": Tone((400, 450), (0.4, 0.2, 0.4, 2)),
    "ringing, Europe": Tone((425,), (1, 4)),
    "ringing, France": Tone((440,), (1.5, 3.5)),
    "ringing, Japan": Tone((384, 416), (1, 2)),
    "busy, America": Tone((480, 620), (0.5, 0.5)),
    "busy, Britain": Tone((400,), (0.375, 0.375)),
    "busy, Europe": Tone((425,), (0.5, 0.5)),
    "congestion, America": Tone((480, 620), (0.25, 0.25)),
    "fax": Tone((1100,), (0.5, 3)),
    "recording beep": Tone((1400,), (0.5, 14.5)),
}


def times(seconds: float) -> Sound:
    """Give the time of each sample."""
    return np.arange(int(seconds * RATE)) / RATE


def noise(power: float, level: float, dice: Dice, seconds: float) -> Sound:
    """Make noise whose spectrum falls with a power of the frequency: 0 white, 1 pink, 2 brown."""
    spectrum = np.fft.rfft(dice.standard_normal(int(seconds * RATE)))
    falling = spectrum / np.maximum(np.arange(len(spectrum)), 1) ** (power / 2)
    sound = np.fft.irfft(falling, int(seconds * RATE))
    return np.asarray(sound * level / np.std(sound))


def tone(which: Tone, dice: Dice, seconds: float) -> Sound:
    """Make a tone of a network, beginning anywhere in its turns, over the noise of a line."""
    at = times(seconds)
    wave_ = np.sum([np.sin(2 * np.pi * hertz * at) for hertz in which.hertz], axis=0)
    borders = np.cumsum(which.turns)
    turn = np.searchsorted(borders, (at + dice.uniform(0, borders[-1])) % borders[-1], "right")
    return np.asarray(wave_ * (turn % 2 == 0) + 0.005 * dice.standard_normal(len(at)))


def dialling(dice: Dice, seconds: float) -> Sound:
    """Make the pairs of tones that keys give (DTMF)."""
    at, keys = times(seconds), dice.integers(0, 3, (2, int(seconds * 4) + 1))
    beat = (at * 4).astype(int)
    rows, columns = np.take((697, 770, 852), keys[0]), np.take((1209, 1336, 1477), keys[1])
    pair = np.sin(2 * np.pi * rows[beat] * at) + np.sin(2 * np.pi * columns[beat] * at)
    return np.asarray(pair * (at * 4 % 1 < 0.5))


def note(instrument: str, hertz: float, seconds: float, dice: Dice) -> Sound:
    """Play a note: harmonics with vibrato and a gentle start, fading where strings are struck."""
    at = times(seconds)
    vibrato = 0.0 if instrument in ("piano", "sine") else 0.008
    swing = vibrato * np.sin(2 * np.pi * dice.uniform(5, 6.5) * at)
    phase = 2 * np.pi * np.cumsum(hertz * (1 + swing)) / RATE
    weights = HARMONICS[instrument]
    sound = sum(
        weight * np.sin(phase * k) for k, weight in enumerate(weights, 1) if hertz * k < RATE / 2
    )
    edge = np.minimum(1, np.minimum(at, at[::-1]) / 0.04)
    return np.asarray(sound * edge * (np.exp(-3 * at) if instrument == "piano" else 1.0))


def music(melody: str, chords: str, dice: Dice, seconds: float) -> Sound:
    """Play a made-up melody, over broken chords and drums where `chords` names an instrument."""
    sound = np.zeros(int(seconds * RATE))
    beat, key, step = dice.uniform(0.45, 0.9), dice.uniform(180, 300), 3
    for number in range(int(seconds / beat)):
        if dice.random() < 0.85:
            step = int(np.clip(step + dice.integers(-2, 3), 0, len(SCALE) - 1))
            _put(sound, number * beat, note(melody, key * 2 ** (SCALE[step] / 12), beat, dice))
        if chords:
            third = CHORDS[number // 4 % 4][number % 3]
            played = note(chords, key / 2 * 2 ** (third / 12), 2 * beat, dice)
            _put(sound, number * beat, 0.5 * played)
            hit = dice.standard_normal(RATE // 10) * np.exp(-np.arange(RATE // 10) / 400)
            _put(sound, number * beat, 0.3 * hit)
    return sound


def _put(sound: Sound, at_s: float, what: Sound) -> None:
    at = int(at_s * RATE)
    sound[at : at + len(what)] += what[: len(sound) - at]


SOUNDS: dict[str, Callable[[Dice, float], Sound]] = {
    "silence": lambda dice, seconds: np.zeros(int(seconds * RATE)),
    "comfort noise": partial(noise, 1, 0.002),
    "white noise": partial(noise, 0, LEVEL),
    "pink noise": partial(noise, 1, LEVEL),
    "brown noise": partial(noise, 2, LEVEL),
    **{name: partial(tone, which) for name, which in TONES.items()},
    "dialling": dialling,
    **{f"{name} alone": partial(music, name, "") for name in HARMONICS},
    "piano and strings": partial(music, "piano", "strings"),
    "brass band": partial(music, "brass", "organ"),
    "flute and piano": partial(music, "flute", "piano"),
    "strings and organ": partial(music, "strings", "organ"),
}


def make(name: str, dice: Dice, seconds: float) -> NDArray[np.float32]:
    """Make a sound of some seconds; what is louder than a call is brought to its level."""
    sound = SOUNDS[name](dice, seconds)
    level = float(np.sqrt(np.mean(np.square(sound))))
    return (sound * min(1.0, LEVEL / level) if level else sound).astype(np.float32)


def make_alone(out: Path, seed: int = 0) -> None:
    """Write each sound, every second one as it is on a telephone, with an empty text beside it."""
    out.mkdir(parents=True, exist_ok=True)
    for at, name in enumerate(SOUNDS):
        sound = make(name, np.random.default_rng([seed, at]), SECONDS[(at + seed) % len(SECONDS)])
        path = out / f"{name.replace(', ', '-').replace(' ', '-')}.wav"
        _write(path, as_telephone(sound) if (at + seed) % 2 else sound)
        path.with_suffix(".txt").write_text("", "utf-8")


def make_between(calls: Path, out: Path, seed: int = 0) -> None:
    """Write each call that has a vCon, with sounds around it and in two of its pauses."""
    out.mkdir(parents=True, exist_ok=True)
    names = list(SOUNDS)
    for at, vcon in enumerate(sorted(calls.glob("*.vcon.json"))):
        stem = vcon.name.removesuffix(".vcon.json")
        recording = next(path for path in calls.glob(f"{stem}.*") if path.suffix in AUDIO)
        dice = np.random.default_rng([seed, at])
        call = decode(recording)
        cuts = [0, *sorted(dice.choice(_pauses(call), 2, replace=False)), len(call)]
        parts: list[NDArray[np.float32]] = []
        for first, last in zip(cuts, [*cuts[1:], len(call)], strict=True):
            name = names[int(dice.integers(len(names)))]
            parts += [make(name, dice, dice.uniform(*BETWEEN_S)), call[first:last]]
        _write(out / f"{stem}.wav", np.concatenate(parts))
        shutil.copyfile(vcon, out / vcon.name)


def _pauses(call: NDArray[np.float32]) -> list[int]:
    """Find where a call is quiet for a while; give the middle of each place, in samples."""
    long = int(QUIET_S * RATE)
    frames = np.abs(call[: len(call) // long * long].reshape(-1, long)).max(axis=1)
    return [int((at + 0.5) * long) for at in np.flatnonzero(frames < 0.01).tolist()]


def _write(path: Path, sound: NDArray[np.float32]) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(sound, -0.99, 0.99) * 32767).astype("<i2").tobytes())


def main(words: Sequence[str] | None = None) -> None:
    """Make sounds alone, or amid calls."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for the sounds")
    parser.add_argument("--calls", type=Path, help="recorded calls to put sounds into")
    parser.add_argument("--seed", type=int, default=0, help="another one makes other sounds")
    given = parser.parse_args(words)
    if given.calls is None:
        make_alone(given.out, given.seed)
    else:
        make_between(given.calls, given.out, given.seed)


if __name__ == "__main__":
    main()
