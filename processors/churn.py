"""Churn risk of one interaction: a ranking made of parts that can be shown, not a probability."""

from __future__ import annotations

import math
from typing import NamedTuple


class ChurnParts(NamedTuple):
    """What the risk is made of, each in log-odds; they add up with `BASE`."""

    cancel: float
    competitor: float
    escalation: float
    sentiment: float
    trend: float
    complaint: float


BASE = -3.0


def churn_parts(
    categories: frozenset[str],
    sentiment: float | None,
    trend: float | None,
    complaint: float | None,
) -> ChurnParts:
    """Weigh what is known; sentiment and trend run from -1 to 1, complaint from 0 to 1."""
    return ChurnParts(
        cancel=2.5 if "cancel" in categories else 0.0,
        competitor=1.2 if "competitor" in categories else 0.0,
        escalation=0.8 if "escalation" in categories else 0.0,
        sentiment=-1.2 * (sentiment or 0.0),
        trend=-0.6 * (trend or 0.0),
        complaint=0.8 * (complaint or 0.0),
    )


def churn_risk(parts: ChurnParts) -> float:
    """Squash the parts to 0-1."""
    return round(1 / (1 + math.exp(-(BASE + sum(parts)))), 3)
