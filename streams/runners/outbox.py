"""The outbox: each notification goes out once; a receiver that is away holds nothing up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from schemas.alert import Notification
from schemas.base import decode
from schemas.errors import InvalidEvent, Unavailable
from schemas.topics import NOTIFICATIONS
from streams.delivery import Backend
from streams.runners.lane import Lane
from streams.topology import Stage

WAITS_MS = (1_000, 5_000, 30_000, 120_000, 600_000)


class Sender(Protocol):
    """Whatever carries a notification to people."""

    def send(self, notification: Notification) -> None:
        """Send it.

        Raises:
            Unavailable: the receiver is away or failed; try again later.
        """


class Outbox(Lane):
    """Sends what is written to `notifications`, oldest first, until it is taken."""

    def __init__(self, backend: Backend, sender: Sender, now_ms: Callable[[], int]) -> None:
        stage = Stage("notify", 1, (NOTIFICATIONS.name,), (), lambda batch, ctx: ())
        super().__init__(stage, backend, now_ms)
        self._sender = sender
        self._clock = now_ms
        self._failures = 0
        self._next_try = 0

    def step(self) -> int:
        """Send the oldest notification that has not gone out."""
        if self._clock() < self._next_try:
            return 0
        records = self._delivery.read(self.positions, 1)
        if not records:
            return 0
        try:
            notification = decode(records[0].value, Notification)
        except InvalidEvent:
            return self._deliver(records, {})  # delivery makes it a dead letter
        if not self._backend.store.is_sent(notification.id):
            try:
                self._sender.send(notification)
            except Unavailable:
                self._next_try = self._clock() + WAITS_MS[min(self._failures, len(WAITS_MS) - 1)]
                self._failures += 1
                return 0
            with self._backend.store.transaction():
                self._backend.store.mark_sent(notification.id)
        self._failures = 0
        return self._deliver(records, {})
