"""Two synthetic voices of the demo, mixed to one channel, are told apart again."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from infra.audio import decode
from models.catalogue import PACKAGED, SPEAKER_ENCODER
from models.diariser import Diariser
from models.speaker_encoder import SpeakerEncoder
from schemas.errors import ConfigError
from schemas.utterance import Word

CALLS = Path(__file__).parents[3] / "threadline" / "demo" / "audio"
RATE = 16_000
STEP_S = 0.3
LOUD, QUIET = 0.01, 0.002

Samples = NDArray[np.float32]


@pytest.fixture(scope="module")
def diariser() -> Diariser:
    return Diariser(SpeakerEncoder(PACKAGED / SPEAKER_ENCODER.name))


def words_of(sides: list[Samples]) -> tuple[list[Word], list[int]]:
    """Make a word of each 0.3 s in which one side is heard and the other is not."""
    words, truth = [], []
    width = round(STEP_S * RATE)
    for start in range(0, min(map(len, sides)) - width, width):
        levels = [float(np.sqrt(np.mean(side[start : start + width] ** 2))) for side in sides]
        loud = int(np.argmax(levels))
        if levels[loud] > LOUD and levels[1 - loud] < QUIET:
            at = start / RATE
            words.append(Word(text="so", start_s=at, end_s=at + STEP_S, confidence=1.0))
            truth.append(loud)
    return words, truth


@pytest.mark.parametrize("name", ["call-01", "call-04", "call-13"])
def test_each_stretch_goes_to_the_voice_that_spoke_it(diariser: Diariser, name: str) -> None:
    sides = [decode(CALLS / f"{name}.wav", channel) for channel in (0, 1)]
    words, truth = words_of(sides)
    told = diariser.tell(sides[0] + sides[1], words).speakers
    counted = Counter(zip(told, truth, strict=True))
    straight = counted[0, truth[0]] + counted[1, 1 - truth[0]]
    assert set(truth) == set(told) == {0, 1}
    assert straight >= 0.95 * len(words)


def test_one_voice_stays_one(diariser: Diariser) -> None:
    side = decode(CALLS / "call-01.wav", 0)
    words, _ = words_of([side, np.zeros_like(side)])
    told = diariser.tell(side, words)
    assert len(words) > 20
    assert set(told.speakers) == {0} or told.alike > 0.9


def test_an_answer_is_the_same_every_time(diariser: Diariser) -> None:
    sides = [decode(CALLS / "call-02.wav", channel) for channel in (0, 1)]
    words, _ = words_of(sides)
    mixed = sides[0] + sides[1]
    assert diariser.tell(mixed, words) == diariser.tell(mixed.copy(), list(words))


def test_where_nothing_was_said_nobody_speaks(diariser: Diariser) -> None:
    assert diariser.tell(np.zeros(RATE, dtype=np.float32), []).speakers == ()


def test_another_file_than_the_catalogued_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / SPEAKER_ENCODER.files[0].name).write_bytes(b"not the weights")
    with pytest.raises(ConfigError, match="not the file we know"):
        SpeakerEncoder(tmp_path)
