"""Measure every trial of every task, and keep the figures: `make accuracy`.

A trial that was measured with the same code, weights and options is not measured again, so that
a run that was cut off goes on where it stood.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path

import msgspec

from schemas.base import Contract, decode, encode
from schemas.errors import ConfigError
from threadline.evaluation import load_task, task_names
from threadline.evaluation.baselines import known_baselines
from threadline.evaluation.classifying import LARGEST_TABLE, PER_CLASS
from threadline.evaluation.lab import Lab
from threadline.evaluation.task import Figure, Report, Task, Trial
from threadline.settings import Settings

ROOT = Path(__file__).parents[2]
CODE = ("threadline/evaluation", "infra", "models", "processors", "schemas")
RECORDED = Path(__file__).parent / "baselines.json"

Say = Callable[[str], None]


class Entry(Contract, frozen=True, kw_only=True):
    """One measured trial: what was measured on which data, without any of its texts."""

    task: str
    trial: str
    about: str
    data: str
    report: Report
    seconds: float = 0.0


class Measured(Contract, frozen=True, kw_only=True):
    """All that was measured, and when (ISO 8601 day)."""

    day: str
    cores: int
    entries: tuple[Entry, ...] = ()


def trials(only: str = "") -> Iterator[tuple[Task, Trial]]:
    """List what the accuracy report measures, of one task or of all."""
    for name in task_names():
        if only in ("", name):
            task = load_task(name)
            yield from ((task, trial) for trial in task.trials)


def measure(
    settings: Settings, data: Path, kept: Path, *, day: str, only: str = "", say: Say
) -> Measured:
    """Measure all trials on the sets below `data`; what is done already comes from `kept`.

    Raises:
        ConfigError: there is no such folder, or it lacks the data of a trial.
    """
    planned = list(trials(only))
    missing = sorted({trial.data for _, trial in planned if not (data / trial.data).exists()})
    if missing:
        raise ConfigError(f"{data} lacks {', '.join(missing)}")
    kept.mkdir(parents=True, exist_ok=True)
    version = fingerprint(settings)
    entries = []
    for at, (task, trial) in enumerate(planned, 1):
        place = kept / f"{_slug(task.name, trial.name)}-{version}.json"
        done = _read(place)
        told = f"{at}/{len(planned)} {task.name}, {trial.name}"
        if done is None:
            say(f"{told} ...")
            done = _measured(settings, data, kept, task, trial)
            place.write_bytes(encode(done))
        say(f"{told}: {_headline(done.report)} ({done.seconds:.0f} s)")
        entries.append(done)
    return Measured(day=day, cores=settings.worker_count, entries=tuple(entries))


def _place(data: Path, kept: Path, task: Task, trial: Trial) -> Path:
    """Find the data of a trial, made where it has to be."""
    if trial.made is None:
        return data / trial.data
    folder = kept / "made" / _slug(task.name, trial.name)
    done = folder.with_suffix(".done")
    if not done.is_file():
        trial.made(data, folder)
        done.touch()
    return folder


def _measured(settings: Settings, data: Path, kept: Path, task: Task, trial: Trial) -> Entry:
    if trial.speech_model:
        settings = msgspec.structs.replace(settings, speech_model=trial.speech_model)
    lab = Lab(settings, part=trial.part)
    began = time.perf_counter()
    try:
        report = task.run(_place(data, kept, task, trial), lab)
        more = trial.baselines(data, lab) if trial.baselines else ()
    finally:
        lab.close()
    known = known_baselines(RECORDED.read_bytes(), task.name, trial.name)
    report = msgspec.structs.replace(
        report.without_texts(),
        data=trial.data,
        part=trial.part,
        figures=_numbers(_without_many_classes(report.figures)),
        confusions=tuple(
            table for table in report.confusions if len(table.labels) <= LARGEST_TABLE
        ),
        baselines=(*report.baselines, *more, *known),
    )
    return Entry(
        task=task.name,
        trial=trial.name,
        about=trial.about,
        data=trial.data,
        report=report,
        seconds=round(time.perf_counter() - began, 1),
    )


def _without_many_classes(figures: Sequence[Figure]) -> list[Figure]:
    per_class = sum(PER_CLASS in figure.name for figure in figures)
    if per_class <= LARGEST_TABLE * len(("recall", "precision", "F1")):
        return list(figures)
    return [figure for figure in figures if PER_CLASS not in figure.name]


def _numbers(figures: Sequence[Figure]) -> tuple[Figure, ...]:
    """Leave out what is no number, and ends of intervals that are none: JSON has no sign for it."""
    return tuple(
        figure
        if math.isfinite((figure.low or 0.0) + (figure.high or 0.0))
        else msgspec.structs.replace(figure, low=None, high=None)
        for figure in figures
        if math.isfinite(figure.value)
    )


def fingerprint(settings: Settings) -> str:
    """Name the code, the weights that ship with it, and the speech model in use."""
    digest = blake2b(settings.speech_model.encode(), digest_size=6)
    for folder in CODE:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".py", ".json", ".npz", ".onnx") and path.is_file():
                digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()


def _read(place: Path) -> Entry | None:
    return decode(place.read_bytes(), Entry) if place.is_file() else None


def _headline(report: Report) -> str:
    from threadline.evaluation.show import shown

    main = [figure for figure in report.figures if figure.main] or list(report.figures[:1])
    return ", ".join(f"{figure.name} {shown(figure)}" for figure in main)


def _slug(*parts: str) -> str:
    return "-".join("".join(c if c.isalnum() else "-" for c in part.casefold()) for part in parts)
