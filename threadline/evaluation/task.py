"""What a task of `threadline eval` is, and what it reports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from schemas.base import Contract
from threadline.evaluation.lab import Lab

ALL = "all"
HELD_OUT = "held-out"


class Figure(Contract, frozen=True, kw_only=True):
    """One measured number with its 95 % interval and how many items it rests on.

    Where `unit` is "%", `value`, `low` and `high` are shares of 1 and are shown times 100.
    `main` marks the figures that the task is judged by.
    """

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    n: int = 0
    unit: str = "%"
    main: bool = False
    less_is_better: bool = False


class Confusion(Contract, frozen=True, kw_only=True):
    """Items by truth (rows) and answer (columns); `labels` name both."""

    name: str = ""
    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


class Case(Contract, frozen=True, kw_only=True):
    """One item that went wrong: `cost` says how badly (the larger, the worse).

    It holds the user's own text, so it is shown to the user and never committed.
    """

    id: str
    text: str
    truth: str
    answer: str
    cost: float = 0.0
    about: str = ""


class Baseline(Contract, frozen=True, kw_only=True):
    """What something simpler or well known reaches.

    `source` says how it is known: "measured in this run", a version and date, or a publication.
    """

    name: str
    figures: tuple[Figure, ...]
    source: str = "measured in this run"


class Report(Contract, frozen=True, kw_only=True):
    """What a task found out."""

    task: str
    figures: tuple[Figure, ...]
    data: str = ""
    part: str = ALL
    engines: tuple[str, ...] = ()
    confusions: tuple[Confusion, ...] = ()
    worst: tuple[Case, ...] = ()
    baselines: tuple[Baseline, ...] = ()
    speed: tuple[Figure, ...] = ()
    notes: tuple[str, ...] = ()

    def without_texts(self) -> Report:
        """Drop what quotes the data, for a report that is passed on."""
        return msgspec.structs.replace(self, worst=())


@dataclass(frozen=True)
class Trial:
    """One measurement of the accuracy report: `data` is a path below THREADLINE_DATA, or empty.

    `about` says what the set is and that it was not trained on, and which part is used.
    `speech_model` is measured instead of that of the settings, where it is named. `baselines`
    measures more of them, given the folder of all sets. `made` makes the data that is measured out
    of `data`, given the folder of all sets and one to fill.
    """

    name: str
    data: str
    about: str
    part: str = ALL
    speech_model: str = ""
    baselines: Callable[[Path, Lab], tuple[Baseline, ...]] | None = None
    made: Callable[[Path, Path], None] | None = None


@dataclass(frozen=True)
class Task:
    """One thing that Threadline says, and how it is measured.

    `layout` documents, in plain text, the data that `run` reads. `trials` are what the accuracy
    report measures. `parts` are what it can measure besides all and held-out. `speech` tasks take
    `--speech-model`.
    """

    name: str
    about: str
    layout: str
    run: Callable[[Path, Lab], Report]
    trials: tuple[Trial, ...] = ()
    parts: tuple[str, ...] = ()
    speech: bool = False
