"""Find where a track sounds though nobody speaks: hold music, ringing, a jingle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from schemas.answers import Transcript

Floats = NDArray[np.float32]
Span = tuple[float, float]

RATE = 16_000
FRAME_S = 0.25
FRAME = round(FRAME_S * RATE)
LEAST_S = 4.0  # shorter stretches are noises of the line or of breath
LOUD = 10 ** (-45 / 20)  # root mean square, of full scale; line noise is below
TONAL = 0.25  # flatness of the spectrum: noise is above 0.4, music and tones mostly below 0.1
BAND_HZ = (100, 3400)  # what a telephone carries
BAND = slice(*(round(hertz * FRAME_S) for hertz in BAND_HZ))
BRIDGE_S = 4.5  # ringing pauses for 4 s between its tones


def music_of(samples: Floats, speech: Sequence[Span]) -> tuple[Span, ...]:
    """List stretches (seconds) of at least 4 s that sound, are not noise, and hold no speech.

    Noise is told from tones by the flatness of the spectrum (geometric over arithmetic mean of
    the power; Johnston 1988).
    """
    found: list[Span] = []
    for start, end in _silent(len(samples) / RATE, speech):
        if end - start >= LEAST_S:
            found += _sounding(samples, start, end)
    return tuple(found)


def _silent(length_s: float, speech: Sequence[Span]) -> Iterator[Span]:
    at = 0.0
    for start, end in sorted(speech):
        if start > at:
            yield at, start
        at = max(at, end)
    if length_s > at:
        yield at, length_s


def _sounding(samples: Floats, start_s: float, end_s: float) -> list[Span]:
    first, last = round(start_s * RATE), round(end_s * RATE)
    count = (last - first) // FRAME
    if not count:
        return []
    frames = samples[first : first + count * FRAME].reshape(count, FRAME)
    runs: list[Span] = []
    for sounds, group in groupby(enumerate(sounds_tonal(frames)), key=lambda item: bool(item[1])):
        at = [index for index, _ in group]
        if not sounds:
            continue
        run = (start_s + at[0] * FRAME_S, start_s + (at[-1] + 1) * FRAME_S)
        if runs and run[0] - runs[-1][1] <= BRIDGE_S:
            runs[-1] = (runs[-1][0], run[1])
        else:
            runs.append(run)
    return [(round(a, 2), round(b, 2)) for a, b in runs if b - a >= LEAST_S]


def sounds_tonal(frames: Floats) -> NDArray[np.bool_]:
    """Tell which frames (a row of 0.25 s each) are louder than line noise and no noise."""
    level = np.sqrt(np.square(frames).mean(axis=1))
    power = np.square(np.abs(np.fft.rfft(frames * np.hanning(FRAME), axis=1)))[:, BAND] + 1e-12
    flatness = np.exp(np.log(power).mean(axis=1)) / power.mean(axis=1)
    return np.asarray((level > LOUD) & (flatness < TONAL))


def with_music(transcript: Transcript, tracks: Sequence[Floats]) -> Transcript:
    """Add to each track of a transcript where it sounds while nobody speaks on any track."""
    speech = [span for track in transcript.tracks for span in track.speech]
    return replace(
        transcript,
        tracks=tuple(
            replace(track, music=music_of(samples, speech))
            for track, samples in zip(transcript.tracks, tracks, strict=True)
        ),
    )
