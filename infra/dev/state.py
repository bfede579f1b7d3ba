"""Remember which servers of this checkout run, from one command to the next."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from infra.dev.process import Process
from infra.dev.running import Running
from infra.dev.server import Place
from infra.dev.servers import make_server


class Entry(msgspec.Struct, frozen=True):
    """What is written down of a server that was started."""

    name: str
    offset: int
    folder: str
    log: str
    process: Process


class State:
    """The servers that `python -m infra.dev start` left running, in a file of the cache."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._path = place.cache / "running.json"

    def find(self, name: str) -> Running | None:
        """Give a server as it was started, whether it still runs or not; None if it never was."""
        for entry in self._read():
            if entry.name == name:
                return self._running(entry)
        return None

    def put(self, running: Running, offset: int) -> None:
        """Write a server down, or its new process."""
        entry = Entry(
            name=running.name,
            offset=offset,
            folder=str(running.folder),
            log=str(running.log),
            process=running.process,
        )
        with self._locked():
            self._write([*self._others(running.name), entry])

    def forget(self, name: str) -> None:
        """Strike a server out."""
        with self._locked():
            self._write(self._others(name))

    def _running(self, entry: Entry) -> Running:
        place = Place(cache=self._place.cache, offset=entry.offset, java_home=self._place.java_home)
        server = make_server(entry.name, place)
        return Running(server, Path(entry.folder), Path(entry.log), entry.process)

    def _others(self, name: str) -> list[Entry]:
        return [entry for entry in self._read() if entry.name != name]

    def _read(self) -> list[Entry]:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=list[Entry])
        except FileNotFoundError:
            return []

    def _write(self, entries: list[Entry]) -> None:
        new = self._path.with_suffix(".new")
        new.write_bytes(msgspec.json.encode(entries))
        new.replace(self._path)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
