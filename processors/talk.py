"""How a call was spoken: shares, silence, overtalk and interruptions, from the times of turns.

The formulas and their sources are in `docs/reference/talk-metrics.md`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from schemas.events import COMPANY_SIDE, Role
from schemas.talk import TalkMetrics, TalkRules

Span = tuple[float, float]

DEFAULT_RULES = TalkRules()
LEAST_S = 5.0  # of talk: less does not give a rate of words
MINUTE_S = 60.0


class Speech(NamedTuple):
    """A turn: who, from when to when (seconds), how many words."""

    role: Role
    start_s: float
    end_s: float
    words: int = 0


def talk_metrics(
    turns: Sequence[Speech], music: Sequence[Span] = (), rules: TalkRules = DEFAULT_RULES
) -> TalkMetrics | None:
    """Measure how a call was spoken; None where nothing was. `music` is sound without speech."""
    if not turns:
        return None
    ours = [turn for turn in turns if turn.role in COMPANY_SIDE]
    theirs = [turn for turn in turns if turn.role not in COMPANY_SIDE]
    agent, customer = _merge(_spans(ours)), _merge(_spans(theirs))
    everyone = _merge([*agent, *customer])
    gaps = [(before[1], after[0]) for before, after in pairwise(everyone)]
    silences = [gap for gap in gaps if _seconds(gap) > rules.silence_s]
    holds = [gap for gap in silences if _seconds(gap) >= rules.hold_s]
    agent_s, customer_s = _length(agent), _length(customer)
    return TalkMetrics(
        agent_s=round(agent_s, 2),
        customer_s=round(customer_s, 2),
        silence_s=round(_length(silences), 2),
        overtalk_s=round(agent_s + customer_s - _length(everyone), 2),
        agent_share=round(agent_s / (agent_s + customer_s), 3) if agent_s + customer_s else None,
        silences=len(silences),
        longest_silence_s=round(max(map(_seconds, silences), default=0.0), 2),
        agent_interruptions=_interruptions(agent, customer, rules),
        customer_interruptions=_interruptions(customer, agent, rules),
        agent_monologue_s=round(_monologue(agent, customer, rules), 2),
        customer_monologue_s=round(_monologue(customer, agent, rules), 2),
        agent_wpm=_rate(ours, agent_s),
        customer_wpm=_rate(theirs, customer_s),
        holds=len(holds),
        hold_s=round(_length(holds), 2),
        music_s=round(_length(_merge(music)), 2),
    )


def _interruptions(by: Sequence[Span], of: Sequence[Span], rules: TalkRules) -> int:
    """Count how often one side starts while the other speaks, and is still speaking after it."""
    return sum(
        1
        for start, end in by
        if end - start > rules.backchannel_s
        and any(
            begun < start and start + rules.interruption_s <= ended < end for begun, ended in of
        )
    )


def _monologue(side: Sequence[Span], other: Sequence[Span], rules: TalkRules) -> float:
    """Measure the longest stretch in which one side speaks and the other at most assents."""
    breaks = [span for span in other if _seconds(span) > rules.backchannel_s]
    longest, begun, ended = 0.0, 0.0, float("-inf")
    for start, end in side:
        answered = any(start > one[0] >= begun for one in breaks)
        if answered or start - ended > rules.silence_s:
            begun = start
        ended = end
        longest = max(longest, ended - begun)
    return longest


def _rate(turns: Sequence[Speech], seconds: float) -> float | None:
    words = sum(turn.words for turn in turns)
    return round(words * MINUTE_S / seconds, 1) if words and seconds >= LEAST_S else None


def _spans(turns: Iterable[Speech]) -> list[Span]:
    return [(turn.start_s, turn.end_s) for turn in turns]


def _merge(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _length(spans: Iterable[Span]) -> float:
    return sum(map(_seconds, spans))


def _seconds(span: Span) -> float:
    return span[1] - span[0]
