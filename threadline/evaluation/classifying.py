"""Report on a task whose answer is one label per item."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from processors.evaluation.bootstrap import Statistic, interval
from processors.evaluation.calibration import expected_calibration_error
from processors.evaluation.confusion import Classified, f1s, precisions, recalls
from schemas.base import Contract
from threadline.evaluation.lab import Lab, Stopwatch
from threadline.evaluation.task import Case, Confusion, Figure

WORST = 20
PER_CLASS = ": "
"""Between a label and the name of its figure, as in `negative: recall`."""
LARGEST_TABLE = 30
"""Labels above which a table of all by all tells a reader nothing."""


class Judged(Contract, frozen=True, kw_only=True):
    """One labelled item with its answer; `group` is the unit that is resampled, where set."""

    id: str
    text: str
    truth: str
    answer: str
    confidence: float = 0.0
    group: str = ""


def figure(
    name: str,
    statistic: Statistic,
    n: int,
    lab: Lab,
    *,
    groups: Sequence[str] | None = None,
    main: bool = False,
    unit: str = "%",
    less_is_better: bool = False,
) -> Figure:
    """Measure a statistic with its bootstrap interval."""
    low, high = interval(statistic, n, lab.generator(), groups=groups, rounds=lab.rounds)
    value = statistic(np.arange(n))
    return Figure(
        name=name,
        value=value,
        low=low,
        high=high,
        n=n,
        unit=unit,
        main=main,
        less_is_better=less_is_better,
    )


def classified(items: Sequence[Judged], order: Sequence[str] = ()) -> Classified:
    """Put the items into codes; `order` is how labels are listed."""
    return Classified([item.truth for item in items], [item.answer for item in items], order)


def class_figures(
    items: Sequence[Judged],
    lab: Lab,
    *,
    main: str = "macro F1",
    order: Sequence[str] = (),
    per_class: bool = True,
) -> tuple[Figure, ...]:
    """Give macro recall, macro F1, accuracy, calibration error, and figures per class.

    `main` names the one of the first three that the task is judged by.
    """
    done = classified(items, order)
    groups = [item.group for item in items] if any(item.group for item in items) else None
    measures = {
        "macro recall": done.macro_recall,
        "macro F1": done.macro_f1,
        "accuracy": done.accuracy,
    }
    found = [
        figure(name, measure, len(items), lab, groups=groups, main=name == main)
        for name, measure in measures.items()
    ]
    if any(item.confidence for item in items):
        sure = [item.confidence for item in items]
        right = [item.truth == item.answer for item in items]
        error = expected_calibration_error(sure, right)
        found.append(Figure(name="expected calibration error", value=error, n=len(items)))
    if per_class:
        found += _per_class(done)
    return tuple(found)


def _per_class(done: Classified) -> list[Figure]:
    counts = done.counts()
    tables = {"recall": recalls(counts), "precision": precisions(counts), "F1": f1s(counts)}
    return [
        Figure(name=f"{label}{PER_CLASS}{name}", value=float(values[at]), n=int(counts[at].sum()))
        for at, label in enumerate(done.labels[: done.n_true])
        for name, values in tables.items()
        if not np.isnan(values[at])
    ]


def confusion(items: Sequence[Judged], order: Sequence[str] = (), name: str = "") -> Confusion:
    """Count the items by truth and answer."""
    done = classified(items, order)
    return Confusion(
        name=name, labels=done.labels, counts=tuple(map(tuple, done.counts().tolist()))
    )


def worst(items: Sequence[Judged], many: int = WORST) -> tuple[Case, ...]:
    """Pick the wrong answers that were given with the most confidence."""
    missed = [item for item in items if item.truth != item.answer]
    missed.sort(key=lambda item: (-item.confidence, item.id))
    return tuple(
        Case(
            id=item.id,
            text=item.text,
            truth=item.truth,
            answer=item.answer,
            cost=round(item.confidence, 4),
        )
        for item in missed[:many]
    )


def texts_per_core_second(n: int, watch: Stopwatch) -> Figure:
    """Say how fast texts were read."""
    return Figure(
        name="texts per core-second",
        value=n / watch.cpu_s if watch.cpu_s else float("nan"),
        n=n,
        unit="/s",
    )


def times_real_time(audio_s: float, watch: Stopwatch, n: int) -> Figure:
    """Say how fast `n` recordings of `audio_s` seconds were heard, per core."""
    return Figure(
        name="times real time per core",
        value=audio_s / watch.cpu_s if watch.cpu_s else float("nan"),
        n=n,
        unit="x",
    )
