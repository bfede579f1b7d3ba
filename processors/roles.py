"""Tell agent and customer apart by what they say."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import NamedTuple

from processors.role_cues import CUES, MACHINE, SUPERVISOR
from schemas.events import Role

SURE = 0.75  # below this a role stays unknown
MOST_SURE = 0.99
MOST_OF_ONE = 2  # a cue counts twice at most, so that one phrase decides nothing alone
WORD_WEIGHT, MOST_WORDS = 0.15, 8
QUESTION_WEIGHT, MOST_QUESTIONS = 0.25, 6
DIGITS_WEIGHT = 1.0
FIRST_WEIGHT = 1.0
COOLER = 0.6  # cues are not independent; fitted so that 0.9 is right nine times in ten

LEAN = 0.8  # nats by which a turn says more than chance
PLAIN = 3.0  # nats of such turns together that make a side plain
TWO_PEOPLE = 2.5  # nats: two people rather than one, twelve to one

_APOSTROPHES = str.maketrans({"’": "'", "`": "'"})  # the one that Whisper may write
_YOUR = re.compile(r"\byours?\b")
_MINE = re.compile(r"\b(?:my|mine|me)\b(?! name)")
_DIGITS = re.compile(
    r"(?:\d[ -]?){4,}|(?:\b(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)\b[ ,.-]*){4,}"
)


class Cast(NamedTuple):
    """The role of a voice, and how sure that is (0-1)."""

    role: Role
    confidence: float


NOBODY = Cast(Role.UNKNOWN, 0.0)


def roles_of(voices: Sequence[Sequence[str]]) -> tuple[Cast, ...]:
    """Cast voices, each the list of its turns; the voice that speaks first comes first.

    One of several is the agent and one the customer, whoever differs most; the others stay
    unknown unless they are plainly a machine or a supervisor. Cues add up as log-odds (a naive
    Bayes classifier with weights set by hand); a cast below `SURE` stays unknown.
    """
    casts = [_by_name(turns) for turns in voices]
    open_to = [at for at, cast in enumerate(casts) if cast is NOBODY and any(voices[at])]
    scores = {at: agent_score(voices[at]) for at in open_to}
    if not open_to:
        return tuple(casts)
    if len(open_to) == 1:
        casts[open_to[0]] = _alone(scores[open_to[0]])
        return tuple(casts)
    agent = max(open_to, key=lambda at: (_with_start(scores, at), -at))
    customer = min(
        (at for at in open_to if at != agent), key=lambda at: (_with_start(scores, at), at)
    )
    odds = _with_start(scores, agent) - _with_start(scores, customer)
    confidence = _probability(odds)
    if confidence >= SURE:
        casts[agent] = Cast(Role.AGENT, confidence)
        casts[customer] = Cast(Role.CUSTOMER, confidence)
    return tuple(casts)


def are_two_people(voices: Sequence[Sequence[str]]) -> bool:
    """Tell by the words whether two voices that sound alike are an agent and a customer.

    There must be turns that only an agent would say and others that only a customer would, and
    the voices must differ in how much they have of each. One person's speech leans to one side
    throughout, however it is cut in two.
    """
    if len(voices) != 2:
        return False
    turns = [agent_score([turn]) for voice in voices for turn in voice]
    for side in (1, -1):
        if sum(side * score for score in turns if side * score >= LEAN) < PLAIN:
            return False
    low, high = sorted(agent_score(voice) for voice in voices)
    return (high - low) * COOLER > TWO_PEOPLE


def agent_score(turns: Sequence[str]) -> float:
    """Weigh what one voice says: above 0 like an agent, below 0 like a customer (nats)."""
    plain = [turn.translate(_APOSTROPHES).casefold() for turn in turns]
    said = " \n ".join(plain)
    score = sum(cue.weight * min(len(cue.pattern.findall(said)), MOST_OF_ONE) for cue in CUES)
    score += WORD_WEIGHT * min(len(_YOUR.findall(said)), MOST_WORDS)
    score -= WORD_WEIGHT * min(len(_MINE.findall(said)), MOST_WORDS)
    score += QUESTION_WEIGHT * min(said.count("?"), MOST_QUESTIONS)
    return score - DIGITS_WEIGHT * min(len(_DIGITS.findall(said)), MOST_OF_ONE)


def _with_start(scores: dict[int, float], at: int) -> float:
    """Add that the agent mostly speaks first."""
    return scores[at] + (FIRST_WEIGHT if at == min(scores) else 0.0)


def _alone(score: float) -> Cast:
    confidence = _probability(abs(score))
    if confidence < SURE:
        return NOBODY
    return Cast(Role.AGENT if score > 0 else Role.CUSTOMER, confidence)


def _probability(odds: float) -> float:
    """Make a probability of log-odds; words alone are never certain."""
    return round(min(1 / (1 + math.exp(-odds * COOLER)), MOST_SURE), 3)


def _by_name(turns: Sequence[str]) -> Cast:
    """Find machines, which talk of keys and queues, and supervisors, who say that they are."""
    plain = [turn.casefold() for turn in turns]
    announced = sum(1 for turn in plain if MACHINE.search(turn))
    if announced and announced * 2 >= len(plain):
        return Cast(Role.BOT, 0.95)
    if any(SUPERVISOR.search(turn) for turn in plain):
        return Cast(Role.SUPERVISOR, 0.9)
    return NOBODY
