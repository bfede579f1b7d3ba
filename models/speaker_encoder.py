"""Turn stretches of speech into vectors that are close when one voice speaks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.catalogue import SPEAKER_ENCODER, verify
from models.mel import FRAMES_PER_S, RATE, mel_spectrogram
from schemas.errors import ConfigError

Floats = NDArray[np.float32]
Span = tuple[float, float]

ENGINE = f"{SPEAKER_ENCODER.name}/{SPEAKER_ENCODER.version}"
WINDOW_S = 1.6  # what the encoder was trained on
WINDOW = round(WINDOW_S * FRAMES_PER_S)
DIMENSIONS = 256
BATCH = 16  # windows; more gains nothing on one thread
LOUDNESS = 10 ** (-30 / 20)  # root mean square: -30 dB of full scale, as in training


class SpeakerEncoder:
    """The speaker encoder of Resemblyzer (GE2E, Wan et al. 2018) as an ONNX graph on one thread.

    May be called from several threads at once.

    Raises:
        ConfigError: the file is missing, or is not the one that the catalogue knows.
    """

    def __init__(self, folder: Path) -> None:
        verify(SPEAKER_ENCODER, folder)
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        path = str(folder / SPEAKER_ENCODER.files[0].name)
        try:
            self._session = onnxruntime.InferenceSession(
                path, options, providers=["CPUExecutionProvider"]
            )
        except RuntimeError as error:
            raise ConfigError(f"cannot load the speaker encoder in {folder}: {error}") from error
        self.name = ENGINE

    def encode(self, samples: Floats, spans: Sequence[Span]) -> Floats:
        """Give a unit vector per span (seconds) of a recording at 16 kHz.

        A span shorter than 1.6 s is repeated to that length; of a longer one the beginning is
        heard. A quiet recording is raised to the level of the training as a whole.
        """
        gain = _gain(samples)
        windows = [_window(samples, span, gain) for span in spans]
        parts = [
            self._session.run(None, {"mels": np.stack(windows[at : at + BATCH])})[0]
            for at in range(0, len(windows), BATCH)
        ]
        return np.concatenate(parts) if parts else np.zeros((0, DIMENSIONS), dtype=np.float32)


def _gain(samples: Floats) -> np.float32:
    level = float(np.sqrt(np.dot(samples, samples) / max(len(samples), 1)))
    return np.float32(max(1.0, LOUDNESS / level) if level else 1.0)


def _window(samples: Floats, span: Span, gain: np.float32) -> Floats:
    start = max(round(span[0] * RATE), 0)
    end = min(round(span[1] * RATE), start + round(WINDOW_S * RATE), len(samples))
    frames = mel_spectrogram(samples[start:end] * gain) if end > start else None
    if frames is None:
        return np.zeros((WINDOW, 40), dtype=np.float32)
    return np.resize(frames, (WINDOW, frames.shape[1])) if len(frames) < WINDOW else frames[:WINDOW]
