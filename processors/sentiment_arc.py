"""How the sentiment of each speaker went over an interaction: smoothed, by quarter, and its trend.

The score of one message is noisy, so each speaker's scores are smoothed over their turns:
s(i) = a x(i) + (1 - a) s(i-1), beginning from the mean of their scores (exponentially weighted
moving average; Brown 1956, Roberts 1959). Quarters are of time in a call, and of the turns of
everybody where messages may lie days apart; a quarter's score is the mean of the smoothed scores
in it, as contact-centre suites report it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from schemas.events import Party
from schemas.interaction import SentimentArc, SentimentTrend

WEIGHT = 0.5
"""Of the newest turn, `a` above."""

QUARTERS = 4
TURNING = 0.25
"""Scores that differ by so much are another mood (the line at which moods are named)."""


class Mood(NamedTuple):
    """What is known of one turn: its speaker, score (-1..1, None: not analysed), seconds."""

    party: Party
    score: float | None
    start_s: float | None = None
    end_s: float | None = None


def sentiment_arcs(turns: Sequence[Mood]) -> tuple[SentimentArc, ...]:
    """Follow each speaker through the turns, which come in time order.

    Speakers come in the order in which they first speak. Who has no analysed turn has no arc.
    """
    quarters = _quarters(turns)
    speakers: dict[tuple[object, ...], list[int]] = {}
    for at, turn in enumerate(turns):
        if turn.score is not None:
            party = turn.party
            key = (party.role, party.name or tuple(sorted(party.identifiers)))
            speakers.setdefault(key, []).append(at)
    return tuple(_arc(turns, places, quarters) for places in speakers.values())


def trend_of(quarters: Sequence[float | None]) -> SentimentTrend | None:
    """Name how quarters follow each other; None with fewer than two known.

    Falling or rising: the last known differs from the first by 0.25 or more. Else dipped or
    peaked: one between lies so far below, or above, both ends. Else flat.
    """
    known = [score for score in quarters if score is not None]
    if len(known) < 2:
        return None
    change = round(known[-1] - known[0], 3)
    if abs(change) >= TURNING:
        return SentimentTrend.RISING if change > 0 else SentimentTrend.FALLING
    if round(min(known[0], known[-1]) - min(known), 3) >= TURNING:
        return SentimentTrend.DIPPED
    if round(max(known) - max(known[0], known[-1]), 3) >= TURNING:
        return SentimentTrend.PEAKED
    return SentimentTrend.FLAT


def _arc(turns: Sequence[Mood], places: Sequence[int], quarters: Sequence[int]) -> SentimentArc:
    scores = [score for at in places if (score := turns[at].score) is not None]
    mean = sum(scores) / len(scores)
    parts: list[list[float]] = [[] for _ in range(QUARTERS)]
    smoothed = mean
    for at, score in zip(places, scores, strict=True):
        smoothed = WEIGHT * score + (1 - WEIGHT) * smoothed
        parts[quarters[at]].append(smoothed)
    found = tuple(round(sum(part) / len(part), 3) if part else None for part in parts)
    party = turns[places[0]].party
    return SentimentArc(
        role=party.role,
        name=party.name,
        turns=len(scores),
        score=round(mean, 3) + 0.0,
        rating=_rating(mean),
        quarters=found,
        ratings=tuple(None if score is None else _rating(score) for score in found),
        trend=trend_of(found),
    )


def _rating(score: float) -> float:
    return round(5 * score, 1) + 0.0  # not -0.0


def _quarters(turns: Sequence[Mood]) -> list[int]:
    """Tell the quarter of each turn, 0-3."""
    spoken = [(turn.start_s, turn.end_s) for turn in turns]
    length = max((end for _, end in spoken if end is not None), default=0.0)
    if length and all(start is not None and end is not None for start, end in spoken):
        middles = [((start or 0) + (end or 0)) / 2 / length for start, end in spoken]
    else:
        middles = [(at + 0.5) / len(turns) for at in range(len(turns))]
    return [min(QUARTERS - 1, max(0, int(QUARTERS * middle))) for middle in middles]
