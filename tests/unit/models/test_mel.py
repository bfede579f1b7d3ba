"""The mel spectrogram is the one that the speaker encoder was trained on."""

from __future__ import annotations

import numpy as np
import pytest

from models.mel import CHANNELS, FRAMES_PER_S, RATE, mel_spectrogram

# What librosa 0.11 gives for `tones` with Resemblyzer's parameters: frame, channel, power.
LIBROSA = (
    (0, 6, 1.4589260816574097),
    (10, 6, 1.6037275791168213),
    (10, 5, 14.787982940673828),
    (10, 26, 6.85368650010787e-05),
    (10, 38, 0.0022035292349755764),
    (20, 6, 1.4589260816574097),
)


def tones() -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    at = np.arange(RATE // 5) / RATE
    parts = ((0.3, 440), (0.1, 2500), (0.01, 7000))
    wave = sum(loud * np.sin(2 * np.pi * hertz * at) for loud, hertz in parts)
    return np.asarray(wave, dtype=np.float32)


def test_it_is_equal_to_librosas() -> None:
    found = mel_spectrogram(tones())
    assert found.shape == (FRAMES_PER_S // 5 + 1, CHANNELS)
    for frame, channel, power in LIBROSA:
        assert found[frame, channel] == pytest.approx(power, rel=1e-4, abs=1e-6)
