"""Where a scenario happens: servers of its own that may be killed, and a new cluster on them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from infra.dev.running import Running
from threadline.settings import load_settings
from threadline.wiring import Wiring

PARTITIONS = 4
STALL_S = 120
"""Seconds; longer than any server is away."""

NAMES = ("kafka", "postgres", "elasticsearch")


class Servers:
    """A Kafka, a PostgreSQL and an Elasticsearch, ended when the block is left."""

    def __init__(self, start: Callable[[str], Running]) -> None:
        self._start = start
        self._ends = ExitStack()
        self.running: Mapping[str, Running] = {}

    def __enter__(self) -> Self:
        with ExitStack() as ends:
            self.running = {name: ends.enter_context(self._start(name)) for name in NAMES}
            self._ends = ends.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ends.close()

    def mend(self) -> None:
        """Start again what a scenario that broke off has left without a server."""
        for server in self.running.values():
            if not server.answers():
                server.kill()
                server.start_again()

    def new_home(self, name: str, folder: Path, engine: str, *, idle_s: int | None = None) -> Home:
        """Make a database, a prefix for topics and indices, and a folder.

        `idle_s` is how long PostgreSQL bears a transaction in which nothing happens.
        """
        assert re.fullmatch(r"[a-z0-9]+", name)
        postgres = self.running["postgres"].url
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        store = f"{postgres.rpartition('/')[0]}/{name}"
        if idle_s is not None:
            store += f"?options=-c%20idle_in_transaction_session_timeout%3D{idle_s}s"
        home = folder / name
        home.mkdir(parents=True)
        return Home(
            home,
            {
                "THREADLINE_LOG": f"{self.running['kafka'].url}?prefix={name}.",
                "THREADLINE_STORE": store,
                "THREADLINE_SEARCH": f"{self.running['elasticsearch'].url}?prefix={name}",
                "THREADLINE_ENGINE": engine,
                "THREADLINE_PARTITIONS": str(PARTITIONS),
                "THREADLINE_STALL_S": str(STALL_S),
            },
        )


@dataclass(frozen=True)
class Home:
    """A home and the settings that it needs; without settings it is an embedded one."""

    path: Path
    environ: Mapping[str, str]

    @cached_property
    def wiring(self) -> Wiring:
        """Open it in this process."""
        return Wiring(load_settings(self.path, self.environ))
