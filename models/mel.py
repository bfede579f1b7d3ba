"""Mel spectrograms as the speaker encoder was trained on, in numpy."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

RATE = 16_000
FRAMES_PER_S = 100
HOP = RATE // FRAMES_PER_S
WINDOW = 400  # samples: 25 ms, also the length of the transform
CHANNELS = 40
BREAK_HZ, BREAK_MEL, HZ_PER_MEL = 1000.0, 15.0, 200 / 3  # Slaney: linear below, log above
LOG_STEP = np.log(6.4) / 27


def mel_spectrogram(samples: Floats) -> Floats:
    """Give the mel power of each 10 ms of samples at 16 kHz: frames x 40 channels, no logarithm.

    The same as `librosa.feature.melspectrogram` with a window of 25 ms (Slaney's scale and area
    normalisation, periodic Hann window, frames centred, zeros beyond the ends), which is how
    Resemblyzer reads speech.
    """
    padded = np.pad(samples.astype(np.float32, copy=False), WINDOW // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]
    spectrum = np.fft.rfft(frames * _hann(), axis=1)
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    return np.asarray(power.astype(np.float32, copy=False) @ _filters(), dtype=np.float32)


@cache
def _hann() -> Floats:
    return np.hanning(WINDOW + 1)[:-1].astype(np.float32)


@cache
def _filters() -> Floats:
    """Make the triangles: frequency bins x channels, each of equal area."""
    bins = np.linspace(0, RATE / 2, WINDOW // 2 + 1)
    edges = _hz(np.linspace(0, _mel(RATE / 2), CHANNELS + 2))
    widths = np.diff(edges)
    ramps = edges[:, None] - bins[None, :]
    rising, falling = -ramps[:-2] / widths[:-1, None], ramps[2:] / widths[1:, None]
    triangles = np.maximum(0, np.minimum(rising, falling))
    triangles *= (2 / (edges[2:] - edges[:-2]))[:, None]
    return np.ascontiguousarray(triangles.T, dtype=np.float32)


def _mel(hz: float) -> float:
    if hz < BREAK_HZ:
        return hz / HZ_PER_MEL
    return float(BREAK_MEL + np.log(hz / BREAK_HZ) / LOG_STEP)


def _hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    above = BREAK_HZ * np.exp(LOG_STEP * (mel - BREAK_MEL))
    return np.where(mel < BREAK_MEL, mel * HZ_PER_MEL, above)
