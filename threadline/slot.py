"""Name this worker: unique among those that live, and the same again after a restart."""

from __future__ import annotations

import fcntl
import os
import socket
from dataclasses import dataclass
from itertools import count
from pathlib import Path


@dataclass(frozen=True)
class Slot:
    """A name, and the lock (a file descriptor) that keeps others on this machine from taking it."""

    name: str
    lock: int | None = None

    def close(self) -> None:
        """Give the name back."""
        if self.lock is not None:
            os.close(self.lock)


def take_slot(home: Path, name: str) -> Slot:
    """Take the given name, or the host's with the first number that no live worker holds.

    A group knows its members by name: one that comes back under its old name gets its old
    partitions at once. The number's lock goes with the process, however it ends.
    """
    if name:
        return Slot(name)
    folder = home / "workers"
    folder.mkdir(parents=True, exist_ok=True)
    for number in count():
        lock = os.open(folder / f"{number}.lock", os.O_CREAT | os.O_WRONLY, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
        else:
            return Slot(f"{socket.gethostname()}-{number}", lock)
    raise AssertionError("numbers do not end")
