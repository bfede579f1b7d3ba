"""Speech to text with real weights: what is heard, what is not, and by whom it was said."""

from __future__ import annotations

import os
import wave
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from infra.audio import decode
from infra.engines import Engines
from models.fetch import located
from models.transcriber import Transcriber
from processors.turns import utterances
from schemas.answers import TrackTranscript, TranscribeAsk, Transcript
from schemas.errors import ConfigError, InvalidEvent
from schemas.events import Channel, Media, Party, Role, Track
from schemas.interaction import Recording

pytestmark = [pytest.mark.contract, pytest.mark.speech]

ROOT = Path(__file__).parents[2]
DATA = Path(os.getenv("THREADLINE_DATA", str(ROOT / "../shared/data")))
MODELS = Path(os.getenv("THREADLINE_MODELS", str(ROOT / ".cache/models")))
NAME = "whisper-tiny.en"
RATE = 16_000

Samples = NDArray[np.float32]


@pytest.fixture(scope="module")
def folder() -> Path:
    found = located(NAME, MODELS)
    if found is None:
        message = f"{NAME} is absent: run `threadline models fetch {NAME}`"
        if os.getenv("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return found


@pytest.fixture(scope="module")
def transcriber(folder: Path) -> Transcriber:
    return Transcriber(folder, name=NAME, workers=2)


@pytest.fixture
def engines(folder: Path, tmp_path: Path) -> Iterator[Engines]:
    pool = Engines(lambda blob: tmp_path / blob, models=folder.parent, speech=NAME)
    yield pool
    pool.close()


def sample(name: str) -> Path:
    path = DATA / "speech" / "whisper-samples" / name
    if not path.is_file():
        pytest.skip(f"{path} is absent: set THREADLINE_DATA")
    return path


def said(track: TrackTranscript) -> str:
    return " ".join(word.text for word in track.words)


def words_by_role(
    transcript: Transcript, tracks: tuple[Track, ...], parties: tuple[Party, ...] = ()
) -> dict[Role, str]:
    recording = Recording(
        id="rec",
        interaction="call",
        tenant="acme",
        channel=Channel.VOICE,
        started_at=datetime(2026, 11, 2, tzinfo=UTC),
        media=Media(tracks=tracks),
        parties=parties,
    )
    turns = utterances(recording, transcript)
    return {
        role: " ".join(turn.text for turn in turns if turn.role is role)
        for role in (Role.AGENT, Role.CUSTOMER)
    }


def seconds(length: float) -> NDArray[np.float64]:
    return np.arange(int(length * RATE)) / RATE


def silence() -> NDArray[np.float64]:
    return np.zeros(30 * RATE)


def faint_hiss() -> NDArray[np.float64]:
    return 0.002 * np.random.default_rng(1).standard_normal(30 * RATE)


def noise() -> NDArray[np.float64]:
    return 0.1 * np.random.default_rng(2).standard_normal(30 * RATE)


def ringback() -> NDArray[np.float64]:
    at = seconds(30)
    tones = np.sin(2 * np.pi * 440 * at) + np.sin(2 * np.pi * 480 * at)
    return np.asarray(0.2 * tones * (at % 6 < 2))


def busy_tone() -> NDArray[np.float64]:
    at = seconds(20)
    return np.asarray(0.3 * np.sin(2 * np.pi * 425 * at) * (at % 1 < 0.5))


def hold_music() -> NDArray[np.float64]:
    at = seconds(30)
    notes = 220 * 2 ** (np.array([0, 4, 7, 12, 7, 4, 5, 9])[(at * 2).astype(int) % 8] / 12)
    phase = 2 * np.pi * np.cumsum(notes) / RATE
    chord = sum(np.sin(phase * harmonic) / harmonic for harmonic in (1, 1.5, 2, 3))
    return np.asarray(0.15 * chord * np.exp(-3 * (at * 2 % 1)))


SOUNDS = (silence, faint_hiss, noise, ringback, busy_tone, hold_music)


@pytest.mark.parametrize("sound", SOUNDS, ids=lambda sound: sound.__name__)
def test_nothing_is_heard_where_nobody_speaks(transcriber: Transcriber, sound: object) -> None:
    assert callable(sound)
    transcript = transcriber.transcribe([sound().astype(np.float32)])
    assert transcript.tracks == (TrackTranscript(),)
    assert transcript.language is None


def test_a_known_sentence_is_heard_with_the_times_of_its_words(transcriber: Transcriber) -> None:
    transcript = transcriber.transcribe([decode(sample("jfk.flac"))])
    (track,) = transcript.tracks
    assert "ask not what your country" in said(track)
    assert transcript.engine == "faster-whisper/tiny.en-int8"
    assert transcript.language == "en"
    assert transcript.duration_s == pytest.approx(11)
    assert 8 < track.speech_s <= 11
    starts = [word.start_s for word in track.words]
    assert starts == sorted(starts)
    assert all(word.start_s <= word.end_s <= 11.5 for word in track.words)
    assert all(0 <= word.confidence <= 1 for word in track.words)


def test_names_that_may_be_said_lead_the_model_and_drop_no_sentence(
    transcriber: Transcriber,
) -> None:
    speech = decode(sample("jfk.flac"))
    (track,) = transcriber.transcribe([speech], "en", ("Russell Miller", "FiberMax")).tracks
    assert "country" in said(track)
    assert "fellow" in said(track)
    assert "FiberMax" not in said(track)


def test_times_are_those_of_the_whole_recording(transcriber: Transcriber) -> None:
    speech = decode(sample("jfk.flac"))
    late = np.concatenate([np.zeros(40 * RATE, np.float32), speech])
    (early,), (moved,) = (transcriber.transcribe([x]).tracks for x in (speech, late))
    for text in ("fellow", "country"):
        then, now = (
            next(word.start_s for word in track.words if text in word.text)
            for track in (early, moved)
        )
        assert now == pytest.approx(then + 40, abs=0.5)


def test_each_track_has_its_own_words(transcriber: Transcriber) -> None:
    path = sample("stereo_diarization.wav")
    left, right = transcriber.transcribe([decode(path, 0), decode(path, 1)]).tracks
    assert "wizard" in said(left)
    assert "horizon" in said(right)
    assert "horizon" not in said(left)
    assert "wizard" not in said(right)


def test_an_answer_does_not_depend_on_what_else_is_decoded(transcriber: Transcriber) -> None:
    path = sample("stereo_diarization.wav")
    speech = [decode(sample("jfk.flac")), decode(path, 0), decode(path, 1)]
    alone = [transcriber.transcribe([samples]).tracks[0] for samples in speech]
    assert list(transcriber.transcribe(speech, "en").tracks) == alone
    with ThreadPoolExecutor(2) as pool:
        together = pool.map(lambda samples: transcriber.transcribe([samples]), speech * 3)
        assert [transcript.tracks[0] for transcript in together] == alone * 3


def test_an_english_model_says_that_it_heard_english(transcriber: Transcriber) -> None:
    assert transcriber.transcribe([decode(sample("jfk.flac"))], "de-AT").language == "en"


def test_a_stereo_call_becomes_turns_of_agent_and_customer(
    engines: Engines, tmp_path: Path
) -> None:
    (tmp_path / "call").write_bytes(sample("stereo_diarization.wav").read_bytes())
    tracks = (Track(blob="call", channel=0, party=0), Track(blob="call", channel=1, party=1))
    transcript = engines.submit(TranscribeAsk(tracks=tracks, language="en-GB")).result()
    assert isinstance(transcript, Transcript)
    words = words_by_role(transcript, tracks, (Party(role=Role.AGENT), Party(role=Role.CUSTOMER)))
    assert "wizard" in words[Role.AGENT]
    assert "horizon" in words[Role.CUSTOMER]


def mixed_demo_call(path: Path, channels: int) -> None:
    """Write a call of the demo with both sides on each channel."""
    call = ROOT / "threadline" / "demo" / "audio" / "call-01.wav"
    mixed = decode(call, 0) + decode(call, 1)
    pcm = (np.clip(mixed, -1, 1) * 32767).astype(np.int16)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.repeat(pcm, channels).tobytes())


