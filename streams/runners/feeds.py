"""What brings records to a worker's shares: a consumer group per stage, whoever speaks to it."""

from __future__ import annotations

from typing import Protocol


class Feeds(Protocol):
    """Reads the partitions that the groups assign to this worker, and hands them to its shares."""

    def start(self) -> None:
        """Join the groups and begin to deliver."""

    def stop(self) -> None:
        """Finish the batches in hand, say how far they are, and leave the groups."""

    def failure(self) -> BaseException | None:
        """Give what has ended a share; None while all is well."""

    def assigned(self, stage: str) -> frozenset[str] | None:
        """Name the partitions that this worker holds for a stage; None before it has joined."""
