"""Muted copies of recordings: silence where the transcript hides something, the rest as it was."""

from __future__ import annotations

import wave
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from infra.audio import native, probe
from infra.blob_cache import BlobCache
from schemas.base import encode
from schemas.ids import content_hash

MOST_BYTES = 2 << 30

Span = tuple[float, float]
Samples = NDArray[np.int16]


class MutedCopies:
    """A folder of muted copies, by recording and stretches; those used longest ago make room.

    Safe for many threads and processes at once. Nothing in it is needed: all can be made again.
    """

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self._folder = folder
        self._cache = BlobCache(folder, most_bytes)

    def path(self, source: Path, name: str, spans: Sequence[Span]) -> Path:
        """Give a WAV file of the recording `name`, kept at `source`, silent in `spans` (seconds).

        Every channel is muted: what one party says may be heard on the other's line.

        Raises:
            InvalidEvent: `empty_audio`, `broken_audio` or `no_audio_stream`.
            Unavailable: the file cannot be read.
        """
        copy = f"{name}-{content_hash(encode(list(spans)))}"
        return self._cache.get(copy, lambda target: _write(target, source, spans))

    def forget(self, name: str) -> None:
        """Remove every copy of a recording."""
        for copy in (self._folder / name[:2]).glob(f"{name}-*"):
            copy.unlink(missing_ok=True)


def muted(blocks: Iterator[Samples], rate: int, spans: Sequence[Span]) -> Iterator[Samples]:
    """Silence stretches in blocks of shape (samples, channels) that follow each other."""
    at = 0
    for block in blocks:
        for start_s, end_s in spans:
            first = max(0, int(start_s * rate) - at)
            last = min(len(block), int(np.ceil(end_s * rate)) - at)
            if first < last:
                block[first:last] = 0
        at += len(block)
        yield block


def _write(target: BinaryIO, source: Path, spans: Sequence[Span]) -> None:
    about = probe(source)
    with wave.open(target, "wb") as file:
        file.setnchannels(about.channels)
        file.setsampwidth(2)
        file.setframerate(about.sample_rate)
        for block in muted(native(source), about.sample_rate, spans):
            file.writeframes(block.tobytes())
