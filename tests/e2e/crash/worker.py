"""`threadline` whose batches last: so that faults fall into the work. Only the crash suite runs it.

`python -m tests.e2e.crash.worker --pause 0.3 -- --home HOME run` is `threadline --home HOME run`,
but that every batch takes a while longer, half of it before the commit and half of it between what
is written to the log and what is written to the store; and that time passes only when the suite
says so, because what is decided while history pours in depends on when it is decided.

`--acknowledge-first` is the control: positions are moved before anything is written, which is the
mistake that the suite must be able to see.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import cast
from unittest.mock import patch

from infra.log.base import Log, NewRecord, Positions
from infra.store.base import Fence
from streams.delivery import Answers, Backend, Delivery, Outcome
from streams.pipeline import PipelineRules, pipeline
from streams.runners import share
from streams.runners.clock import Clock
from streams.topology import Message, Stage, Topology
from threadline import wiring
from threadline.__main__ import main as threadline


class LingeringLog:
    """A log after whose writing nothing happens for a while."""

    def __init__(self, log: Log, pause_s: float) -> None:
        self._log = log
        self._pause_s = pause_s

    def append(self, records: Sequence[NewRecord]) -> None:
        self._log.append(records)
        time.sleep(self._pause_s)

    def __getattr__(self, name: str) -> object:
        return getattr(self._log, name)


class SlowDelivery(Delivery):
    """Takes its time: half of it before the commit, half of it between log and store."""

    pause_s = 0.3

    def __init__(self, stage: Stage, backend: Backend, now_ms: Callable[[], int]) -> None:
        lingering = cast("Log", LingeringLog(backend.log, self.pause_s / 2))
        super().__init__(stage, backend._replace(log=lingering), now_ms)

    def _attempt(
        self, messages: Sequence[Message], answers: Answers, base: Mapping[str, bytes | None]
    ) -> Outcome:
        outcome = super()._attempt(messages, answers, base)
        time.sleep(self.pause_s / 2)
        return outcome


class AcknowledgingFirst(SlowDelivery):
    """The wrong order: says that a batch is done, and then does it."""

    def _commit(self, outcome: Outcome, expected: Fence, applied: Positions) -> None:
        store = self._backend.store
        with store.transaction():
            store.advance(self.stage.name, expected, applied)
        time.sleep(self.pause_s / 2)
        super()._commit(outcome, {**expected, **applied}, applied)


def main() -> None:
    """Read our own options, then run `threadline` with the others."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--pause", type=float, default=0.3, help="seconds per batch")
    arguments.add_argument("--batch", type=int, default=500, help="records per batch, at most")
    arguments.add_argument("--acknowledge-first", action="store_true")
    arguments.add_argument("words", nargs="+")
    given = arguments.parse_args()
    SlowDelivery.pause_s = given.pause

    def shorter(rules: PipelineRules) -> Topology:
        stages = pipeline(rules).stages
        return Topology(tuple(replace(s, batch=min(s.batch, given.batch)) for s in stages))

    delivery = AcknowledgingFirst if given.acknowledge_first else SlowDelivery
    sys.argv = ["threadline", *given.words]
    with (
        patch.object(share, "Delivery", delivery),
        patch.object(wiring, "pipeline", shorter),
        patch.object(Clock, "is_due", lambda *_, **__: False),
    ):
        threadline()


if __name__ == "__main__":
    main()
