"""A mirror in memory of all that is filtered, sorted and counted: one array per field."""

from __future__ import annotations

from itertools import islice
from typing import Any

import apsw
import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

DAY_US = 86_400_000_000
SENTIMENT_SCALE = 10_000
"""A score has at most four decimals, so it is kept and compared as a whole number."""
NO_SENTIMENT = np.iinfo(np.int16).min
_TYPES: dict[str, type[np.generic]] = {
    "at": np.int64,
    "tie": np.int64,
    "sentiment": np.int16,
    "start": np.float64,
    "tenant": np.int32,
    "channel": np.int32,
    "role": np.int32,
    "interaction": np.int32,
    "language": np.int32,
    "contact_type": np.int32,
    "emotion": np.int32,
    "categories": np.int32,
}
_MISSING = {"sentiment": NO_SENTIMENT, "start": np.nan}
_SELECT = f"SELECT id, {', '.join(_TYPES)} FROM search_meta WHERE id >= ? ORDER BY id"  # noqa: S608  # names of our own
_CHUNK = 20_000


class Columns:
    """Arrays indexed by a row's id. A row that is gone, or was never there, has tenant 0."""

    def __init__(self) -> None:
        self.size = 1
        self.changes = 0
        self.live = 0
        self.arrays: dict[str, npt.NDArray[Any]] = {
            name: np.zeros(1024, dtype) for name, dtype in _TYPES.items()
        }
        self.arrays["day"] = np.zeros(1024, np.int32)
        self._days: dict[int, tuple[int, int]] = {}

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        return self.arrays[name]

    def refresh(self, connection: apsw.Connection) -> None:
        """Read what was added and removed since; call inside the search's read transaction."""
        run = connection.execute
        size: int = run("SELECT value FROM search_state WHERE name = 'next_id'").get
        changes: int = run("SELECT coalesce(max(seq), 0) FROM search_chg").get
        if size > self.size:
            self._grow(size)
            added = run(_SELECT, (self.size,))
            while rows := list(islice(added, _CHUNK)):
                self._append(rows)
                self.size = rows[-1][0] + 1
            self.size = size
        if changes > self.changes:
            gone = connection.execute("SELECT id FROM search_chg WHERE seq > ?", (self.changes,))
            ids = np.array([id_ for (id_,) in gone], np.int64)
            ids = np.unique(ids[ids < self.size])
            self.live -= int(np.count_nonzero(self.arrays["tenant"][ids]))
            self.arrays["tenant"][ids] = 0
            self.changes = changes

    def _grow(self, size: int) -> None:
        """Make room with a quarter to spare, so that few batches copy the arrays."""
        if size <= len(self.arrays["at"]):
            return
        for name, array in self.arrays.items():
            grown = np.zeros(size + size // 4, array.dtype)
            grown[: self.size] = array[: self.size]
            self.arrays[name] = grown

    def _append(self, rows: list[tuple[Any, ...]]) -> None:
        ids, *fields = zip(*rows, strict=True)
        at = np.array(ids, np.int64)
        for name, values in zip(_TYPES, fields, strict=True):
            missing = _MISSING.get(name, 0)
            self.arrays[name][at] = [missing if value is None else value for value in values]
        days = self.arrays["at"][at] // DAY_US
        self.arrays["day"][at] = days
        self.live += len(at)
        for day in np.unique(days).tolist():
            of_day = at[days == day]
            low, high = self._days.get(day, (int(of_day[0]), 0))
            self._days[day] = (min(low, int(of_day[0])), max(high, int(of_day[-1])))

    def bounds(self, since: int | None, until: int | None) -> tuple[int, int]:
        """Give the lowest and highest id that can lie in a stretch of time (us, end excluded)."""
        if since is None and until is None:
            return 1, self.size - 1
        first = -(1 << 62) if since is None else since // DAY_US
        last = 1 << 62 if until is None else (until - 1) // DAY_US
        spans = [span for day, span in self._days.items() if first <= day <= last]
        if not spans:
            return 1, 0
        return min(low for low, _ in spans), max(high for _, high in spans)
