from __future__ import annotations

import io
import os
import wave
from pathlib import Path

import numpy as np
import pytest

from infra.audio import decode, peaks, probe
from schemas.errors import InvalidEvent, Unavailable

DATA = Path(os.getenv("THREADLINE_DATA", "../shared/data"))


def tone(
    seconds: float, hertz: float, loud: float, rate: int
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return loud * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)


def wav(
    *channels: np.ndarray[tuple[int], np.dtype[np.float64]], rate: int = 8000, width: int = 2
) -> bytes:
    file = io.BytesIO()
    samples = np.stack(channels, axis=1)
    with wave.open(file, "wb") as out:
        out.setnchannels(len(channels))
        out.setsampwidth(width)
        out.setframerate(rate)
        scaled = samples * 32767 if width == 2 else samples * 127 + 128
        out.writeframes(scaled.astype("<i2" if width == 2 else "u1").tobytes())
    return file.getvalue()


STEREO = wav(tone(2, 440, 0.5, 8000), tone(2, 440, 0.1, 8000))


def test_a_stereo_call_is_measured() -> None:
    info = probe(STEREO)
    assert (info.channels, info.sample_rate, info.codec) == (2, 8000, "pcm_s16le")
    assert info.duration_s == pytest.approx(2)


def test_each_channel_is_decoded_apart_at_16_khz() -> None:
    left, right, both = decode(STEREO, 0), decode(STEREO, 1), decode(STEREO)
    assert left.dtype == np.float32
    assert left.shape == right.shape == both.shape == (32_000,)
    assert np.abs(left).max() == pytest.approx(0.5, abs=0.02)
    assert np.abs(right).max() == pytest.approx(0.1, abs=0.02)
    np.testing.assert_allclose(both, (left + right) / 2, atol=1e-6)


def test_eight_bit_audio_is_decoded() -> None:
    samples = decode(wav(tone(1, 440, 0.5, 8000), width=1), 0)
    assert np.abs(samples).max() == pytest.approx(0.5, abs=0.03)


def test_a_file_is_read_like_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "call.wav").write_bytes(STEREO)
    assert probe(tmp_path / "call.wav") == probe(STEREO)
    np.testing.assert_array_equal(decode(tmp_path / "call.wav", 1), decode(STEREO, 1))


def test_peaks_show_where_each_party_speaks() -> None:
    quiet, loud = np.zeros(8000), tone(1, 440, 0.8, 8000)
    rows = peaks(wav(np.concatenate([quiet, loud]), np.concatenate([loud, quiet])), buckets=10)
    assert [len(row) for row in rows] == [10, 10]
    assert max(rows[0][:4]) < 0.05 < 0.7 < min(rows[0][6:])
    assert max(rows[1][6:]) < 0.05 < 0.7 < min(rows[1][:4])


def test_a_recording_shorter_than_its_buckets_has_fewer() -> None:
    (row,) = peaks(wav(tone(0.01, 440, 0.5, 8000)), buckets=800)
    assert 0 < len(row) <= 160


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty_audio"),
        (wav(np.zeros(0)), "empty_audio"),
        (b"RIFF", "broken_audio"),
        (b"this is not audio at all " * 40, "broken_audio"),
        (wav(np.zeros(800), rate=1_092_676), "broken_audio"),
    ],
)
def test_broken_audio_is_refused_with_its_reason(data: bytes, reason: str) -> None:
    for read in (probe, decode, peaks):
        with pytest.raises(InvalidEvent) as refused:
            read(data)
        assert refused.value.reason == reason


def test_a_recording_that_was_cut_off_is_heard_up_to_there() -> None:
    cut = STEREO[: len(STEREO) // 2]
    assert probe(cut).duration_s == pytest.approx(1, abs=0.01)
    assert len(decode(cut, 0)) == pytest.approx(16_000, abs=200)


def test_a_channel_that_is_not_there_is_named() -> None:
    with pytest.raises(InvalidEvent, match="no channel 2: it has 2 channels") as refused:
        decode(STEREO, 2)
    assert refused.value.reason == "no_such_channel"


def test_a_file_that_is_gone_may_come_back(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        probe(tmp_path / "gone.wav")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("null.wav", "empty_audio"),
        ("bad.wav", "broken_audio"),
        ("evil.wav", "broken_audio"),
        ("awful.wav", "broken_audio"),
    ],
)
def test_broken_files_from_the_field_are_refused(name: str, reason: str) -> None:
    path = DATA / "speech" / "odd-and-broken" / name
    if not path.is_file():
        pytest.skip(f"{path} is absent: set THREADLINE_DATA")
    with pytest.raises(InvalidEvent) as refused:
        probe(path)
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    "name",
    [
        "calls/audiohook/test/test-transcript-connector.wav",
        "calls/two-channel/Auto_Repairs_49_UTC_agent.wav",
        "speech/whisper-samples/hotwords.mp3",
        "speech/whisper-samples/jfk.flac",
        "vcon/interop/call.m4a",
        "vcon/interop/call.wav",
    ],
)
def test_every_kind_of_recording_from_the_field_is_decoded(name: str) -> None:
    found = sorted(DATA.glob(name)) or sorted(DATA.glob(f"vcon/interop/**/{Path(name).name}"))
    if not found:
        pytest.skip(f"{name} is absent: set THREADLINE_DATA")
    info = probe(found[0])
    assert len(decode(found[0], 0)) == pytest.approx(info.duration_s * 16_000, abs=160)
    assert len(peaks(found[0])) == info.channels
