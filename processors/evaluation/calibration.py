"""Whether a probability means what it says."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

BINS = 15


def expected_calibration_error(
    confidences: Sequence[float], right: Sequence[bool], bins: int = BINS
) -> float:
    """Average |share right - mean confidence| over bins of equal width, weighted by items.

    0 is perfect, 1 the worst (Guo et al. 2017, "On calibration of modern neural networks").
    """
    sure, hits = np.asarray(confidences, np.float64), np.asarray(right, np.float64)
    if not len(sure):
        return float("nan")
    bin_of = np.minimum((sure * bins).astype(np.int64), bins - 1)
    items = np.bincount(bin_of, minlength=bins)
    gaps = np.bincount(bin_of, hits - sure, minlength=bins)
    return float(np.abs(gaps).sum() / items.sum())
