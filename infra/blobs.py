"""Keep audio, named by its content: the same bytes are kept once. Here in a folder."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO, Protocol

from schemas.errors import InvalidEvent
from schemas.ids import content_hash

_NAME = re.compile(r"[0-9a-f]{40}", re.ASCII)
_CHUNK = 1 << 20


class BlobStore(Protocol):
    """What keeps audio, whoever keeps it; safe for many threads and processes at once.

    Raises (from every method):
        Unavailable: it cannot be reached now.
        ConfigError: it is not there at all, or access is denied.
    """

    def __hash__(self) -> int:
        """Tell stores apart, so that what is worked out from their blobs can be remembered."""

    def put(self, data: bytes) -> str:
        """Keep bytes and give their name, 40 hexadecimal characters."""

    def put_file(self, path: Path) -> str:
        """Keep a copy of a file and give its name; memory use does not grow with its size."""

    def path(self, name: str) -> Path:
        """Find a local file with the bytes of a blob; it stays for at least some minutes.

        Raises:
            InvalidEvent: `invalid_blob` where it is no name of a blob, `missing_blob`.
        """

    def open(self, name: str) -> BinaryIO:
        """Open a blob for reading.

        Raises:
            InvalidEvent: as `path`.
        """

    def holds(self, name: str) -> bool:
        """Tell whether a blob of this name is here; any text may be asked about."""

    def remove(self, name: str) -> None:
        """Remove a blob, for erasure; one that is gone already is no error.

        Raises:
            InvalidEvent: `invalid_blob`.
        """


def is_blob_name(name: str) -> bool:
    """Tell whether a text is a name of a blob; the check also keeps names from leaving a folder."""
    return _NAME.fullmatch(name) is not None


def checked(name: str) -> str:
    """Give a name back when it is one of a blob.

    Raises:
        InvalidEvent: `invalid_blob`.
    """
    if not is_blob_name(name):
        raise InvalidEvent("invalid_blob", "a blob is named by 40 hexadecimal characters")
    return name


def hash_of(file: BinaryIO) -> str:
    """Name the blob of a file that is open, reading it to its end."""
    state = blake2b(digest_size=20)
    while chunk := file.read(_CHUNK):
        state.update(chunk)
    return state.hexdigest()


def write_whole(place: Path, write: Callable[[BinaryIO], object]) -> None:
    """Write a file so that it is either whole, and on the disk, or not there."""
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, unfinished = tempfile.mkstemp(dir=place.parent, prefix=".unfinished-")
    try:
        with os.fdopen(handle, "wb") as target:
            write(target)
            target.flush()
            os.fsync(target.fileno())
        Path(unfinished).replace(place)
    finally:
        Path(unfinished).unlink(missing_ok=True)


class Blobs:
    """A folder of content-addressed files; safe for many writers at once."""

    def __init__(self, folder: Path | str) -> None:
        self._folder = Path(folder)

    def put(self, data: bytes) -> str:
        """Keep bytes and give their name, 40 hexadecimal characters."""
        name = content_hash(data)
        self._keep(name, lambda target: target.write(data))
        return name

    def put_file(self, path: Path) -> str:
        """Keep a copy of a file and give its name; memory use does not grow with its size."""
        with path.open("rb") as file:
            name = hash_of(file)
            file.seek(0)
            self._keep(name, lambda target: shutil.copyfileobj(file, target, _CHUNK))
        return name

    def path(self, name: str) -> Path:
        """Find the file of a blob.

        Raises:
            InvalidEvent: `invalid_blob` where it is no name of a blob, `missing_blob`.
        """
        place = self._place(name)
        if not place.is_file():
            raise InvalidEvent("missing_blob", f"there is no blob {name}")
        return place

    def open(self, name: str) -> BinaryIO:
        """Open a blob for reading.

        Raises:
            InvalidEvent: as `path`.
        """
        return self.path(name).open("rb")

    def holds(self, name: str) -> bool:
        """Tell whether a blob of this name is here; any text may be asked about."""
        return is_blob_name(name) and self._place(name).is_file()

    def remove(self, name: str) -> None:
        """Remove a blob, for erasure; one that is gone already is no error.

        Raises:
            InvalidEvent: `invalid_blob`.
        """
        self._place(name).unlink(missing_ok=True)

    def _place(self, name: str) -> Path:
        return self._folder / checked(name)[:2] / name

    def _keep(self, name: str, write: Callable[[BinaryIO], object]) -> None:
        place = self._place(name)
        if not place.is_file():
            write_whole(place, write)
