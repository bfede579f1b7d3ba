"""How well a score puts what is true above what is not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def area_under_roc(scores: Sequence[float], truth: Sequence[bool]) -> float:
    """Give the chance that a true item scores above an untrue one; ties count half.

    The Mann-Whitney statistic over the number of pairs; NaN without both kinds.
    """
    said, was = np.asarray(scores, np.float64), np.asarray(truth, bool)
    positives, negatives = int(was.sum()), int((~was).sum())
    if not positives or not negatives:
        return float("nan")
    order = np.argsort(said, kind="stable")
    _, first, many = np.unique(said[order], return_index=True, return_counts=True)
    ranks = np.repeat(first + (many + 1) / 2, many)
    above = ranks[was[order]].sum() - positives * (positives + 1) / 2
    return float(above / (positives * negatives))


def recall_at_rate(
    scores: Sequence[float], truth: Sequence[bool], rate: float
) -> tuple[float, float]:
    """Give the recall where at most `rate` of the untrue items is called, and its threshold.

    With scores of being out of scope this is the recall of what is out of scope at 1 - rate
    recall of what is in scope.
    """
    thresholds, hits, called = _cumulated(scores, truth)
    total = hits[-1] if len(hits) else 0.0
    untrue = called[-1] - total if len(hits) else 0.0
    if not total:
        return float("nan"), float("inf")
    kept = np.flatnonzero(called - hits <= rate * untrue)
    if not len(kept):
        return 0.0, float("inf")
    return float(hits[kept[-1]] / total), float(thresholds[kept[-1]])


def _cumulated(scores: Sequence[float], truth: Sequence[bool]) -> tuple[Floats, Floats, Floats]:
    """Give each distinct score downwards, with true and all items at or above it."""
    said, was = np.asarray(scores, np.float64), np.asarray(truth, np.float64)
    order = np.argsort(-said, kind="stable")
    said, was = said[order], was[order]
    last = (
        np.flatnonzero(np.append(said[1:] != said[:-1], True)) if len(said) else np.array([], int)
    )
    return said[last], np.cumsum(was)[last], (last + 1).astype(np.float64)
