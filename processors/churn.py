"""Churn risk: a ranking made of parts that can be shown, not a probability.

`docs/reference/churn.md` has the formula and where each weight comes from.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

BASE = -3.0
UNSURE = 0.5
"""A line whose intent is read and lies below says nothing of leaving us, whatever its words."""
MOST_REPEATS = 4
MEAN_LOG_TENURE = 3.04
CONTRACTS = {"month-to-month": 0.93, "one year": -0.42, "two year": -1.77}
CRM_FACTS = frozenset({"contract", "tenure_months"})
"""Attributes of a customer's record that the risk takes into account."""


class LineSigns(NamedTuple):
    """What one line of a customer tells: its intent to leave, 0-1 where read, and categories."""

    intent: float | None
    categories: tuple[str, ...]


class ChurnParts(NamedTuple):
    """What the risk of a contact is made of, each in log-odds; they add up with `BASE`."""

    intent: float
    cancel: float
    competitor: float
    escalation: float
    sentiment: float
    trend: float
    complaint: float


def churn_parts(
    lines: Iterable[LineSigns],
    sentiment: float | None,
    trend: float | None,
    complaint: float | None,
) -> ChurnParts:
    """Weigh what is known; sentiment and trend run from -1 to 1, complaint from 0 to 1.

    Phrases of cancelling count where the intent could not be read, or agrees: "leave them for
    you" and "cancel with them" are no loss.
    """
    known = list(lines)
    intent = max((line.intent for line in known if line.intent is not None), default=0.0)
    agreed = frozenset(
        name
        for line in known
        if line.intent is None or line.intent >= UNSURE
        for name in line.categories
    )
    named = frozenset(name for line in known for name in line.categories)
    return ChurnParts(
        intent=2.5 * max(0.0, 2 * intent - 1),
        cancel=1.5 if "cancel" in agreed else 0.0,
        competitor=0.8 if "competitor" in named else 0.0,
        escalation=0.8 if "escalation" in named else 0.0,
        sentiment=-1.2 * (sentiment or 0.0),
        trend=-0.6 * (trend or 0.0),
        complaint=0.8 * (complaint or 0.0),
    )


def told(parts: ChurnParts) -> dict[str, float]:
    """Name the parts that weigh anything, base included, rounded so that they add up."""
    named = {name: round(value, 3) for name, value in parts._asdict().items()}
    return {"base": BASE, **{name: value for name, value in named.items() if value}}


def customer_parts(repeats: int, profile: Mapping[str, str]) -> dict[str, float]:
    """Weigh what is known of a customer: contacts about one issue again within 7 days, CRM facts.

    `contract` is one of `CONTRACTS`, `tenure_months` a number; each weighs against the average
    customer. Weights: logistic regression on 7,043 fictional customers of a telephone company.
    """
    parts = {"repeat contacts": 0.4 * min(repeats, MOST_REPEATS)}
    contract = profile.get("contract", "").casefold().replace("-year", " year")
    parts["contract"] = CONTRACTS.get(contract, 0.0)
    months = _number(profile.get("tenure_months", ""))
    if months is not None:
        parts["tenure"] = -0.365 * (math.log1p(months) - MEAN_LOG_TENURE)
    return {name: round(value, 3) for name, value in parts.items() if round(value, 3)}


def churn_risk(parts: Mapping[str, float]) -> float:
    """Squash the sum of the parts to 0-1."""
    return round(1 / (1 + math.exp(-sum(parts.values()))), 3)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value < 1e4 else None
