"""An alert that negative sentiment has risen, with the evidence for it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from schemas.base import Contract


class Window(Contract, frozen=True, kw_only=True):
    """One tested window: counts, what the season led us to expect, and both tests."""

    minutes: int
    contacts: int
    negatives: int
    expected_negatives: float
    expected_share: float
    count_p: float
    share_p: float


class Alert(Contract, frozen=True, kw_only=True):
    """One episode of one rule on one segment; `id` is derived from those three.

    `segment` reads `brand=United`; `tenant` alone is written `all`. Times are event time, those of
    the rule `ledger-gap` the clock's. `about` says what happened where no window does.
    """

    id: str
    tenant: str
    rule: str
    segment: str
    started_at: datetime
    fired_at: datetime
    state: Literal["firing", "cleared"] = "firing"
    cleared_at: datetime | None = None
    windows: tuple[Window, ...] = ()
    terms: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    about: str | None = None
    revision: int = 1


class Tick(Contract, frozen=True, kw_only=True):
    """Wall-clock time as a record, so that deadlines and windows replay exactly."""

    now: datetime
    idle: bool = False


class Notification(Contract, frozen=True, kw_only=True):
    """A message to be sent once: `id` is the receiver's idempotency key."""

    id: str
    tenant: str
    alert: Alert
