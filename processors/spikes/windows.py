"""Sum counts and expectations over sliding windows, and put the two tests to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from processors.spikes.baseline import WINDOWS, Array, Baseline
from processors.spikes.counts import PER_DAY, PER_HOUR
from processors.spikes.significance import count_tail, odds_ratio, share_tail
from schemas.alert import Window
from schemas.base import Contract

SIZES = tuple(minutes // 5 for minutes in WINDOWS)


class Rules(Contract, frozen=True, kw_only=True):
    """When negative sentiment counts as a spike; the reference page says why each figure.

    `attributes` are the configured segments. A window of w minutes must reach `p_fire` x w / 240
    for as many buckets running as `sustained` says of it (15 min, 1 h, 4 h), or `p_urgent` for
    `urgent` buckets. `hold` is how many buckets a wide segment waits for a narrower one.
    """

    name: str = "negative-spike"
    attributes: tuple[str, ...] = ("brand", "queue")
    min_days: float = 3.0
    min_contacts: int = 20
    min_negatives: int = 5
    p_fire: float = 1e-3
    sustained: tuple[int, int, int] = (3, 6, 6)
    p_urgent: float = 1e-6
    urgent: int = 2
    hold: int = 12
    effect: float = 1.5
    odds: float = 2.0
    p_clear: float = 0.05
    clear_effect: float = 1.25
    clear_odds: float = 1.5
    clear_buckets: int = 6
    false_discovery: float = 0.05
    lateness_buckets: int = 2


@dataclass(frozen=True)
class Grid:
    """Counts and expectations of one tenant, arrays [segment, bucket] from bucket `first`.

    `contacts_due` and `negatives_due` are expected per bucket, `share_due` the expected negatives
    among `contacts_due`. `baselines` holds, per segment, the one of the day under decision; None
    where history is too short.
    """

    first: int
    segments: tuple[str, ...]
    contacts: Array
    negatives: Array
    contacts_due: Array
    negatives_due: Array
    share_due: Array
    baselines: tuple[Baseline | None, ...]


@dataclass(frozen=True)
class Sums:
    """Window sums [segment, bucket] that end with each bucket, for one window size."""

    contacts: Array
    negatives: Array
    negatives_due: Array
    share: Array


def due(baseline: Baseline) -> tuple[Array, Array, Array]:
    """Spread a baseline's hours over its 288 buckets: contacts, negatives, contacts x share."""
    contacts = np.repeat(np.array(baseline.contacts), PER_HOUR) / PER_HOUR
    negatives = np.repeat(np.array(baseline.negatives), PER_HOUR) / PER_HOUR
    share = np.repeat(np.array(baseline.share), PER_HOUR)
    assert len(contacts) == PER_DAY
    return contacts, negatives, contacts * share


def _sliding(values: Array, size: int) -> Array:
    total = np.cumsum(values, axis=1)
    total[:, size:] = total[:, size:] - total[:, :-size]
    return total


def sums(grid: Grid, size: int) -> Sums:
    """Sum a grid over windows of `size` buckets; the first `size` columns hold shorter sums."""
    contacts_due = _sliding(grid.contacts_due, size)
    share_due = _sliding(grid.share_due, size)
    share = np.divide(
        share_due, contacts_due, out=np.full_like(share_due, 0.5), where=contacts_due > 0
    )
    return Sums(
        contacts=_sliding(grid.contacts, size),
        negatives=_sliding(grid.negatives, size),
        negatives_due=_sliding(grid.negatives_due, size),
        share=share.clip(0.001, 0.999),
    )


def gate(of: Sums, rules: Rules) -> NDArray[np.bool_]:
    """Tell cheaply which windows are large enough and far enough from what is expected."""
    by_count = of.negatives >= rules.effect * of.negatives_due
    rest = of.contacts - of.negatives
    by_share = (of.negatives + 0.5) / (rest + 0.5) * (1 - of.share) / of.share >= rules.odds
    large = (of.contacts >= rules.min_contacts) & (of.negatives >= rules.min_negatives)
    enough = large & (of.negatives_due > 0)
    return np.asarray(enough & (by_count | by_share), dtype=np.bool_)


def measure(of: Sums, baseline: Baseline, which: int, segment: int, column: int) -> Window:
    """Put both tests to one window; `which` indexes `WINDOWS`.

    The dispersion and the correlation are widened by what a short history leaves unknown.
    """
    contacts = round(float(of.contacts[segment, column]))
    negatives = round(float(of.negatives[segment, column]))
    expected = float(of.negatives_due[segment, column])
    share = float(of.share[segment, column])
    days = max(baseline.days, 0.5)
    dispersion = baseline.dispersion[which] * (1 + 1 / days) + 1 / max(expected * days, 1.0)
    behind = max(sum(baseline.contacts) * days, 1.0)
    correlation = baseline.correlation[which] * (1 + 1 / days) + 1 / behind
    return Window(
        minutes=WINDOWS[which],
        contacts=contacts,
        negatives=negatives,
        expected_negatives=round(expected, 2),
        expected_share=round(share, 4),
        count_p=count_tail(negatives, expected, dispersion),
        share_p=share_tail(negatives, contacts, share, correlation),
    )


def strength(window: Window, effect: float, odds: float) -> float:
    """Give the smaller p-value among the tests whose effect is large enough, scaled to 4 hours.

    Short windows come round more often, so they must be rarer by chance: p x 240 / minutes.
    """
    smallest = 1.0
    if window.negatives >= effect * window.expected_negatives:
        smallest = window.count_p
    if odds_ratio(window.negatives, window.contacts, window.expected_share) >= odds:
        smallest = min(smallest, window.share_p)
    return min(1.0, smallest * WINDOWS[-1] / window.minutes)
