"""Learn what a segment's season leads us to expect, from the days before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from processors.spikes.counts import PER_DAY, PER_HOUR
from schemas.base import Contract

Array = NDArray[np.float64]

HISTORY_DAYS = 56
HALF_LIFE_DAYS = 14.0
# Pseudo-observations: days of the tenant's daily shape, weeks of the segment's own hour of day.
SHAPE_DAYS = 1.0
WEEKS = 2.0
# Contacts' worth of the wider share that a narrower share is drawn to.
SHARE_CONTACTS = 50.0
# Day-to-day variation assumed before it is measured, and the days that belief is worth.
DISPERSION = 0.05
CORRELATION = 0.004
PRIOR_DAYS = 3.0
LEAST_DISPERSION = 0.01
WINDOWS = (15, 60, 240)


class Baseline(Contract, frozen=True, kw_only=True):
    """What one segment's day should look like: per hour of day, UTC, and how it varies.

    `dispersion` and `correlation` hold one figure per window of `WINDOWS`; `days` is the weight
    of the history behind it, `since` the days since the segment was first seen.
    """

    contacts: tuple[float, ...]
    negatives: tuple[float, ...]
    share: tuple[float, ...]
    dispersion: tuple[float, ...]
    correlation: tuple[float, ...]
    days: float
    since: float


@dataclass(frozen=True)
class Past:
    """Earlier days of one segment: arrays [days, 288]; `seen` is 0 where a bucket must not count.

    `age` (days before the one to predict) and `weekday` (0-6) have one entry per day.
    """

    contacts: Array
    negatives: Array
    seen: Array
    age: Array
    weekday: NDArray[np.int64]


def _hours(values: Array) -> Array:
    return np.asarray(values.reshape(len(values), 24, PER_HOUR).sum(axis=2), dtype=np.float64)


def _smooth(values: Array) -> Array:
    """Blend each hour with its neighbours, round the clock."""
    return (np.roll(values, 1, -1) + 2 * values + np.roll(values, -1, -1)) / 4


def _seasonal(values: Array, past: Past, shape: Array) -> Array:
    """Give the expected sum per weekday and hour [7, 24], shrunk towards wider profiles."""
    weight = 0.5 ** (past.age / HALF_LIFE_DAYS)
    sums = weight[:, None] * _hours(values * past.seen)
    exposure = weight[:, None] * _hours(past.seen) / PER_HOUR
    overall = sums.sum() / max(exposure.sum(), 1e-9)
    daily = _smooth(sums.sum(axis=0)) + SHAPE_DAYS * overall * shape
    daily = daily / (_smooth(exposure.sum(axis=0)) + SHAPE_DAYS)
    table = np.empty((7, 24))
    for weekday in range(7):
        own = past.weekday == weekday
        table[weekday] = (_smooth(sums[own].sum(axis=0)) + WEEKS * daily) / (
            _smooth(exposure[own].sum(axis=0)) + WEEKS
        )
    return table


def daily_shape(past: Past) -> Array:
    """Give a tenant's hour-of-day shape with mean 1, drawn to a flat day while history is short."""
    table = _seasonal(past.contacts, past, np.ones(24)).mean(axis=0)
    mean = table.mean()
    return np.asarray(table / mean if mean > 0 else np.ones(24), dtype=np.float64)


def overall_share(past: Past, wider: float) -> float:
    """Give the share of negatives, drawn towards a wider share while contacts are few."""
    weight = 0.5 ** (past.age / HALF_LIFE_DAYS)
    negatives = (weight[:, None] * past.negatives * past.seen).sum()
    contacts = (weight[:, None] * past.contacts * past.seen).sum()
    return float((negatives + SHARE_CONTACTS * wider) / (contacts + SHARE_CONTACTS))


def _hourly_share(past: Past, overall: float) -> Array:
    weight = 0.5 ** (past.age / HALF_LIFE_DAYS)
    negatives = _smooth((weight[:, None] * _hours(past.negatives * past.seen)).sum(axis=0))
    contacts = _smooth((weight[:, None] * _hours(past.contacts * past.seen)).sum(axis=0))
    return np.asarray(
        (negatives + SHARE_CONTACTS * overall) / (contacts + SHARE_CONTACTS), dtype=np.float64
    )


def _blocks(values: Array, size: int) -> Array:
    return np.asarray(values.reshape(-1, size).sum(axis=1), dtype=np.float64)


def _drawn(measured: float, prior: float, days: float) -> float:
    return (max(measured, 0.0) * days + prior * PRIOR_DAYS) / (days + PRIOR_DAYS)


def _dispersion(past: Past, expected: Array, size: int, days: float) -> float:
    """Fit the negative binomial's dispersion to blocks of `size` buckets, by moments."""
    seen = _blocks(past.negatives * past.seen, size)
    mean = _blocks(expected * past.seen, size)
    square = float((mean**2).sum())
    measured = float(((seen - mean) ** 2 - mean).sum()) / square if square > 0 else 0.0
    # The fitted mean has followed each day by 1/days: give that part of the variance back.
    measured *= days / (days - 1.0) if days > 1.5 else 1.0
    return max(_drawn(measured, DISPERSION, days), LEAST_DISPERSION)


def _correlation(past: Past, share: Array, size: int, days: float) -> float:
    """Fit the intra-class correlation of negatives within blocks, by moments."""
    of = _blocks(past.contacts * past.seen, size)
    seen = _blocks(past.negatives * past.seen, size)
    mean = _blocks(past.contacts * past.seen * share, size)
    chance = np.divide(mean, of, out=np.zeros_like(mean), where=of > 0)
    noise = of * chance * (1 - chance)
    pairs = float(((of - 1) * noise).clip(min=0).sum())
    measured = float(((seen - mean) ** 2 - noise).sum()) / pairs if pairs > 0 else 0.0
    return _drawn(measured, CORRELATION, days)


def learn(past: Past, weekday: int, shape: Array, wider_share: float) -> Baseline:
    """Learn the baseline of one day from the days before it.

    `weekday` is that of the day to predict; `shape` and `wider_share` are the tenant's.
    """
    weight = 0.5 ** (past.age / HALF_LIFE_DAYS)
    days = float((weight[:, None] * past.seen).sum() / PER_DAY)
    contacts = _seasonal(past.contacts, past, shape)
    negatives = _seasonal(past.negatives, past, shape)
    share = _hourly_share(past, overall_share(past, wider_share))
    expected = np.repeat(negatives[past.weekday], PER_HOUR, axis=1) / PER_HOUR
    by_bucket = np.broadcast_to(np.repeat(share, PER_HOUR), past.contacts.shape)
    sizes = [minutes // 5 for minutes in WINDOWS]
    return Baseline(
        contacts=tuple(np.round(contacts[weekday], 4).tolist()),
        negatives=tuple(np.round(negatives[weekday], 4).tolist()),
        share=tuple(np.round(share, 5).tolist()),
        dispersion=tuple(round(_dispersion(past, expected, size, days), 5) for size in sizes),
        correlation=tuple(round(_correlation(past, by_bucket, size, days), 6) for size in sizes),
        days=round(days, 4),
        since=round(float(past.seen.sum()) / PER_DAY, 4),
    )
