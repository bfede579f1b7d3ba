"""Read a text by its spelling alone: a linear model on hashed words and n-grams of characters.

It knows nothing of meaning, but much of the languages that the encoder's English vocabulary cuts
into single letters, and of how complaints are worded in whatever industry. It costs less than a
hundredth of the encoder.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from schemas.errors import ConfigError

FILE_NAME = "ngrams.npz"
BITS = 17
LONGEST = 5  # characters of an n-gram; the shortest has two
MOST = 2_000  # characters that are looked at
_FACTOR = np.uint32(2_654_435_761)  # Knuth's multiplicative hash
_SHIFT = np.uint32(32 - BITS)
_WORD_SEED = 7


def features(text: str) -> NDArray[np.int64]:
    """List the buckets of a text, each once: characters by 2 to 5, words by one and two."""
    words = text[:MOST].lower().split()
    spelled = f" {' '.join(words)} ".encode("utf-32-le", errors="surrogatepass")
    signs = np.frombuffer(spelled, dtype="<u4").astype(np.uint32)
    rolled = signs
    found = []
    for size in range(2, LONGEST + 1):
        rolled = rolled[:-1] * _FACTOR + signs[size - 1 :]
        if not len(rolled):
            break
        found.append((rolled * _FACTOR) >> _SHIFT)
    hashes = [crc32(word.encode(), _WORD_SEED) for word in words]
    pairs = [crc32(b"%d %d" % pair, _WORD_SEED) for pair in pairwise(hashes)]
    spoken = np.array([*hashes, *pairs], dtype=np.uint32) >> _SHIFT
    buckets: NDArray[np.int64] = np.sort(np.concatenate([*found, spoken]).astype(np.int64))
    # What np.unique does, which takes twice as long for so few.
    once: NDArray[np.int64] = buckets[np.append(True, buckets[1:] != buckets[:-1])]
    return once


class NgramModel(NamedTuple):
    """Weights per bucket and class as int8, with one scale per class."""

    weights: NDArray[np.int8]
    scales: NDArray[np.float32]

    def logits(self, buckets: NDArray[np.int64]) -> NDArray[np.float32]:
        """Sum the weights of the buckets of a text, over the root of their number."""
        total = self.weights[buckets].sum(axis=0, dtype=np.int32) * self.scales
        logits: NDArray[np.float32] = (total / np.sqrt(len(buckets))).astype(np.float32)
        return logits


class NgramModels(NamedTuple):
    """What the file holds: sentiment per language, as the recipe orders them, and complaints."""

    sentiment: list[NgramModel]
    complaint: NgramModel


def ngram_models(folder: Path) -> NgramModels:
    """Load the models of sentiment in all languages, and of complaints in English.

    Raises:
        ConfigError: the file is missing or broken.
    """
    try:
        with np.load(folder / FILE_NAME, allow_pickle=False) as file:
            return NgramModels(
                list(map(NgramModel, file["weights"], file["scales"])),
                NgramModel(file["complaint_weights"], file["complaint_scales"]),
            )
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise ConfigError(f"cannot read {folder / FILE_NAME}: {error}") from error
