"""What a server for tests and for a first look is: programs, ports, data, and a way to ask it."""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

CACHE = Path(__file__).parents[2] / ".cache/servers"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where servers live: programs in `cache`, ports moved by `offset`, Java at `java_home`.

    An empty `java_home` means: search.
    """

    cache: Path = CACHE
    offset: int = 0
    java_home: str = ""

    @property
    def logs(self) -> Path:
        """Give the folder of the logs, which stay when a server is removed."""
        return self.cache / "logs"


@dataclass(frozen=True, kw_only=True)
class Launch:
    """How to start a server: its command line, and the variables that it gets."""

    command: Sequence[str]
    environment: Mapping[str, str]


class Server(Protocol):
    """One kind of server at one place."""

    name: str
    patience_s: float
    stop_signal: signal.Signals

    @property
    def ports(self) -> tuple[int, ...]:
        """Give every port that it listens on, the main one first."""

    @property
    def url(self) -> str:
        """Give the URL as Threadline's settings take it."""

    def fetch(self) -> None:
        """Bring its programs, unless they are there. Raises ConfigError if it cannot."""

    def prepare(self, folder: Path) -> None:
        """Lay out configuration and empty data in `folder`. Raises ConfigError."""

    def launch(self, folder: Path) -> Launch:
        """Say how to start it on what `prepare` laid out."""

    def answers(self) -> bool:
        """Tell whether it does its work now; never raises for a server that is not up yet."""

    def complete(self, folder: Path) -> None:
        """Do what can only be done on a new server that answers."""
