"""How a call was spoken: talk time per side, silence and overtalk, from the times of its turns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from schemas.events import COMPANY_SIDE, Role
from schemas.interaction import TalkMetrics

Span = tuple[float, float]

SILENCE_S = 2.0


def talk_metrics(spans: Sequence[tuple[Role, float, float]]) -> TalkMetrics | None:
    """Measure talk in seconds; None where nothing was spoken.

    Silence is the sum of gaps longer than `SILENCE_S` in which nobody speaks; overtalk is the time
    in which the customer's side and the agent's side both speak.
    """
    if not spans:
        return None
    agent = _merge((s, e) for role, s, e in spans if role in COMPANY_SIDE)
    other = _merge((s, e) for role, s, e in spans if role not in COMPANY_SIDE)
    everyone = _merge([*agent, *other])
    gaps = [b[0] - a[1] for a, b in pairwise(everyone)]
    return TalkMetrics(
        agent_s=round(_length(agent), 2),
        customer_s=round(_length(other), 2),
        silence_s=round(sum(gap for gap in gaps if gap > SILENCE_S), 2),
        overtalk_s=round(_length(agent) + _length(other) - _length(everyone), 2),
    )


def _merge(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _length(spans: Iterable[Span]) -> float:
    return sum(end - start for start, end in spans)
