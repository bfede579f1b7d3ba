"""Start a server, wait until it answers, and control it: also with the violence of a crash test."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from infra.dev.process import POLL_S, Process, end, free, hand_over, refuse_taken, spawn
from infra.dev.server import Place, Server
from infra.dev.servers import make_server
from schemas.errors import ConfigError, Unavailable

_STOP_S = 30.0
_LAST_LINES = 15
_PLACES = 100


def _quiet(_: str) -> None:
    pass


class Running:
    """A server that was started. One thread uses it at a time.

    `stop`, `kill` and `start_again` keep its data and ports; `remove` ends it and takes the data
    away, as does leaving a `with` block.
    """

    def __init__(self, server: Server, folder: Path, log: Path, process: Process) -> None:
        self.server = server
        self.folder = folder
        self.log = log
        self.process = process

    @property
    def name(self) -> str:
        """Give the name of the server."""
        return self.server.name

    @property
    def url(self) -> str:
        """Give the URL as Threadline's settings take it."""
        return self.server.url

    def answers(self) -> bool:
        """Tell whether it runs and does its work."""
        return self.process.alive() and self.server.answers()

    def stop(self) -> None:
        """End it in good order and keep its data."""
        end(self.process, self.server.stop_signal, _STOP_S)

    def kill(self) -> None:
        """End it as a crash does, without warning (SIGKILL), and keep its data."""
        end(self.process, signal.SIGKILL, 0)

    def start_again(self) -> None:
        """Start it on the data and ports that it had.

        Raises ConfigError if a port is taken meanwhile, Unavailable if it does not answer.
        """
        _refuse_taken_ports(self.server)
        self.process = _spawn(self.server, self.folder, self.log)
        self.wait(_quiet)

    def remove(self) -> None:
        """End it and remove its data; its log stays."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def wait(self, say: Callable[[str], None]) -> None:
        """Wait until it answers. Raises Unavailable with the end of its log."""
        began = time.monotonic()
        told = began
        while not self.answers():
            now = time.monotonic()
            if not self.process.alive():
                raise Unavailable(f"{self.name} ended while starting{_end_of(self.log)}")
            if now - began > self.server.patience_s:
                self.kill()
                raise Unavailable(
                    f"{self.name} did not answer within {self.server.patience_s:.0f} s"
                    f"{_end_of(self.log)}"
                )
            if now - told > 5:
                told = now
                say(f"{self.name}: waiting for an answer at {self.url}, {now - began:.0f} s so far")
            time.sleep(POLL_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.remove()


def start_server(
    name: str, place: Place | None = None, say: Callable[[str], None] = _quiet
) -> Running:
    """Start a new, empty `kafka`, `elasticsearch`, `opensearch` or `postgres`.

    Returns when it answers. Raises ConfigError (a name that is none, a port that is taken, no
    Java, no Maven) and Unavailable (it cannot be fetched, or does not answer).
    """
    place = place or Place()
    return start_new(make_server(name, place), place.logs, say)


def start_new(server: Server, logs: Path, say: Callable[[str], None] = _quiet) -> Running:
    """Start this server on empty data, with its log in `logs`. Raises as `start_server` does."""
    _refuse_taken_ports(server)
    server.fetch()
    folder = Path(tempfile.mkdtemp(prefix=f"threadline-{server.name}-"))
    try:
        server.prepare(folder)
        hand_over(folder)
        log = logs / f"{server.name}-{server.ports[0]}.log"
        log.unlink(missing_ok=True)
        running = Running(server, folder, log, _spawn(server, folder, log))
        try:
            running.wait(say)
            server.complete(folder)
        except BaseException:
            running.kill()
            raise
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return running


def free_place(name: str, place: Place | None = None) -> Place:
    """Give a place like this one at which all ports of the server are free.

    Raises ConfigError if there is none.
    """
    place = place or Place()
    first = os.getpid() % _PLACES  # two test runs that start at once look at different ones
    for step in range(_PLACES):
        offset = 1000 + (first + step) % _PLACES * 100
        moved = replace(place, offset=offset)
        if all(map(free, make_server(name, moved).ports)):
            return moved
    raise ConfigError(f"no ports are free for {name}")


def _spawn(server: Server, folder: Path, log: Path) -> Process:
    launch = server.launch(folder)
    return spawn(launch.command, folder, log, launch.environment)


def _refuse_taken_ports(server: Server) -> None:
    for port in server.ports:
        refuse_taken(port, server.name)


def _end_of(log: Path) -> str:
    lines = log.read_text("utf-8", "replace").splitlines()[-_LAST_LINES:]
    return "\n".join((f"; the end of {log}:", *lines))
