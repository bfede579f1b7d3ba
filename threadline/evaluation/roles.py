"""How many words of a call are given to the one who said them: agent or customer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

import numpy as np

from processors.evaluation.scripts import speakers_of_words
from schemas.events import Role
from threadline.evaluation.calls import LAYOUT, Call, Heard, hear, read_calls, retold, side_of
from threadline.evaluation.classifying import Judged, confusion, figure, times_real_time
from threadline.evaluation.lab import Lab
from threadline.evaluation.task import Case, Figure, Report, Task, Trial

ROLES = (Role.AGENT.value, Role.CUSTOMER.value)


def run(data: Path, lab: Lab) -> Report:
    """Transcribe calls, say who speaks, and compare with the scripts."""
    calls = read_calls(data)
    lab.transcriber  # noqa: B018  # loaded before the watch starts
    with lab.stopwatch() as watch:
        heard = list(hear(calls, lab))
    shared = [one for one in heard if not one.call.sides and one.call.script]
    apart = [one for one in heard if one.call.sides]
    words = [word for one in shared for word in _words(one)]
    turns = [turn for one in apart for turn in _turns(one)]
    named = [turn for one in apart for turn in _turns(retold(one))]
    figures = [*_of_words(words, shared, lab)] if words else []
    for name, items in (("turns, channels named", named), ("turns, told by the words", turns)):
        if items:
            figures.append(_right(f"two channels: {name}", items, lab, main="named" in name))
    return Report(
        task="roles",
        figures=tuple(figures),
        engines=(lab.engines.names[0],),
        confusions=tuple(
            confusion(items, ROLES, name)
            for name, items in (("words, one channel", words), ("turns, two channels", turns))
            if items
        ),
        worst=tuple(_worst(words)),
        speed=(times_real_time(sum(call.length_s for call in calls), watch, len(calls)),),
        notes=(
            "The words heard are aligned with the script; a word that stands nowhere near it is"
            " not counted. Intervals resample calls.",
        ),
    )


def _words(heard: Heard) -> Iterator[Judged]:
    """Give each word with the role it got; `text` is the turn."""
    said = [(word.text, turn) for turn in heard.turns for word in turn.words]
    truth = speakers_of_words([text for text, _ in said], heard.call.script)
    for at, ((_, turn), speaker) in enumerate(zip(said, truth, strict=True)):
        if speaker is not None:
            yield Judged(
                id=f"{heard.call.name} {turn.start_s or 0:.1f} s #{at}",
                text=turn.text,
                truth=side_of(speaker),
                answer=turn.role.value,
                confidence=turn.role_confidence or 0.0,
                group=heard.call.name,
            )


def _turns(heard: Heard) -> Iterator[Judged]:
    for turn in heard.turns:
        assert turn.track is not None
        yield Judged(
            id=f"{heard.call.name} {turn.start_s or 0:.1f} s",
            text=turn.text,
            truth=heard.call.sides[turn.track],
            answer=turn.role.value,
            group=heard.call.name,
        )


def _of_words(words: Sequence[Judged], heard: Sequence[Heard], lab: Lab) -> Iterator[Figure]:
    yield _right("one channel: words", words, lab, main=True)
    unknown = np.array([word.answer == Role.UNKNOWN.value for word in words])
    groups = [word.group for word in words]
    yield figure(
        "one channel: words left unknown",
        lambda at: float(unknown[at].mean()),
        len(words),
        lab,
        groups=groups,
    )
    counted = np.array([_voices(one) == _speakers(one.call) for one in heard])
    yield figure(
        "one channel: number of voices", lambda at: float(counted[at].mean()), len(heard), lab
    )


def _right(name: str, items: Sequence[Judged], lab: Lab, *, main: bool) -> Figure:
    right = np.array([item.truth == item.answer for item in items])
    groups = [item.group for item in items]
    return figure(
        name, lambda at: float(right[at].mean()), len(items), lab, groups=groups, main=main
    )


def _voices(heard: Heard) -> int:
    return len({(turn.track, turn.speaker) for turn in heard.turns})


def _speakers(call: Call) -> int:
    return len({line.speaker for line in call.script})


def _worst(words: Sequence[Judged]) -> Iterator[Case]:
    """Show the turns that hold most wrong words."""
    missed = [word for word in words if word.truth != word.answer]
    turns = [list(group) for _, group in groupby(missed, key=lambda word: (word.group, word.text))]
    for turn in sorted(turns, key=lambda turn: (-len(turn), turn[0].id))[:20]:
        first = turn[0]
        yield Case(
            id=first.id,
            text=first.text,
            truth=first.truth,
            answer=first.answer,
            cost=float(len(turn)),
            about=f"{len(turn)} words",
        )


TASK = Task(
    name="roles",
    about="Who is agent and who is customer in a call.",
    layout=LAYOUT,
    run=run,
    trials=(
        Trial(
            "calls with one channel, synthetic voices",
            "calls/vcon-server",
            "cues written without them; thresholds of voices set with them in view",
        ),
        Trial("a call with two channels", "calls/two-channel", "not trained on"),
    ),
    speech=True,
)
