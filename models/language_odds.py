"""Weigh all languages for many texts at once, with the tables of py3langid.

The library walks one text byte by byte, in tables of 40 and 28 MB that share no cache with the
text encoder. Here all positions of all texts take the same step together. The answers are its own
(Lui and Baldwin 2012: naive Bayes over n-grams of bytes) but for the rounding of sums, and do not
depend on the company of a text.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]

_STEPS = 512  # per unit of a log-probability: the tables hold no finer ones


class LanguageOdds:
    """Naive Bayes over n-grams of bytes; `labels` are the languages, in the order of the odds."""

    def __init__(self) -> None:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier

        loaded = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        self._next = np.frombuffer(loaded.tk_nextmove, dtype=np.int32)
        self._row = np.asarray(loaded.tk_row, dtype=np.int64) << 8
        self._feature = np.asarray(loaded.tk_output, dtype=np.int64)
        # As whole numbers they are read three times as fast as in half precision.
        self._weights = np.empty(loaded.nb_ptc.shape, dtype=np.int16)
        np.multiply(loaded.nb_ptc, np.float16(_STEPS), out=self._weights, casting="unsafe")
        self._prior = loaded.nb_pc.astype(np.float32)
        self._longest = _longest(self._next, self._row)
        self.labels = tuple(loaded.labels)
        # A language in two scripts has two columns.
        names = loaded.nb_classes
        self._columns = [names.index(name) for name in self.labels]
        self._further = [
            (self.labels.index(name), at)
            for at, name in enumerate(names)
            if names.index(name) != at
        ]

    def of(self, texts: Sequence[str]) -> Floats:
        """Give the odds of all languages, a row per text; they add up to one."""
        spelled = [_spelled(text) for text in texts]
        lengths = np.array([len(one) for one in spelled], dtype=np.int64)
        owner = np.repeat(np.arange(len(texts)), lengths)
        features = self._features(np.frombuffer(b"".join(spelled), dtype=np.uint8), owner, lengths)
        has_any = features >= 0
        # What occurs twice counts less than twice.
        keys, counts = np.unique(
            owner[has_any] * len(self._weights) + features[has_any], return_counts=True
        )
        owners, found = np.divmod(keys, len(self._weights))
        weights = self._weights.take(found, axis=0).astype(np.float32)
        times = np.log1p(counts.astype(np.float32)) / np.float32(_STEPS)
        ends = np.searchsorted(owners, np.arange(len(texts) + 1))
        scores = np.zeros((len(texts), len(self._prior)), dtype=np.float32)
        for at, (start, end) in enumerate(pairwise(ends.tolist())):
            if start < end:
                # Text by text: what a product of matrices adds up first depends on its size.
                scores[at] = times[start:end] @ weights[start:end] + self._prior
        scores /= np.sqrt(np.maximum(lengths, 1), dtype=np.float32)[:, None]
        raised = np.exp(scores - scores.max(axis=1, keepdims=True))
        raised /= raised.sum(axis=1, keepdims=True)
        odds: Floats = raised[:, self._columns]
        for column, further in self._further:
            odds[:, column] += raised[:, further]
        return odds

    def _features(self, signs: NDArray[np.uint8], owner: Ints, lengths: Ints) -> Ints:
        """Name the longest known n-gram that ends at each byte, or -1 where there is none.

        The state of the automaton depends on the last few bytes only, so that many short walks
        end in the same states as a single one from the start.
        """
        place = np.arange(len(signs)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        state = np.zeros(len(signs), dtype=np.int32)
        for back in range(min(self._longest, len(signs)) - 1, -1, -1):
            moved = self._next[self._row[state[back:]] + signs[: len(signs) - back]]
            state[back:] = np.where(place[back:] >= back, moved, 0)
        return self._feature[state]


def _longest(moves: NDArray[np.int32], row: Ints) -> int:
    """Tell how many bytes the longest n-gram has: how far a state is from the first, at most."""
    known = np.zeros(len(row), dtype=bool)
    known[0] = True
    level, steps = np.array([0]), 0
    while True:
        reached = np.zeros_like(known)
        reached[moves.reshape(-1, 256)[np.unique(row[level]) >> 8]] = True
        level = np.flatnonzero(reached & ~known)
        if not len(level):
            return steps
        known |= reached
        steps += 1


def _spelled(text: str) -> bytes:
    if text.isupper():
        text = text.lower()
    return unicodedata.normalize("NFC", text).encode("utf-8", errors="surrogatepass")
