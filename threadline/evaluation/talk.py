"""How near talk time, silence and turns are to those of calls whose turns are known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from processors.evaluation.bootstrap import Statistic
from processors.evaluation.diarisation import DiarisationError, diarisation_error
from processors.talk import Speech, talk_metrics
from schemas.events import Role
from schemas.talk import TalkMetrics, TalkRules
from threadline.evaluation.calls import LAYOUT, Heard, hear, read_calls, side_of
from threadline.evaluation.classifying import figure, times_real_time
from threadline.evaluation.lab import Lab
from threadline.evaluation.task import Case, Figure, Report, Task

Floats = NDArray[np.float64]

MEASURES = {
    "agent_share": "talk share of the agent",
    "silence_s": "silence",
    "overtalk_s": "overtalk",
    "longest_silence_s": "longest silence",
    "agent_monologue_s": "longest monologue, agent",
    "customer_monologue_s": "longest monologue, customer",
}


class Compared(NamedTuple):
    """One call: error of its diarisation; its metrics by the truth and as the product says."""

    name: str
    error: DiarisationError
    truth: TalkMetrics | None
    answer: TalkMetrics | None


def run(data: Path, lab: Lab) -> Report:
    """Transcribe calls, and compare who spoke when with the truth."""
    calls = [
        call for call in read_calls(data) if any(line.start is not None for line in call.script)
    ]
    lab.transcriber  # noqa: B018  # loaded before the watch starts
    with lab.stopwatch() as watch:
        heard = list(hear(calls, lab))
    done = [_compared(one, lab.settings.file.talk) for one in heard]
    return Report(
        task="talk",
        figures=tuple(_figures(done, lab)) if done else (),
        engines=(lab.engines.names[0],),
        worst=tuple(_worst(done)),
        speed=(times_real_time(sum(call.length_s for call in calls), watch, len(calls)),),
        notes=(
            "Diarisation error: missed, invented and confused time over time spoken, 0.25 s around"
            " borders not counted, overlap counted; best pairing of speakers (NIST RT-09).",
            "Metrics of sides only where the truth names agent and customer.",
            *(() if done else ("No call here has turns with times.",)),
        ),
    )


def _compared(heard: Heard, rules: TalkRules) -> Compared:
    truth = [
        (side_of(line.speaker), line.start, line.end)
        for line in heard.call.script
        if line.start is not None and line.end is not None
    ]
    said = [
        (f"{turn.track}/{turn.speaker}", turn.start_s or 0.0, turn.end_s or 0.0)
        for turn in heard.turns
    ]
    roles = {name for name, _, _ in truth} <= set(Role)
    spoken = [
        Speech(turn.role, turn.start_s or 0.0, turn.end_s or 0.0, len(turn.words))
        for turn in heard.turns
    ]
    known = [Speech(Role(name), start, end) for name, start, end in truth] if roles else []
    return Compared(
        heard.call.name,
        diarisation_error(truth, said),
        talk_metrics(known, rules=rules),
        talk_metrics(spoken, rules=rules),
    )


def _figures(done: Sequence[Compared], lab: Lab) -> Iterator[Figure]:
    speech = np.array([one.error.speech_s for one in done])
    parts = {
        "diarisation error rate": [
            one.error.missed_s + one.error.false_alarm_s + one.error.confused_s for one in done
        ],
        "of it missed": [one.error.missed_s for one in done],
        "of it invented": [one.error.false_alarm_s for one in done],
        "of it confused": [one.error.confused_s for one in done],
    }
    for name, seconds in parts.items():
        wrong = np.array(seconds)
        yield figure(
            name,
            _share(wrong, speech),
            len(done),
            lab,
            main=name == "diarisation error rate",
            less_is_better=True,
        )
    both = [(one.truth, one.answer) for one in done if one.truth and one.answer]
    for field, name in MEASURES.items() if both else ():
        off = np.array(
            [abs((getattr(a, field) or 0.0) - (getattr(b, field) or 0.0)) for a, b in both]
        )
        yield figure(
            f"{name}: mean error",
            _mean(off),
            len(both),
            lab,
            unit="%" if field == "agent_share" else "s",
            less_is_better=True,
        )


def _share(part: Floats, whole: Floats) -> Statistic:
    return lambda at: float(part[at].sum() / max(whole[at].sum(), 1e-9))


def _mean(values: Floats) -> Statistic:
    return lambda at: float(values[at].mean())


def _worst(done: Sequence[Compared]) -> Iterator[Case]:
    for one in sorted(done, key=lambda one: (-one.error.rate, one.name))[:20]:
        yield Case(
            id=one.name,
            text="",
            truth=f"{one.error.speech_s} s spoken",
            answer=f"missed {one.error.missed_s} s, invented {one.error.false_alarm_s} s,"
            f" confused {one.error.confused_s} s",
            cost=round(one.error.rate, 4),
        )


TASK = Task(
    name="talk",
    about="Who speaks when: talk share, silence, overtalk, monologues.",
    layout=LAYOUT,
    run=run,
    speech=True,
)
