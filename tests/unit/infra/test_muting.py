from __future__ import annotations

import io
import wave
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from infra.audio import probe
from infra.muting import MutedCopies, muted

RATE = 8_000


def recording(seconds: float, channels: int = 1) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(np.full(int(seconds * RATE) * channels, 1000, "<i2").tobytes())
    return file.getvalue()


def test_a_copy_is_made_once_and_again_for_other_stretches(tmp_path: Path) -> None:
    source = tmp_path / "call.wav"
    source.write_bytes(recording(1.0, channels=2))
    copies = MutedCopies(tmp_path / "muted")
    first = copies.path(source, "ab" * 20, [(0.25, 0.5)])
    made_at = first.stat().st_ino
    assert copies.path(source, "ab" * 20, [(0.25, 0.5)]).stat().st_ino == made_at
    assert copies.path(source, "ab" * 20, [(0.25, 0.6)]) != first
    assert probe(first)[:3] == (2, RATE, 1.0)
    copies.forget("ab" * 20)
    assert not first.exists()


def test_a_stretch_beyond_the_end_mutes_to_the_end(tmp_path: Path) -> None:
    source = tmp_path / "call.wav"
    source.write_bytes(recording(1.0))
    with wave.open(str(MutedCopies(tmp_path / "m").path(source, "cd" * 20, [(0.5, 9.0)]))) as file:
        samples = np.frombuffer(file.readframes(RATE), np.int16)
    assert (samples[:4000] == 1000).all()
    assert not samples[4000:].any()


@given(
    st.lists(st.integers(0, 50), max_size=8),
    st.lists(st.tuples(st.floats(0, 0.04), st.floats(0, 0.02)), max_size=4),
)
def test_just_the_samples_of_the_stretches_are_silent_however_blocks_fall(
    sizes: list[int], given_spans: list[tuple[float, float]]
) -> None:
    spans = [(start, start + length) for start, length in given_spans]
    blocks = (np.ones((size, 1), np.int16) for size in sizes)
    out = np.concatenate([np.zeros((0, 1), np.int16), *muted(blocks, RATE, spans)])
    assert len(out) == sum(sizes)
    for at, sample in enumerate(out[:, 0]):
        second = at / RATE
        inside = any(start + 1 / RATE <= second < end for start, end in spans)
        outside = all(second < start - 1 / RATE or second > end + 1 / RATE for start, end in spans)
        assert not (inside and sample)
        assert not (outside and not sample)
