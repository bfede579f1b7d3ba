"""Weigh the words and letters of a text: tf-idf of word and character n-grams."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

LONGEST = 2_000  # characters; what a long mail is about stands at its beginning
SHORTEST_RUN, LONGEST_RUN = 3, 5
_WORD = re.compile(r"[^\W_]+")


class Weighed(NamedTuple):
    """A sparse unit vector: `columns` of the vocabulary and their `weights`."""

    columns: NDArray[np.int64]
    weights: Floats


class NgramVocabulary:
    """Words, pairs of words, and runs of 3-5 characters inside a word and its borders.

    The weight of an n-gram is (1 + ln tf) x idf, scaled so that words and characters have length
    1 each; idf = ln((1 + n) / (1 + df)) + 1 (Salton and Buckley 1988; smoothed as scikit-learn
    does). N-grams that no example had are left out.
    """

    def __init__(self, terms: Sequence[str], idf: Floats) -> None:
        self.terms = tuple(terms)
        self.idf = idf
        self._columns = {term: at for at, term in enumerate(self.terms)}
        self._of_word = lru_cache(maxsize=1 << 15)(self._columns_of)
        self._runs = sum(term.startswith("#") for term in self.terms)

    @classmethod
    def learn(cls, texts: Sequence[str], *, words_from: int, runs_from: int) -> NgramVocabulary:
        """Take the n-grams that occur in at least `words_from` or `runs_from` of the texts."""
        document_counts: Counter[str] = Counter()
        for text in texts:
            document_counts.update(set(ngrams(text)))
        terms = sorted(
            term
            for term, count in document_counts.items()
            if count >= (runs_from if term.startswith("#") else words_from)
        )
        counts = np.array([document_counts[term] for term in terms], dtype=np.float64)
        return cls(terms, (np.log((1 + len(texts)) / (1 + counts)) + 1).astype(np.float32))

    def weigh(self, text: str) -> Weighed:
        """Weigh one text."""
        return self.weigh_all([text])[0]

    def weigh_all(self, texts: Sequence[str]) -> list[Weighed]:
        """Do what `weigh` does for each of some texts, in less time."""
        found = list(map(self._columns_in, texts))
        owner = np.repeat(np.arange(len(texts)), list(map(len, found)))
        all_found = np.array(list(chain.from_iterable(found)), dtype=np.int64)
        each = len(self.terms) + 1
        keys, counts = np.unique(owner * each + all_found, return_counts=True)
        columns = keys % each
        weights = (1 + np.log(counts)).astype(np.float32) * self.idf[columns]
        # Runs come before words in the vocabulary, and so in every text.
        starts = each * np.arange(len(texts) + 1)
        ends = np.searchsorted(keys, starts).tolist()
        middles = np.searchsorted(keys, starts[:-1] + self._runs).tolist()
        for (start, end), middle in zip(pairwise(ends), middles, strict=True):
            for block in (weights[start:middle], weights[middle:end]):
                if len(block):
                    block /= np.sqrt(block.dot(block))
        return [Weighed(columns[a:b], weights[a:b]) for a, b in pairwise(ends)]

    def _columns_in(self, text: str) -> list[int]:
        words = _words(text)
        found: list[int] = []
        for word in words:
            found += self._of_word(word)
        pairs = (self._columns.get(f"{one} {other}") for one, other in pairwise(words))
        found += [column for column in pairs if column is not None]
        return found

    def _columns_of(self, word: str) -> tuple[int, ...]:
        """Look a word and its runs up; texts repeat their words, so this is remembered."""
        columns = (self._columns.get(term) for term in (word, *_runs(word)))
        return tuple(column for column in columns if column is not None)


def ngrams(text: str) -> Iterator[str]:
    """List words, pairs of words, and, marked with `#`, runs of characters."""
    words = _words(text)
    yield from words
    yield from map(" ".join, pairwise(words))
    for word in words:
        yield from _runs(word)


def _words(text: str) -> list[str]:
    return _WORD.findall(text[:LONGEST].casefold())


def _runs(word: str) -> Iterator[str]:
    framed = f" {word} "
    for size in range(SHORTEST_RUN, LONGEST_RUN + 1):
        for at in range(max(1, len(framed) - size + 1)):
            yield "#" + framed[at : at + size]
        if size >= len(framed):
            break
