"""Audio files through PyAV: what they hold, their samples, and the shape of their wave."""

from __future__ import annotations

import wave
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from schemas.errors import InvalidEvent, Unavailable

RATE = 16_000
TELEPHONE_RATE = 8_000
MU = 255.0
RATES = range(1_000, 768_001)  # what a sound card could have recorded


class AudioInfo(NamedTuple):
    """What a file holds: `duration_s` in seconds, `sample_rate` in Hz."""

    channels: int
    sample_rate: int
    duration_s: float
    codec: str


def probe(source: bytes | Path) -> AudioInfo:
    """Tell what an audio file holds; the whole file is read, because headers lie.

    Raises:
        InvalidEvent: `empty_audio`, `broken_audio` or `no_audio_stream`.
        Unavailable: the file cannot be read.
    """
    with _opened(source) as container:
        stream = container.streams.audio[0]
        samples = sum(frame.samples for frame in _frames(container))
        rate = stream.codec_context.sample_rate
        if not samples:
            raise InvalidEvent("empty_audio", "the recording holds no sound: zero samples")
        return AudioInfo(
            stream.codec_context.channels, rate, samples / rate, stream.codec_context.name
        )


def decode(source: bytes | Path, channel: int | None = None) -> NDArray[np.float32]:
    """Decode one channel (None mixes all) as float samples -1..1 at 16 kHz.

    Raises:
        InvalidEvent: `empty_audio`, `broken_audio`, `no_audio_stream` or `no_such_channel`.
        Unavailable: the file cannot be read.
    """
    blocks = []
    for block in _resampled(source):
        if channel is not None and channel >= len(block):
            has = f"it has {len(block)} channel" + ("s" if len(block) > 1 else "")
            raise InvalidEvent("no_such_channel", f"the recording has no channel {channel}: {has}")
        blocks.append(block.mean(axis=0) if channel is None else block[channel])
    if not blocks:
        raise InvalidEvent("empty_audio", "the recording holds no sound: zero samples")
    return np.concatenate(blocks).astype(np.float32, copy=False)


def as_telephone(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the sound of samples at 16 kHz on a telephone: 8 kHz, mu-law (ITU-T G.711), and back."""
    narrow = _at(TELEPHONE_RATE, samples, RATE).clip(-1.0, 1.0)
    curve = np.sign(narrow) * np.log1p(MU * np.abs(narrow)) / np.log1p(MU)
    coded = np.round(curve * 127) / 127
    plain = np.sign(coded) * np.expm1(np.abs(coded) * np.log1p(MU)) / MU
    return _at(RATE, plain.astype(np.float32), TELEPHONE_RATE)[: len(samples)]


def _at(rate: int, samples: NDArray[np.float32], was: int) -> NDArray[np.float32]:
    import av

    frame = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
    frame.sample_rate = was
    resampler = av.AudioResampler(format="fltp", layout="mono", rate=rate)
    pieces = [*resampler.resample(frame), *resampler.resample(None)]
    return np.concatenate([piece.to_ndarray()[0] for piece in pieces]).astype(np.float32)


def peaks(source: bytes | Path, buckets: int = 800) -> list[list[float]]:
    """Give the loudest sample (0-1) of each of `buckets` equal stretches, per channel.

    A recording with fewer samples than buckets gets one bucket per sample.

    Raises:
        InvalidEvent: `empty_audio`, `broken_audio` or `no_audio_stream`.
        Unavailable: the file cannot be read.
    """
    blocks = [np.abs(block) for block in _resampled(source)]
    if not blocks:
        raise InvalidEvent("empty_audio", "the recording holds no sound: zero samples")
    loudness = np.concatenate(blocks, axis=1)
    length = loudness.shape[1]
    starts = np.linspace(0, length, min(buckets, length), endpoint=False).astype(np.int64)
    highest = np.maximum.reduceat(loudness, starts, axis=1).clip(0.0, 1.0)
    return [[round(value, 3) for value in row] for row in highest.tolist()]


def joined(sources: Sequence[bytes | Path]) -> bytes:
    """Join recordings of one side each into one WAV file with a channel per recording, 16 kHz.

    The shorter ones end in silence.

    Raises:
        InvalidEvent: `empty_audio`, `broken_audio` or `no_audio_stream`.
        Unavailable: a file cannot be read.
    """
    sides = [decode(source) for source in sources]
    together = np.zeros((max(len(side) for side in sides), len(sides)), np.int16)
    for number, side in enumerate(sides):
        together[: len(side), number] = (side.clip(-1.0, 1.0) * 32767).astype(np.int16)
    buffer = BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(len(sides))
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(together.tobytes())
    return buffer.getvalue()


def native(source: bytes | Path) -> Iterator[NDArray[np.int16]]:
    """Yield 16-bit blocks of shape (samples, channels) at the file's own rate.

    Raises:
        InvalidEvent: `empty_audio`, `broken_audio` or `no_audio_stream`.
        Unavailable: the file cannot be read.
    """
    import av

    with _opened(source) as container:
        context = container.streams.audio[0].codec_context
        resampler = av.AudioResampler(format="s16", layout=context.layout, rate=context.sample_rate)
        for frame in chain(_frames(container), (None,)):
            if frame is not None:
                frame.pts = None  # as for the transcript, whose times these samples must meet
            for piece in resampler.resample(frame):
                channels = len(piece.layout.channels)
                yield np.array(piece.to_ndarray(), dtype=np.int16).reshape(-1, channels)


@contextmanager
def _opened(source: bytes | Path) -> Iterator[Any]:
    """Open a file and vouch for an audio stream of a plausible rate in it."""
    import av

    size = len(source) if isinstance(source, bytes) else _size(source)
    if size == 0:
        raise InvalidEvent("empty_audio", "the recording is an empty file")
    try:
        container = av.open(BytesIO(source) if isinstance(source, bytes) else str(source))
    except av.error.FFmpegError as error:
        raise InvalidEvent("broken_audio", f"not audio that we can read: {_said(error)}") from error
    with container:
        if not container.streams.audio:
            raise InvalidEvent("no_audio_stream", "the recording has no audio stream")
        rate = container.streams.audio[0].codec_context.sample_rate
        if rate not in RATES:
            raise InvalidEvent("broken_audio", f"the recording claims a sample rate of {rate} Hz")
        yield container


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise Unavailable(f"cannot read the recording: {error.strerror}") from error


def _frames(container: Any) -> Iterator[Any]:
    """Decode frame by frame; damage after some sound ends the recording there."""
    import av

    heard = False
    try:
        for frame in container.decode(audio=0):
            heard = heard or frame.samples > 0
            yield frame
    except av.error.FFmpegError as error:
        if not heard:
            raise InvalidEvent(
                "broken_audio", f"the audio cannot be decoded: {_said(error)}"
            ) from error


def _resampled(source: bytes | Path) -> Iterator[NDArray[np.float32]]:
    """Yield blocks of shape (channels, samples) at 16 kHz."""
    import av

    with _opened(source) as container:
        layout = container.streams.audio[0].codec_context.layout
        resampler = av.AudioResampler(format="fltp", layout=layout, rate=RATE)
        for frame in _frames(container):
            frame.pts = None  # gaps in time stamps must not shift one track against the other
            for piece in resampler.resample(frame):
                yield np.asarray(piece.to_ndarray(), dtype=np.float32)
        for piece in resampler.resample(None):
            yield np.asarray(piece.to_ndarray(), dtype=np.float32)


def _said(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)
