"""The batch loop on confluent-kafka, for hot stages: one thread per stage."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol

from infra.log.base import Positions, Record
from schemas.errors import Unavailable
from streams.runners.share import Share

POLL_S = 0.2
AWAY_S = 1.0


class GroupReader(Protocol):
    """A member of a consumer group."""

    def poll(self, limit: int, wait_s: float) -> list[Record]:
        """Give the next records, at most `limit`, waiting for the first of them."""

    def commit(self, positions: Positions) -> None:
        """Tell the group how far this member is: a hint for lag, not the truth."""

    def assigned(self) -> frozenset[str] | None:
        """Name the partitions that this member holds, None before it has joined; any thread."""

    def close(self) -> None:
        """Leave the group."""


OpenReader = Callable[[Share], GroupReader]


class ConfluentFeeds:
    """Polls, delivers and commits, each stage in a thread of its own."""

    def __init__(self, shares: Sequence[Share], open_reader: OpenReader) -> None:
        self._shares = shares
        self._open_reader = open_reader
        self._readers: dict[str, GroupReader] = {}
        self._loops: list[Future[None]] = []
        self._stop = threading.Event()
        self._threads = ThreadPoolExecutor(len(shares), thread_name_prefix="stage")

    def start(self) -> None:
        """Join the groups and begin to deliver."""
        self._loops = [self._threads.submit(self._loop, share) for share in self._shares]

    def stop(self) -> None:
        """Finish the batches in hand, say how far they are, and leave the groups."""
        self._stop.set()
        self._threads.shutdown(wait=True)

    def failure(self) -> BaseException | None:
        """Give what has ended a share; None while all is well."""
        ended = (loop.exception() for loop in self._loops if loop.done())
        return next((error for error in ended if error is not None), None)

    def assigned(self, stage: str) -> frozenset[str] | None:
        """Name the partitions that this worker holds for a stage; None before it has joined."""
        reader = self._readers.get(stage)
        return reader.assigned() if reader is not None else None

    def _loop(self, share: Share) -> None:
        reader = self._readers[share.stage.name] = self._open_reader(share)
        try:
            while not self._stop.is_set():
                try:
                    records = reader.poll(share.stage.batch, POLL_S)
                except Unavailable as error:
                    share.last_error = str(error)
                    self._stop.wait(AWAY_S)
                    continue
                if records:
                    share.deliver(records)
                    reader.commit({one.partition: one.offset for one in records})
        finally:
            reader.close()
