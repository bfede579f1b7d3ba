"""Progress of long work: a rate and the time left, on a terminal only."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from streams.runners.runner import StageProgress


@contextlib.contextmanager
def counting(what: str, *, show: bool) -> Iterator[Callable[[int], None]]:
    """Count work whose end is not known, with its rate."""
    console = Console(stderr=True)
    with Progress(
        SpinnerColumn(),
        TextColumn(what),
        TextColumn("{task.completed:,} inputs"),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not (show and console.is_terminal),
    ) as progress:
        task = progress.add_task(what, total=None, rate="")

        def advance(number: int) -> None:
            progress.advance(task, number)
            speed = progress.tasks[0].finished_speed or progress.tasks[0].speed
            progress.update(task, rate=f"{speed:,.0f}/s" if speed else "")

        yield advance


class StageBars:
    """One bar per stage that has work: done, waiting, rate, time left.

    Speech tells the minutes of audio done and how many times faster than real time that is;
    `heard_s` counts its seconds. Without a terminal it prints a line for every tenth of the
    slowest stage, speech.
    """

    def __init__(self, *, show: bool, heard_s: Callable[[], float] = lambda: 0.0) -> None:
        self._heard_s = heard_s
        self._began = time.monotonic()
        console = Console(stderr=True)
        self._plain = show and not console.is_terminal
        self._progress = Progress(
            TextColumn("{task.description:>12}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]:>9}"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not (show and console.is_terminal),
        )
        self._tasks: dict[str, TaskID] = {}
        self._tenth = 0
        self._heard, self._took = 0.0, 0.0

    def __enter__(self) -> StageBars:
        """Start drawing."""
        self._progress.start()
        return self

    def __exit__(self, *exc: object) -> None:
        """Stop drawing."""
        self._progress.stop()

    def update(self, stages: list[StageProgress]) -> None:
        """Draw where each stage is."""
        for name, delivered, waiting in stages:
            total = delivered + waiting
            if not total:
                continue
            if name not in self._tasks:
                self._tasks[name] = self._progress.add_task(name, total=total, rate="")
            task = self._tasks[name]
            self._progress.update(task, completed=delivered, total=total)
            speed = self._progress.tasks[task].speed
            self._progress.update(task, rate=f"{speed:,.0f}/s" if speed else "")
            if name == "transcribe":
                self._speech(task, delivered, waiting)

    @property
    def told(self) -> str:
        """Say how much audio was heard and how fast; what other stages do after it is no part."""
        return real_time(self._heard, self._took)

    def _speech(self, task: TaskID, delivered: int, waiting: int) -> None:
        """Tell how fast recordings are heard; what was remembered took no hearing."""
        elapsed, total = time.monotonic() - self._began, delivered + waiting
        if waiting or self._heard_s() > self._heard:
            self._heard, self._took = self._heard_s(), elapsed
        told = self.told
        if told:
            self._progress.update(task, rate=told)
        if self._plain and delivered * 10 // total > self._tenth:
            self._tenth = delivered * 10 // total
            left = f", {left_s(elapsed, delivered, waiting) / 60:.1f} min left" if waiting else ""
            heard = f": {told}{left}" if told else ""
            click.echo(f"  transcribed {delivered} of {total} recordings{heard}", err=True)


def real_time(heard_s: float, elapsed_s: float) -> str:
    """Say how much audio was heard, and how many times faster than real time; "" for none."""
    if not heard_s or elapsed_s <= 0:
        return ""
    return f"{heard_s / 60:.1f} min of audio, {heard_s / elapsed_s:.1f}x real time"


def left_s(elapsed_s: float, delivered: int, waiting: int) -> float:
    """Estimate the seconds that are left, if what waits is like what is done."""
    return elapsed_s * waiting / delivered if delivered else 0.0
