"""What in a turn, and in the turns before it, tells how satisfied its speaker is."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from schemas.satisfaction import Said
from schemas.utterance import Sentiment

READ = 160  # characters of a turn that are read, from its start
BACK = 4
FAR_BACK = 6
MOST = 15  # turns that are counted

_CUES = {
    "sorry": r"\b(sorry|apologi[sz]e|apologies|unfortunately|afraid|regret)\b",
    "none": r"\b(no|not any|none|zero|0) \w+( \w+)? (match|matches|available|found|that|in|with"
    r"|meet|fit|listed|results?)|do(es)? ?n[o']t (have|match|see|find|offer|know|seem)"
    r"|\b(unable|cannot|can't|could ?n[o']t|isn't|aren't|are no|is no|not available|unavailable"
    r"|not able|no luck"
    r"|unsuccessful|nothing|fully booked|failed|wasn't able|didn't)\b",
    "else": r"\b(anything else|something else|what else|further|help you with|assist you|else\?)",
    "done": r"\b(booked|booking (is|was|has)|reserved|reservation|confirmed|confirmation|reference"
    r"|ref number|successful|all set|completed|done|resolved|fixed)\b",
    "offer": r"\b(would you like|shall i|do you want|can i|want me to|may i|how about|would you"
    r" prefer|do you prefer)\b",
    "found": r"\b(i (have|found|see|show)|there (is|are)|here (is|are)|i've|is located|address"
    r"|phone number|costs?|price)\b",
    "asks": r"\b(what|which|when|where|how many|how|who|do you|are you|any preference)\b.*\?",
    "thanks": r"\b(thanks?|thank you|thx|appreciate|cheers)\b",
    "praise": r"\b(great|perfect|awesome|excellent|wonderful|fantastic|amazing|good|nice|lovely"
    r"|sounds|works|love|super|cool|exactly|helpful|enjoy)\b",
    "bye": r"\b(bye|goodbye|good day|have a (great|nice|good)|that is all|that's all|that will be"
    r" all|all i need|everything i need)\b",
    "no": r"\b(no|not|n't|never|nope|none|neither|don't|doesn't|didn't|isn't|wasn't|can't|won't)\b",
    "instead": r"\b(instead|actually|rather|try|what about|how about|alternative|another|different"
    r"|change|else|other|then)\b",
    "again": r"\b(again|already|still|i said|as i said|told you|i asked|repeat|i need(ed)?|i wanted"
    r"|i just|meant?|mistake|wrong|confus\w+|understand|are you sure|really|why)\b",
    "yes": r"^(yes|yeah|yep|sure|ok|okay|correct|right|please|that works)\b",
    "wish": r"\b(looking for|i want|i need|i'd like|i would like|find me|can you|could you|please"
    r"|i am)\b",
    "bad": r"\b(bad|terrible|awful|horrible|worst|useless|ridiculous|unacceptable|disappoint\w+"
    r"|frustrat\w+|annoy\w+|rude|wait(ing|ed)?|problem|issue|hate|boring|dislike|unhelpful"
    r"|disgusting|not (good|happy|helpful|satisfied))\b",
    "welcome": r"\b(you're welcome|you are welcome|my pleasure|glad|happy to|enjoy your|have a)\b",
    "unsure": r"\b(i don't (know|understand)|not sure|what do you mean|pardon|could you (repeat"
    r"|clarify)|clarify|can you repeat|didn't (get|understand|catch))\b",
}
_CUE = {name: re.compile(pattern) for name, pattern in _CUES.items()}
_WORD = re.compile(r"[a-z0-9']+")
_SMALL = frozenset(
    _WORD.findall(
        "the a an i you to of in is it for and that on my me do have can be at with would like"
        " please yes no thank thanks ok okay are was what any this your as so need want"
    )
)


class _Turn:
    """A turn, read once: its beginning, its words of weight, its cues."""

    def __init__(self, said: Said) -> None:
        self.text = said.text[:READ].casefold()
        self.is_customer = said.is_customer
        self.sentiment = said.sentiment
        self.length = math.log1p(len(_WORD.findall(self.text))) / 3
        self.words = frozenset(_WORD.findall(self.text)) - _SMALL
        self.cues = frozenset(name for name, cue in _CUE.items() if cue.search(self.text))


@lru_cache(maxsize=4096)
def _turn(said: Said) -> _Turn:
    """Read a turn, or remember it: a chat is read anew with every message of it."""
    return _Turn(said)


class Context(NamedTuple):
    """A turn of the customer with the turns before it, as far as they tell anything of it."""

    turn: _Turn
    answered: _Turn | None
    theirs: tuple[_Turn, ...]
    ours: tuple[_Turn, ...]
    number: int

    def features(self) -> dict[str, float]:
        """Give what tells how satisfied the speaker is."""
        return {
            **_cues(self.turn, self.answered, self.theirs, self.ours),
            **_course(self),
            **_moods([*self.theirs, self.turn]),
        }


def contexts_of(dialogue: Sequence[Said]) -> Iterator[Context]:
    """Read each turn of the customer; equal turns in equal places are equal, and cheap to know."""
    theirs: list[_Turn] = []
    ours: list[_Turn] = []
    before: _Turn | None = None
    for said in dialogue:
        turn = _turn(said)
        if turn.is_customer:
            answered = before if before is not None and not before.is_customer else None
            number = min(len(theirs), MOST)
            yield Context(turn, answered, tuple(theirs[-BACK:]), tuple(ours[-FAR_BACK:]), number)
            theirs.append(turn)
        else:
            ours.append(turn)
        before = turn


def features_of(dialogue: Sequence[Said]) -> Iterator[dict[str, float]]:
    """Give the features of each turn of the customer, from it and from what came before it."""
    return (context.features() for context in contexts_of(dialogue))


def _cues(
    turn: _Turn, answered: _Turn | None, theirs: Sequence[_Turn], ours: Sequence[_Turn]
) -> dict[str, float]:
    """Name the cues in this turn, in the answer before it and in the turns before those."""
    reply = answered.cues if answered else frozenset[str]()
    found = {f"says {name}" for name in turn.cues} | {f"heard {name}" for name in reply}
    found |= {f"said {name}" for name in theirs[-1].cues} if theirs else set()
    found |= {f"heard before {name}" for name in ours[-2].cues} if len(ours) > 1 else set()
    failed = bool(reply & {"none", "sorry"})
    joint = {
        "heard no": failed,
        "heard no, says no": "none" in reply and "no" in turn.cues,
        "heard no, asks anew": failed and "instead" in turn.cues,
        "thanks and praise": turn.cues >= {"thanks", "praise"},
        "done and praise": "done" in reply and "praise" in turn.cues,
        "asked and praise": answered is not None and "?" in answered.text and "praise" in turn.cues,
    }
    found |= {name for name, holds in joint.items() if holds}
    return dict.fromkeys(found, 1.0)


def _course(context: Context) -> dict[str, float]:
    """Measure how the dialogue went so far: repetition, failures, length."""
    turn, answered, theirs, ours, number = context
    asked = theirs[-1].words if theirs else frozenset[str]()
    reply = answered.text if answered else ""
    recent = ours[-BACK:]
    return {
        "first": float(not theirs),
        "unanswered": float(answered is None),
        "turns": number / 10,
        "length": turn.length,
        "heard length": answered.length if answered else 0.0,
        "asks": float("?" in turn.text),
        "asked": float("?" in reply),
        "shouts": float("!" in turn.text),
        "heard shout": float("!" in reply),
        "heard a number": float(bool(re.search(r"\d", reply))),
        "repeats": max((_alike(turn.words, one.words) for one in theirs[-BACK:]), default=0.0),
        "repeats the last": _alike(turn.words, asked),
        "heard the same": max(
            (_alike(one.words, ours[-1].words) for one in ours[:-1][-BACK:]), default=0.0
        ),
        "was answered": _alike(asked, answered.words) if answered else 0.0,
        "failures": min(3, _count(recent, "sorry") + _count(recent, "none")) / 3,
        "done so far": min(3, _count(ours, "done")) / 3,
        "no so far": min(3, _count(theirs[-BACK:], "no")) / 3,
        "thanks so far": min(3, _count(theirs[-BACK:], "thanks")) / 3,
    }


def _moods(theirs: Sequence[_Turn]) -> dict[str, float]:
    felt = [turn.sentiment for turn in theirs[-BACK:]]
    known = [one for one in felt if one is not None]
    now = felt[-1] or Sentiment(negative=0.0, neutral=1.0, positive=0.0)
    return {
        "negative": now.negative,
        "positive": now.positive,
        "negative so far": sum(one.negative for one in known) / max(len(known), 1),
        "positive so far": sum(one.positive for one in known) / max(len(known), 1),
    }


def _alike(one: frozenset[str], other: frozenset[str]) -> float:
    """Give the share of common words (Jaccard)."""
    return len(one & other) / max(1, len(one | other))


def _count(turns: Sequence[_Turn], cue: str) -> int:
    return sum(cue in turn.cues for turn in turns)
