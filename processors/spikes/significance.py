"""Tail probabilities of the two tests, from the log-gamma function alone."""

from __future__ import annotations

from math import exp, lgamma, log, log1p

_TINY = 1e-300
_CLOSE = 1e-12
_MOST_STEPS = 10_000


def _fraction(a: float, b: float, x: float) -> float:
    """Evaluate the continued fraction of the incomplete beta function (Lentz's method).

    Source: Numerical Recipes, 3rd edition, section 6.4; DLMF 8.17.22.
    """
    c = 1.0
    d = 1.0 / (1.0 - (a + b) * x / (a + 1.0) or _TINY)
    total = d
    for step in range(1, _MOST_STEPS):
        even = step * (b - step) * x / ((a + 2 * step - 1) * (a + 2 * step))
        odd = -(a + step) * (a + b + step) * x / ((a + 2 * step) * (a + 2 * step + 1))
        for term in (even, odd):
            d = 1.0 / (1.0 + term * d or _TINY)
            c = 1.0 + term / c or _TINY
            total *= c * d
        if abs(c * d - 1.0) < _CLOSE:
            break
    return total


def beta_share(a: float, b: float, x: float) -> float:
    """Give the regularised incomplete beta function I_x(a, b), 0 to 1, for a, b > 0."""
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
    if x < (a + 1.0) / (a + b + 2.0):
        return front * _fraction(a, b, x) / a
    return 1.0 - front * _fraction(b, a, 1.0 - x) / b


def count_tail(seen: int, expected: float, dispersion: float) -> float:
    """Give P(X >= seen) for a negative binomial with variance mean + dispersion * mean^2."""
    if seen <= 0:
        return 1.0
    if expected <= 0.0:
        return 0.0
    size = 1.0 / max(dispersion, 1e-6)
    return beta_share(seen, size, expected / (expected + size))


def share_tail(seen: int, of: int, share: float, correlation: float) -> float:
    """Give P(X >= seen) for a binomial whose sample is cut by the design effect.

    `correlation` rho makes `of` contacts worth of / (1 + (of - 1) rho) independent ones
    (Kish, Survey Sampling, 1965, section 5.4).
    """
    if seen <= 0:
        return 1.0
    worth = 1.0 / (1.0 + (of - 1) * correlation)
    return beta_share(seen * worth, (of - seen) * worth + 1.0, share)


def odds_ratio(seen: int, of: int, share: float) -> float:
    """Compare the odds of a negative contact with the odds at `share`, half a contact added."""
    return (seen + 0.5) / (of - seen + 0.5) * (1.0 - share) / share


def discoveries(values: dict[str, float], tested: int, rate: float) -> set[str]:
    """Keep the names whose p-values stand at a false discovery rate among `tested` tests.

    Source: Benjamini and Hochberg, J. R. Stat. Soc. B 57 (1995).
    """
    ranked = sorted(values.items(), key=lambda pair: (pair[1], pair[0]))
    last = 0
    for rank, (_, p) in enumerate(ranked, start=1):
        if p <= rate * rank / max(tested, 1):
            last = rank
    return {name for name, _ in ranked[:last]}
