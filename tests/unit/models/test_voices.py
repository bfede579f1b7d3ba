"""How many voices there are, from vectors that we make around known centres."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from models.voices import likeness, voices

Floats = NDArray[np.float32]


def centres(alike: float, count: int) -> Floats:
    """Make unit vectors of which every two have this cosine."""
    basis = np.eye(count + 1, 64)
    made = np.sqrt(1 - alike) * basis[:count] + np.sqrt(alike) * basis[count]
    return np.asarray(made, dtype=np.float32)


def windows(centre: Floats, count: int, seed: int, spread: float = 0.06) -> Floats:
    noise = np.random.default_rng(seed).normal(0, spread, (count, len(centre)))
    made = centre + noise
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), dtype=np.float32)


def found(groups: list[Floats], seconds: float = 1.6) -> int:
    vectors = np.concatenate(groups)
    return len(voices(vectors, np.full(len(vectors), seconds, dtype=np.float32), 4).centres)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_voices_that_differ_are_counted(count: int) -> None:
    made = centres(0.6, count)
    assert found([windows(one, 20, seed) for seed, one in enumerate(made)]) == count


def test_no_more_than_asked_for_are_found() -> None:
    made = centres(0.5, 6)
    assert found([windows(one, 12, seed) for seed, one in enumerate(made)]) == 4


def test_a_sound_that_is_heard_once_is_no_voice() -> None:
    ours, noise = centres(0.5, 2)
    assert found([windows(ours, 20, 1), windows(noise, 1, 2)]) == 1


def test_the_voice_that_speaks_most_comes_first() -> None:
    first, second = centres(0.6, 2)
    vectors = np.concatenate([windows(first, 8, 1), windows(second, 30, 2)])
    made = voices(vectors, np.ones(38, dtype=np.float32), 4)
    assert made.centres[0] @ second > made.centres[0] @ first


def test_likeness_is_the_cosine_of_the_centres_however_noisy_the_windows() -> None:
    first, second = centres(0.7, 2)
    noisy = likeness(windows(first, 400, 1, 0.2), windows(second, 400, 2, 0.2))
    assert noisy == pytest.approx(0.7, abs=0.03)
