"""Make the answers of contact types honest: how sure one is, and from where on it is none.

All is chosen on answers for examples that were not learnt from.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.contact_types.model import Floats, Scope

Ints = NDArray[np.int64]

TEMPERATURES = (0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 1.0, 1.2, 1.5, 1.9, 2.4, 3.0)
IN_SCOPE = 0.95
"""Share of texts of the taught types that must be like enough to them."""

RIGHT = 0.7
"""Share of the types that are told which must be right: below, "don't know" says more."""


class Calibrated(NamedTuple):
    """What makes answers honest, and what they then are.

    `told` is the share of texts with a type that are told one, `right` that of types told rightly.
    """

    temperature: float
    scope: Scope
    least: float
    told: float
    right: float


def calibrate(logits: Floats, cosine: Floats, truth: Ints, unknown: int) -> Calibrated:
    """Calibrate by the answers to texts of `truth`; `unknown` is the column of no type, or -1."""
    largest, answer, has_type = logits.max(axis=1), logits.argmax(axis=1), truth != unknown
    scope = _scope(largest[has_type], cosine[has_type])
    temperature = _temperature(logits, truth)
    named = (answer != unknown) & (scope.score(largest, cosine) >= scope.threshold)
    sure = 1 / np.exp((logits - largest[:, None]) / temperature).sum(axis=1)
    least = _least(sure[named], (answer == truth)[named])
    told = named & (sure >= least)
    return Calibrated(
        temperature=temperature,
        scope=scope,
        least=least,
        told=_share(told[has_type]),
        right=_share((answer == truth)[told]),
    )


def _share(flags: NDArray[np.bool_]) -> float:
    return round(float(flags.mean()), 4) if len(flags) else 0.0


def _scope(logit: Floats, cosine: Floats) -> Scope:
    free = Scope(
        logit_mean=float(logit.mean()),
        logit_deviation=max(float(logit.std()), 1e-6),
        cosine_mean=float(cosine.mean()),
        cosine_deviation=max(float(cosine.std()), 1e-6),
        threshold=0.0,
    )
    threshold = float(np.quantile(free.score(logit, cosine), 1 - IN_SCOPE))
    return msgspec.structs.replace(free, threshold=threshold)


def _temperature(logits: Floats, truth: Ints) -> float:
    """Choose what makes the confidence true (Guo et al. 2017), by the log loss."""
    losses = {one: _log_loss((logits / one).astype(np.float32), truth) for one in TEMPERATURES}
    return min(TEMPERATURES, key=lambda one: (losses[one], one))


def _log_loss(logits: Floats, truth: Ints) -> float:
    shifted = logits - logits.max(axis=1, keepdims=True)
    chance = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return round(float(-chance[np.arange(len(truth)), truth].mean()), 6)


def _least(sure: Floats, right: NDArray[np.bool_]) -> float:
    """Find the confidence above which enough is right; 0 where all is told, 1 where nothing."""
    order = np.argsort(-sure, kind="stable")
    shares = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(shares >= RIGHT)
    if not len(good):
        return 1.0
    return 0.0 if good[-1] == len(order) - 1 else float(sure[order[good[-1]]])
