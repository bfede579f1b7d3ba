"""Rank by BM25 as SQLite's FTS5 does (k1 1.2, b 0.75), the larger the better.

Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009.
"""

from __future__ import annotations

from math import log

K1 = 1.2
B = 0.75


def weight(documents: int, containing: int) -> float:
    """Weigh a phrase by how few of the documents contain it; never below 1e-6."""
    return max(1e-6, log((documents - containing + 0.5) / (containing + 0.5)))


def score(phrase_weight: float, times: int, length: int, mean_length: float) -> float:
    """Score one phrase that occurs so many times in a document of so many tokens."""
    ratio = length / mean_length if mean_length else 1.0
    return phrase_weight * times * (K1 + 1) / (times + K1 * (1 - B + B * ratio))
