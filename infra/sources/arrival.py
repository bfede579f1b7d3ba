"""What a source hands over: a record that came in, or an input that was refused and why."""

from __future__ import annotations

from dataclasses import dataclass

from processors.normalise.event_line import SourceDefaults
from schemas.errors import InvalidEvent
from schemas.events import Event, Payload

__all__ = ["LARGEST_KEPT", "Arrival", "Rejection", "SourceDefaults", "rejection"]

LARGEST_KEPT = 1 << 20


@dataclass(frozen=True)
class Arrival:
    """A record that came in. `name` is its file, or `file:line` or `file[index]` inside one.

    `parts` names further files that belong to it, such as a sidecar: inputs accepted with it.
    """

    name: str
    record: Event | Payload
    parts: tuple[str, ...] = ()

    @property
    def inputs(self) -> int:
        """Count the inputs that this record accounts for."""
        return 1 + len(self.parts)


@dataclass(frozen=True)
class Rejection:
    """An input that was refused. `data` keeps its first `LARGEST_KEPT` bytes at most."""

    name: str
    reason: str
    message: str
    data: bytes | None = None
    field: str | None = None
    line: int | None = None

    @property
    def inputs(self) -> int:
        """Count the inputs that this refusal accounts for: one."""
        return 1


def rejection(name: str, error: InvalidEvent, data: bytes | None = None) -> Rejection:
    """Turn an error about an input into its refusal."""
    return Rejection(
        name=name,
        reason=error.reason,
        message=error.detail,
        data=None if data is None else data[:LARGEST_KEPT],
        field=error.field,
        line=error.line,
    )
