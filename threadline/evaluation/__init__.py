"""Measure what Threadline says against labelled data: `threadline eval`.

One file per task; each has a `TASK`. `task.py` says what a task and its report are, `lab.py` what
a task may use, `layouts.py` how labelled data is read.
"""

from __future__ import annotations

import importlib
import importlib.util

from threadline.evaluation.task import Task

NAMES = (
    "asr",
    "roles",
    "redaction",
    "sentiment",
    "emotion",
    "complaint",
    "contact-type",
    "churn",
    "satisfaction",
    "language",
    "talk",
)


def task_names() -> tuple[str, ...]:
    """List the tasks there are, importing none."""
    return tuple(name for name in NAMES if importlib.util.find_spec(_module(name)))


def load_task(name: str) -> Task:
    """Import a task."""
    task: Task = importlib.import_module(_module(name)).TASK
    return task


def _module(name: str) -> str:
    return f"threadline.evaluation.{name.replace('-', '_')}"