@pytest.mark.parametrize("channels", [1, 2])
def test_a_call_with_both_sides_on_one_channel_has_its_speakers_told_apart(
    engines: Engines, tmp_path: Path, channels: int
) -> None:
    mixed_demo_call(tmp_path / "call", channels)
    tracks = tuple(Track(blob="call", channel=channel) for channel in range(channels))
    transcript = engines.submit(TranscribeAsk(tracks=tracks)).result()
    assert isinstance(transcript, Transcript)
    assert "speaker-encoder/" in transcript.engine
    words = words_by_role(transcript, tracks)
    assert "How can I help" in words[Role.AGENT]
    assert "second time this month" in words[Role.CUSTOMER]
    assert "second time" not in words[Role.AGENT]


def test_a_recording_without_a_sample_is_poison(engines: Engines, tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "empty"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
    with pytest.raises(InvalidEvent) as refused:
        engines.submit(TranscribeAsk(tracks=(Track(blob="empty"),))).result()
    assert refused.value.reason == "empty_audio"


def test_weights_that_differ_from_the_catalogue_are_refused(folder: Path, tmp_path: Path) -> None:
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    config = tmp_path / "config.json"
    config.write_bytes(config.read_bytes().replace(b"0", b"1"))
    with pytest.raises(ConfigError, match="sha256"):
        Transcriber(tmp_path, name=NAME)
