"""How a worker is doing: what its health server answers, and what a scrape shows."""

from __future__ import annotations

from schemas.base import Contract


class StageHealth(Contract, frozen=True, kw_only=True, omit_defaults=False):
    """One stage of a worker.

    `lag` counts the records behind the committed position of each partition that this worker
    holds. `idle_s` is the time, in seconds, since the stage last moved while records waited for it;
    0 while none wait. `delivered` and `conflicts` count since the start. `last_error` says what it
    waits for, without any customer's data; empty while it runs.
    """

    stage: str
    lag: dict[str, int]
    idle_s: float
    delivered: int
    conflicts: int
    last_error: str


class WorkerStatus(Contract, frozen=True, kw_only=True, omit_defaults=False):
    """A worker: `ready` once it has joined its groups, `stalled` when nothing moves too long."""

    ready: bool
    stalled: bool
    last_error: str
    stages: tuple[StageHealth, ...]
