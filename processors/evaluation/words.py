"""Word errors of a transcript against its reference."""

from __future__ import annotations

from collections.abc import Sequence

import jiwer

from schemas.base import Contract


class WordErrors(Contract, frozen=True, kw_only=True):
    """Edits that turn the reference into what was heard, and the words of the reference."""

    substituted: int = 0
    deleted: int = 0
    inserted: int = 0
    words: int = 0

    @property
    def errors(self) -> int:
        """Count the edits."""
        return self.substituted + self.deleted + self.inserted

    @property
    def rate(self) -> float:
        """Give the word error rate: edits per word of the reference; NaN without words."""
        return self.errors / self.words if self.words else float("nan")


def word_errors(reference: Sequence[str], heard: Sequence[str]) -> WordErrors:
    """Count the fewest edits between two lists of words that are normalised already."""
    if not reference:
        return WordErrors(inserted=len(heard))
    done = jiwer.process_words(" ".join(reference), " ".join(heard))
    return WordErrors(
        substituted=done.substitutions,
        deleted=done.deletions,
        inserted=done.insertions,
        words=len(reference),
    )
