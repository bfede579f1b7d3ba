"""A file on its way in, and what every reader of files is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from infra.blobs import BlobStore
from infra.sources.arrival import Rejection, SourceDefaults, rejection
from infra.sources.sniff import HEAD
from processors.normalise.result import Company
from schemas.errors import InvalidEvent

LARGEST_DOCUMENT = 256 * 1024 * 1024


@dataclass(frozen=True)
class Found:
    """A file found. `name` is its path below what was asked for, with slashes on any system."""

    path: Path
    name: str

    @property
    def base(self) -> str:
        """Give the file name alone."""
        return self.path.name

    def head(self) -> bytes:
        """Read the first bytes.

        Raises:
            InvalidEvent: `unreadable`.
        """
        return self._read(HEAD)

    def data(self) -> bytes:
        """Read the whole file.

        Raises:
            InvalidEvent: `unreadable`, `too_large` above `LARGEST_DOCUMENT`.
        """
        data = self._read(LARGEST_DOCUMENT + 1)
        if len(data) > LARGEST_DOCUMENT:
            raise InvalidEvent("too_large", f"the file is over {LARGEST_DOCUMENT >> 20} MiB")
        return data

    def written_at(self, now: datetime) -> datetime:
        """Tell when the file was last written, in UTC; a time in the future becomes `now`.

        Raises:
            InvalidEvent: `unreadable`.
        """
        try:
            written = datetime.fromtimestamp(self.path.stat().st_mtime, UTC)
        except OSError as error:
            raise _unreadable(error) from error
        return min(written, now)

    def refused(self, error: InvalidEvent) -> Rejection:
        """Refuse this file, keeping its first bytes where it can be read at all."""
        try:
            return rejection(self.name, error, self.head())
        except InvalidEvent as unreadable:
            return rejection(self.name, unreadable)

    def _read(self, size: int) -> bytes:
        try:
            with self.path.open("rb") as file:
                return file.read(size)
        except OSError as error:
            raise _unreadable(error) from error


@dataclass(frozen=True)
class Intake:
    """What every reader of files is given."""

    defaults: SourceDefaults
    blobs: BlobStore
    company: Company
    now: datetime


Siblings = Mapping[str, Found]


def _unreadable(error: OSError) -> InvalidEvent:
    return InvalidEvent("unreadable", f"the file cannot be read: {error.strerror or 'I/O error'}")
