"""What every runner does, wherever it runs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import NamedTuple, Protocol


class StageProgress(NamedTuple):
    """How far a stage is: records delivered since the start, and records waiting."""

    stage: str
    delivered: int
    waiting: int


class Runner(Protocol):
    """Runs the pipeline, or a worker's part of it.

    Setting `wake` ends a pause; `last_error` says what is waited for, or nothing.
    """

    wake: threading.Event
    last_error: str

    def run(self, stop: threading.Event) -> None:
        """Process whatever comes until `stop` is set; batches in hand are finished first."""

    def run_until_idle(
        self, on_progress: Callable[[list[StageProgress]], None] | None = None
    ) -> int:
        """Process everything that is there, let time pass once, and finish.

        Returns the number of records delivered.

        Raises:
            Unavailable: something stayed unavailable for too long.
        """

    def progress(self) -> list[StageProgress]:
        """Tell how far each stage is."""

    def delivered(self) -> dict[str, int]:
        """Count the records delivered since the start, per stage; safe from any thread."""
