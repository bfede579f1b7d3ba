"""The batch loop on confluent-kafka, for hot stages: one thread per stage."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from infra.log.base import Positions, Record
from streams.runners.share import Share

POLL_S = 0.2


class GroupReader(Protocol):
    """A member of a consumer group."""

    def poll(self, limit: int, wait_s: float) -> list[Record]:
        """Give the next records, at most `limit`, waiting for the first of them."""

    def commit(self, positions: Positions) -> None:
        """Tell the group how far this member is: a hint for lag, not the truth."""

    def assigned(self) -> frozenset[str]:
        """Name the partitions that this member holds; safe from any thread."""

    def close(self) -> None:
        """Leave the group."""


OpenReader = Callable[[Share], GroupReader]


class ConfluentFeeds:
    """Polls, delivers and commits, each stage in a thread of its own."""

    def __init__(self, shares: Sequence[Share], open_reader: OpenReader) -> None:
        self._open_reader = open_reader
        self._readers: dict[str, GroupReader] = {}
        self._failure: BaseException | None = None
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._guarded, args=(share,), name=share.stage.name)
            for share in shares
        ]

    def start(self) -> None:
        """Join the groups and begin to deliver."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish the batches in hand, say how far they are, and leave the groups."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def failure(self) -> BaseException | None:
        """Give what has ended a share; None while all is well."""
        return self._failure

    def assigned(self, stage: str) -> frozenset[str]:
        """Name the partitions that this worker holds for a stage."""
        reader = self._readers.get(stage)
        return reader.assigned() if reader is not None else frozenset()

    def _guarded(self, share: Share) -> None:
        reader = self._readers[share.stage.name] = self._open_reader(share)
        try:
            while not self._stop.is_set():
                records = reader.poll(share.stage.batch, POLL_S)
                if records:
                    share.deliver(records)
                    reader.commit({one.partition: one.offset for one in records})
        except BaseException as error:  # noqa: BLE001  # handed to the worker, which ends with it
            self._failure = error
        finally:
            reader.close()
