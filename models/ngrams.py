"""Read a text by its spelling alone: a linear model on hashed words and n-grams of characters.

It knows nothing of meaning, but much of the languages that the encoder's English vocabulary cuts
into single letters, and of how complaints are worded in whatever industry. It costs less than a
hundredth of the encoder.
"""

from __future__ import annotations

from collections.abc import Sequence
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
MOST_TEXTS = 2 ** (32 - BITS)  # a text's number and a bucket share 32 bits
_FACTOR = np.uint32(2_654_435_761)  # Knuth's multiplicative hash
_SHIFT = np.uint32(32 - BITS)
_BITS, _ANY = np.uint32(BITS), np.uint32(2**BITS - 1)
_WORD_SEED = 7


class Features(NamedTuple):
    """The buckets of several texts, one text after the other, and how many each text has."""

    buckets: NDArray[np.int64]
    sizes: NDArray[np.int64]


def features(text: str) -> NDArray[np.int64]:
    """List the buckets of a text, each once: characters by 2 to 5, words by one and two."""
    return features_of([text]).buckets


def features_of(texts: Sequence[str]) -> Features:
    """List the buckets of some texts, at least one; together they cost far less than alone.

    Raises:
        ValueError: there are more than `MOST_TEXTS`.
    """
    if len(texts) > MOST_TEXTS:
        raise ValueError(f"{len(texts)} texts are too many to read together")
    words = [text[:MOST].lower().split() for text in texts]
    spelled = [f" {' '.join(one)} " for one in words]
    owner = np.repeat(np.arange(len(texts), dtype=np.uint32), [len(one) for one in spelled])
    signs = np.frombuffer("".join(spelled).encode("utf-32-le", "surrogatepass"), dtype="<u4")
    rolled = signs
    found = []
    for size in range(2, LONGEST + 1):
        rolled = rolled[:-1] * _FACTOR + signs[size - 1 :]
        first = owner[: len(rolled)]
        inside = first == owner[size - 1 :]  # none reaches over the end of its text
        found.append((((rolled * _FACTOR) >> _SHIFT) | first << _BITS)[inside])
    spoken: list[int] = []
    for one in words:
        hashes = [crc32(word.encode(), _WORD_SEED) for word in one]
        spoken += hashes
        spoken += [crc32(b"%d %d" % pair, _WORD_SEED) for pair in pairwise(hashes)]
    speaker = np.repeat(np.arange(len(texts), dtype=np.uint32), [_spoken(one) for one in words])
    found.append((np.array(spoken, dtype=np.uint32) >> _SHIFT) | speaker << _BITS)
    keys = np.sort(np.concatenate(found))
    # What np.unique does, which takes twice as long.
    once = keys[np.append(True, keys[1:] != keys[:-1])]
    sizes = np.bincount(once >> _BITS, minlength=len(texts))
    return Features((once & _ANY).astype(np.int64), sizes)


def _spoken(words: Sequence[str]) -> int:
    """Count words and pairs of neighbours."""
    return max(0, 2 * len(words) - 1)


class NgramModel(NamedTuple):
    """Weights per class and bucket as int8, with one scale per class."""

    weights: NDArray[np.int8]
    scales: NDArray[np.float32]

    def logits(self, found: Features) -> NDArray[np.float32]:
        """Sum the weights of the buckets of each text, over the root of their number."""
        starts = np.cumsum(found.sizes) - found.sizes
        totals = [
            np.add.reduceat(of_class.take(found.buckets), starts, dtype=np.int32)
            for of_class in self.weights
        ]
        logits = np.stack(totals, axis=1) * self.scales / np.sqrt(found.sizes)[:, None]
        return logits.astype(np.float32)


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
                list(map(_model, file["weights"], file["scales"])),
                _model(file["complaint_weights"], file["complaint_scales"]),
            )
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise ConfigError(f"cannot read {folder / FILE_NAME}: {error}") from error


def _model(weights: NDArray[np.int8], scales: NDArray[np.float32]) -> NgramModel:
    # The weights of a class side by side: a sum over texts then runs through them.
    return NgramModel(np.ascontiguousarray(weights.T), scales)
