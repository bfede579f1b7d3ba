"""How a call was spoken, and the thresholds by which that is measured."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from schemas.base import Contract

Seconds = Annotated[float, Meta(ge=0, le=3600)]


class TalkRules(Contract, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Thresholds in seconds; `docs/reference/talk-metrics.md` has the formulas."""

    silence_s: Seconds = 2.0
    interruption_s: Seconds = 0.5
    backchannel_s: Seconds = 1.0
    hold_s: Seconds = 15.0


class TalkMetrics(Contract, frozen=True, kw_only=True):
    """How a call was spoken: seconds, counts, a share of 1, and words per minute.

    The agent's side is agent, supervisor and bot; everybody else is the customer's. What cannot
    be said (the rate of a side that hardly spoke) is missing. `docs/reference/talk-metrics.md`
    says what each means.
    """

    agent_s: float = 0.0
    customer_s: float = 0.0
    silence_s: float = 0.0
    overtalk_s: float = 0.0
    agent_share: float | None = None
    silences: int = 0
    longest_silence_s: float = 0.0
    agent_interruptions: int = 0
    customer_interruptions: int = 0
    agent_monologue_s: float = 0.0
    customer_monologue_s: float = 0.0
    agent_wpm: float | None = None
    customer_wpm: float | None = None
    holds: int = 0
    hold_s: float = 0.0
    music_s: float = 0.0
