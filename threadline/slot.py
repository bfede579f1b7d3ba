"""Name this worker: unique among those that live, and the same again after a restart."""

from __future__ import annotations

import fcntl
import socket
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import IO


@dataclass(frozen=True)
class Slot:
    """A name, and the lock that keeps others on this machine from taking it."""

    name: str
    lock: IO[str] | None = None

    def close(self) -> None:
        """Give the name back."""
        if self.lock is not None:
            self.lock.close()


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
        lock = (folder / f"{number}.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
        else:
            return Slot(f"{socket.gethostname()}-{number}", lock)
    raise AssertionError("numbers do not end")
