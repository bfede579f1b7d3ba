"""Count answers against the truth, and what is read from the counts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


class Classified:
    """What a classifier said of labelled items: codes of truth and answer into `labels`.

    `labels` are those that occur in the truth, in the order given or alphabetical, and after them
    those that were only answered (such as "unknown"). Macro figures average over the first kind:
    `n_true` of them.
    """

    def __init__(
        self, truth: Sequence[str], answers: Sequence[str], order: Sequence[str] = ()
    ) -> None:
        if len(truth) != len(answers):
            raise ValueError(f"{len(truth)} truths, but {len(answers)} answers")
        known = set(truth)
        first = [label for label in order if label in known]
        first += sorted(known - set(first))
        rest = set(answers) - known
        others = [label for label in order if label in rest]
        others += sorted(rest - set(others))
        self.labels = (*first, *others)
        self.n_true = len(first)
        code = {label: at for at, label in enumerate(self.labels)}
        self.truth = np.array([code[label] for label in truth], dtype=np.int64)
        self.answers = np.array([code[label] for label in answers], dtype=np.int64)

    def __len__(self) -> int:
        return len(self.truth)

    def counts(self, at: NDArray[np.int64] | None = None) -> Counts:
        """Count items by truth (rows) and answer (columns); `at` picks items, with repeats."""
        truth = self.truth if at is None else self.truth[at]
        answers = self.answers if at is None else self.answers[at]
        k = len(self.labels)
        return np.bincount(truth * k + answers, minlength=k * k).reshape(k, k).astype(np.int64)

    def macro_recall(self, at: NDArray[np.int64] | None = None) -> float:
        """Average the recall of the true labels (unweighted average recall), 0 to 1."""
        return _mean(recalls(self.counts(at))[: self.n_true])

    def macro_f1(self, at: NDArray[np.int64] | None = None) -> float:
        """Average F1 over the true labels, 0 to 1."""
        counts = self.counts(at)
        scores = f1s(counts)[: self.n_true]
        # In a resample a label may have no item: it says nothing there.
        return _mean(np.where(counts.sum(axis=1)[: self.n_true] > 0, scores, np.nan))

    def accuracy(self, at: NDArray[np.int64] | None = None) -> float:
        """Give the share of right answers, 0 to 1."""
        right = self.truth == self.answers
        return float(np.mean(right if at is None else right[at]))


def recalls(counts: Counts) -> Floats:
    """Give the recall of each label: right answers of all items that are it; NaN for none."""
    return _ratio(np.diag(counts), counts.sum(axis=1))


def precisions(counts: Counts) -> Floats:
    """Give the precision of each label: right answers of all that say it; NaN for none."""
    return _ratio(np.diag(counts), counts.sum(axis=0))


def f1s(counts: Counts) -> Floats:
    """Give F1 of each label, the harmonic mean of precision and recall: 2TP / (2TP + FP + FN)."""
    return _ratio(2 * np.diag(counts), counts.sum(axis=0) + counts.sum(axis=1))


def _ratio(above: NDArray[np.int64], below: NDArray[np.int64]) -> Floats:
    result = np.full(len(above), np.nan)
    np.divide(above, below, out=result, where=below > 0)
    return result


def _mean(values: Floats) -> float:
    values = values[~np.isnan(values)]
    return float(values.mean()) if len(values) else float("nan")
