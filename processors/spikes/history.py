"""Assemble counts into grids and learn baselines, for one tenant, from hours read on demand."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from processors.spikes.baseline import (
    HISTORY_DAYS,
    Array,
    Baseline,
    Past,
    daily_shape,
    learn,
    overall_share,
)
from processors.spikes.counts import PER_DAY, PER_HOUR, TOTAL, HourCounts
from processors.spikes.windows import Grid, due
from schemas.base import Contract

# A day with less than this part of a median day's contacts is not yet the start of the history.
LEAST_FIRST_DAY = 0.1
# After this long, an alert's level is the new normal and is learned.
LONGEST_NOISE = 3 * PER_DAY
# Share of negatives assumed of a tenant before anything is known.
UNKNOWN_SHARE = 0.5

Ranges = tuple[tuple[int, int], ...]
# 1 January 1970 was a Thursday.
_EPOCH_WEEKDAY = 3


class Baselines(Contract, frozen=True, kw_only=True):
    """The baselines of one tenant's day, per segment with enough history."""

    rows: dict[str, Baseline] = {}


class History:
    """Counts of one tenant as arrays per day; `hour` reads one hour, `days` maps day to hours.

    `noisy` lists, per segment, buckets [from, to) that alerted and must not be learned.
    """

    def __init__(
        self,
        hour: Callable[[int], HourCounts],
        days: Mapping[int, int],
        noisy: Mapping[str, Ranges],
    ) -> None:
        self._hour = hour
        self._days = days
        self._noisy = noisy
        self._arrays: dict[int, dict[str, Array]] = {}

    def day(self, day: int) -> dict[str, Array]:
        """Give a day's counts per segment: [contacts, negatives] by bucket."""
        found = self._arrays.get(day)
        if found is None:
            found = self._arrays.setdefault(day, self._read(day))
        return found

    def _read(self, day: int) -> dict[str, Array]:
        rows: dict[str, Array] = {}
        hours = self._days.get(day, 0)
        for hour in range(24):
            if hours >> hour & 1:
                for segment, row in self._hour(day * 24 + hour).rows.items():
                    if segment not in rows:
                        rows[segment] = np.zeros((2, PER_DAY))
                    at = slice(hour * PER_HOUR, (hour + 1) * PER_HOUR)
                    rows[segment][0, at] = row.contacts
                    rows[segment][1, at] = row.negatives
        return rows

    def forget_before(self, day: int) -> None:
        """Let go of arrays that no later day needs."""
        for old in [known for known in self._arrays if known < day - HISTORY_DAYS]:
            del self._arrays[old]

    def _known_days(self, day: int) -> list[int]:
        """List the days to learn from; silent days were not connected, rather than quiet."""
        days = [one for one in sorted(self._days) if day - HISTORY_DAYS <= one < day]
        totals = [float(self.day(one)[TOTAL][0].sum()) for one in days]
        if not days:
            return []
        enough = LEAST_FIRST_DAY * float(np.median(totals))
        first = next(place for place, total in enumerate(totals) if total >= enough)
        return days[first:]

    def _past(self, segment: str, days: list[int], day: int) -> Past:
        empty = np.zeros((2, PER_DAY))
        counts = np.stack([self.day(one).get(segment, empty) for one in days])
        seen = np.ones((len(days), PER_DAY))
        first = int(np.argmax(counts[:, 0].reshape(-1) > 0))
        # Silence before the first contact says nothing, unless the segment is older than this.
        if days[0] == min(self._days) or first >= PER_DAY:
            seen.reshape(-1)[:first] = 0
        for start, end in self._noisy.get(segment, ()):
            end = min(end, start + LONGEST_NOISE)
            for place, one in enumerate(days):
                seen[place, max(start - one * PER_DAY, 0) : max(end - one * PER_DAY, 0)] = 0
        return Past(
            contacts=np.asarray(counts[:, 0]),
            negatives=np.asarray(counts[:, 1]),
            seen=seen,
            age=np.array([float(day - one) for one in days]),
            weekday=np.array([(one + _EPOCH_WEEKDAY) % 7 for one in days], dtype=np.int64),
        )

    def learn(self, day: int, min_days: float) -> Baselines:
        """Learn every segment's baseline for a day from the days before it."""
        days = self._known_days(day)
        if len(days) < min_days:
            return Baselines()
        tenant = self._past(TOTAL, days, day)
        shape, share = daily_shape(tenant), overall_share(tenant, UNKNOWN_SHARE)
        rows = {}
        for segment in sorted({name for one in days for name in self.day(one)}):
            past = self._past(segment, days, day)
            if past.contacts.sum() < len(days) or past.seen.sum() < min_days * PER_DAY:
                continue
            rows[segment] = learn(past, (day + _EPOCH_WEEKDAY) % 7, shape, share)
        return Baselines(rows=rows)

    def grid(self, first: int, last: int, baselines: Mapping[int, Baselines]) -> Grid:
        """Lay out buckets `first` to `last` inclusive for the segments known on the last day.

        Days without a baseline of their own borrow that of the day under decision.
        """
        days = range(first // PER_DAY, last // PER_DAY + 1)
        current = baselines[days[-1]].rows
        segments = tuple(sorted(current))
        cut = slice(first - days[0] * PER_DAY, last + 1 - days[0] * PER_DAY)
        counts = np.zeros((2, len(segments), len(days) * PER_DAY))
        expected = np.zeros((3, len(segments), len(days) * PER_DAY))
        for place, segment in enumerate(segments):
            for number, day in enumerate(days):
                at = slice(number * PER_DAY, (number + 1) * PER_DAY)
                counts[:, place, at] = self.day(day).get(segment, 0.0)
                rows = baselines[day].rows if day in baselines else {}
                expected[:, place, at] = due(rows.get(segment, current[segment]))
        return Grid(
            first=first,
            segments=segments,
            contacts=counts[0][:, cut],
            negatives=counts[1][:, cut],
            contacts_due=expected[0][:, cut],
            negatives_due=expected[1][:, cut],
            share_due=expected[2][:, cut],
            baselines=tuple(current[segment] for segment in segments),
        )
