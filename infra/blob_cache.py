"""A folder of files fetched from elsewhere, of which those used last stay."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from infra.blobs import write_whole

KEEP_S = 600
"""Seconds for which a file that was given out stays, however full the folder is."""


class BlobCache:
    """Fetches a blob once, however many threads ask; several processes may share the folder.

    When the files exceed `most` bytes, those used longest ago go, but none used within `keep_s`
    seconds: whoever was given one may still open it.
    """

    def __init__(self, folder: Path, most: int, *, keep_s: float = KEEP_S) -> None:
        self._folder = folder
        self._most = most
        self._keep_s = keep_s
        self._fetching = [threading.Lock() for _ in range(256)]
        self._counting = threading.Lock()
        self._bytes: int | None = None

    def get(self, name: str, fetch: Callable[[BinaryIO], object]) -> Path:
        """Give the file of a blob; `fetch` writes it when it is not here."""
        place = self._place(name)
        with self._fetching[int(name[:2], 16)]:
            try:
                os.utime(place)
            except FileNotFoundError:
                write_whole(place, fetch)
                self._count(place.stat().st_size)
        return place

    def drop(self, name: str) -> None:
        """Forget a blob."""
        self._place(name).unlink(missing_ok=True)

    def _place(self, name: str) -> Path:
        return self._folder / name[:2] / name

    def _count(self, new: int) -> None:
        with self._counting:
            if self._bytes is not None and self._bytes + new <= self._most:
                self._bytes += new
                return
            self._bytes = self._make_room()

    def _make_room(self) -> int:
        """Remove the files used longest ago, and count the bytes that stay."""
        files = sorted(_files(self._folder))
        total = sum(size for _, size, _ in files)
        kept_from = time.time_ns() - int(self._keep_s * 1e9)
        # A little more than needed, so that not every fetch has to look at every file.
        goal = self._most if total <= self._most else self._most * 9 // 10
        for used_at, size, path in files:
            if total <= goal or used_at >= kept_from:
                break
            path.unlink(missing_ok=True)
            total -= size
        return total


def _files(folder: Path) -> list[tuple[int, int, Path]]:
    found = []
    for path in folder.glob("??/*"):
        try:
            state = path.stat()
        except FileNotFoundError:
            continue  # another process has just removed it
        found.append((state.st_mtime_ns, state.st_size, path))
    return found
