"""How much each agreement says: Fellegi and Sunter's model, fitted without labels.

Fellegi and Sunter, "A Theory for Record Linkage", JASA 64 (1969). Frequencies of values count as in
Winkler (1988). Fitted by expectation maximisation (Dempster, Laird and Rubin 1977) over *all* pairs
of customers: those that share no blocking key are taken for two people each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from processors.identity.linkage.fields import Subject
from processors.identity.linkage.levels import (
    ADDRESS,
    BORN,
    CLOSE,
    EMAIL,
    FAMILY,
    FIELDS,
    GIVEN,
    MISSING,
    SAME_STREET,
    Compared,
    Pattern,
    compare,
)

Floats = NDArray[np.float64]

SAMPLED = 40_000
"""Pairs that tell how often two people agree by chance."""
MATCHED_WORTH = 10.0
RANDOM_WORTH = 300.0
VALUES_WORTH = 100.0
PAIRS_WORTH = 500.0
"""What was known before counts as so many matches, random pairs, values, and pairs in all."""
MOST_ROUNDS = 200
SETTLED = 1e-5
SHARED_BITS = 1.0
MOST_DIFFERENT = 0.25
"""One person's records differ in a name or birth at most so often: else they are not one's."""
LEAST_RANDOM = 0.02
"""Of the agreement that all pairs show, at least so much is chance."""


@dataclass(frozen=True)
class Model:
    """Weights in bits per field and level, what chance alone gives, and who shares rare values."""

    prior: float
    matched: tuple[tuple[float, ...], ...]
    random: tuple[tuple[float, ...], ...]
    rarity: tuple[Mapping[str, float], ...]

    def weights(self, compared: Sequence[Compared]) -> Floats:
        """Give the bits that each field says for (below 0: against) one person [pairs, fields]."""
        seen = np.array([one.pattern for one in compared])
        bits = np.zeros(seen.shape)
        for number, rarity in enumerate(self.rarity):
            known = seen[:, number] != MISSING
            worth = np.log2(np.array(self.matched[number]) / np.array(self.random[number]))
            bits[known, number] = worth[seen[known, number]]
            for place in np.flatnonzero(seen[:, number] >= FIELDS[number].rare_from).tolist():
                bits[place, number] += rarity.get(compared[place].shared[number], 0.0)
        return _counted_once(seen, bits)

    def probabilities(self, compared: Sequence[Compared]) -> Floats:
        """Give the probability of each pair, 0..1, that it is one person."""
        if not compared:
            return np.zeros(0)
        bits = np.log2(self.prior / (1 - self.prior)) + self.weights(compared).sum(axis=1)
        chance: Floats = 1 / (1 + np.exp2(-bits))
        return chance


def fit(subjects: Sequence[Subject], patterns: Mapping[Pattern, int]) -> Model:
    """Fit the model to customers and to how often each pattern occurs among the candidates."""
    pairs = len(subjects) * (len(subjects) - 1) / 2
    seen = np.array(list(patterns) or [(MISSING,) * len(FIELDS)])
    counts = np.array(list(patterns.values()) or [0], np.float64)
    totals = _by_chance(subjects)
    matched = [np.array(field.matched) for field in FIELDS]
    random = [_smoothed(totals[n], np.zeros_like(totals[n]), n) for n in range(len(FIELDS))]
    prior = 1 / (pairs + PAIRS_WORTH)
    for _ in range(MOST_ROUNDS):
        belief = counts * _posterior(seen, matched, random, prior)
        found = [_found(seen[:, n], belief, len(FIELDS[n].levels)) for n in range(len(FIELDS))]
        for n, field in enumerate(FIELDS):
            known = MATCHED_WORTH * np.array(field.matched)
            matched[n] = _bounded((found[n] + known) / (found[n].sum() + MATCHED_WORTH), n)
            random[n] = _smoothed(totals[n], found[n], n)
        before, prior = prior, (belief.sum() + 1) / (pairs + PAIRS_WORTH)
        if abs(prior - before) < SETTLED * before:
            break
    return Model(
        prior=float(prior),
        matched=tuple(tuple(map(float, one)) for one in matched),
        random=tuple(tuple(map(float, one)) for one in random),
        rarity=tuple(_rarity(values) for values in _values(subjects)),
    )


def _posterior(
    seen: NDArray[np.int64], matched: list[Floats], random: list[Floats], prior: float
) -> Floats:
    total = np.full(len(seen), np.log2(prior / (1 - prior)))
    bits = np.zeros((len(seen), len(FIELDS)))
    for n in range(len(FIELDS)):
        known = seen[:, n] != MISSING
        bits[known, n] = np.log2(matched[n] / random[n])[seen[known, n]]
    posterior: Floats = 1 / (1 + np.exp2(-(total + _counted_once(seen, bits).sum(axis=1))))
    return posterior


def _counted_once(seen: NDArray[np.int64], bits: Floats) -> Floats:
    """Count once what two people share for one reason.

    A household mostly has one street and one family name; mailboxes are mostly made of names.
    """
    names = np.maximum(bits[:, [GIVEN, FAMILY]], 0).sum(axis=1)
    mail = np.maximum(np.minimum(bits[:, EMAIL], names) - SHARED_BITS, 0)
    home = (seen[:, ADDRESS] == SAME_STREET) & (seen[:, FAMILY] >= CLOSE)
    smaller = np.maximum(np.minimum(bits[:, ADDRESS], bits[:, FAMILY]) - SHARED_BITS, 0)
    once = bits.copy()
    once[:, EMAIL] -= mail
    once[home, FAMILY] -= smaller[home]
    return once


def _bounded(matched: Floats, number: int) -> Floats:
    if number not in (GIVEN, FAMILY, BORN) or matched[0] <= MOST_DIFFERENT:
        return matched
    rest = matched[1:] * (1 - MOST_DIFFERENT) / matched[1:].sum()
    return np.concatenate(([MOST_DIFFERENT], rest))


def _found(levels: NDArray[np.int64], belief: Floats, size: int) -> Floats:
    known = levels != MISSING
    return np.bincount(levels[known], belief[known], size).astype(np.float64)


def _smoothed(total: Floats, matches: Floats, number: int) -> Floats:
    """Give what chance alone would show: all pairs without the matches among them."""
    left = np.maximum(total - matches, LEAST_RANDOM * total)
    known = RANDOM_WORTH * np.array(FIELDS[number].random)
    share: Floats = (left + known) / (left.sum() + RANDOM_WORTH)
    return share


def _by_chance(subjects: Sequence[Subject]) -> list[Floats]:
    """Estimate for every field how many of all pairs come out at each level."""
    totals = [np.zeros(len(field.levels)) for field in FIELDS]
    drawn = 0
    for one, other in _spread(len(subjects)):
        drawn += 1
        for number, level in enumerate(compare(subjects[one], subjects[other]).pattern):
            if level != MISSING:
                totals[number][level] += 1
    pairs = len(subjects) * (len(subjects) - 1) / 2
    for number, values in enumerate(_values(subjects)):
        if number == ADDRESS or not totals[number].sum():
            continue
        # How often two have the very same value needs no sample.
        holders = sum(values.values())
        same = sum(n * (n - 1) for n in values.values()) / max(holders * (holders - 1), 1)
        top = len(totals[number]) - 1
        rest = totals[number][:top].sum() or 1.0
        totals[number][:top] *= totals[number].sum() * (1 - same) / rest
        totals[number][top] = totals[number].sum() / (1 - same) * same if same < 1 else 1.0
    return [total * pairs / max(drawn, 1) for total in totals]


def _spread(size: int) -> Iterator[tuple[int, int]]:
    """Give pairs of positions from everywhere: all of them, or a fixed sample."""
    if size * (size - 1) // 2 <= SAMPLED:
        yield from ((i, j) for i in range(size) for j in range(i + 1, size))
        return
    steps = -(-SAMPLED // size)
    for number in range(steps):
        # Steps that are spread over the whole list by the golden ratio.
        step = 1 + int((number + 1) * 0.6180339887 * (size - 1)) % (size - 1)
        stride = max(1, size * steps // SAMPLED)
        yield from ((i, (i + step) % size) for i in range(0, size, stride))


def _values(subjects: Sequence[Subject]) -> list[Counter[str]]:
    """Count for every field who has each value."""
    given: Counter[str] = Counter()
    family: Counter[str] = Counter()
    born: Counter[str] = Counter()
    places: Counter[str] = Counter()
    for one in subjects:
        given.update({first for first, _ in one.names if first})
        family.update({last for _, last in one.names if last})
        born.update(one.born)
        places.update({part for address in one.addresses for part in address if part})
    return [given, family, born, places, Counter()]


def _rarity(values: Counter[str]) -> dict[str, float]:
    """Give the bits by which agreeing on a value says more, or less, than on the usual one."""
    holders = sum(values.values())
    if not holders:
        return {}
    usual = sum(n * n for n in values.values()) / holders**2
    known = VALUES_WORTH * usual
    return {
        value: float(np.log2(usual * (holders + VALUES_WORTH) / (n + known)))
        for value, n in values.items()
    }
