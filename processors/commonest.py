"""The commonest of some values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable


def commonest(values: Iterable[str | None]) -> str | None:
    """Give the value that stands there most often, of equally common ones the first by name."""
    counts = Counter(value for value in values if value)
    return min(counts, key=lambda value: (-counts[value], value)) if counts else None
