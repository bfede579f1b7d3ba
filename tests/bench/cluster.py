"""A cluster for a bench: real servers, a home of its own on them, and workers as users run them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import psycopg
from confluent_kafka.admin import AdminClient

from infra.dev.running import Running, free_place, start_server
from infra.dev.server import Place
from infra.dev.state import State
from infra.search.elastic_client import connect
from threadline.settings import load_settings
from threadline.wiring import Wiring

ROOT = Path(__file__).parents[2]
PARTITIONS = 4
_LOOK_S = 0.1
_LEAVES_S = 20.0
_TICKS = os.sysconf("SC_CLK_TCK")


@contextmanager
def running(*names: str) -> Iterator[list[Running]]:
    """Give the real servers: those that `make servers` left running, or new ones."""
    place = Place(java_home=os.environ.get("JAVA_HOME", ""))
    with ExitStack() as ours:
        found = []
        for name in names:
            one = State(place).find(name)
            if one is None or not one.answers():
                one = ours.enter_context(start_server(name, free_place(name, place)))
            found.append(one)
        yield found


@dataclass(frozen=True)
class Cluster:
    """A home whose log, store and index are on servers under names of their own."""

    home: Path
    environ: Mapping[str, str]
    servers: Mapping[str, Running]

    @cached_property
    def wiring(self) -> Wiring:
        """Open it in this process."""
        return Wiring(load_settings(self.home, self.environ))

    @contextmanager
    def worker(self, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run `threadline run` with arguments until the block is left."""
        program = subprocess.Popen(
            (sys.executable, "-m", "threadline", "--home", str(self.home), "run", *arguments),
            cwd=ROOT,
            env={**os.environ, **self.environ},
            stderr=subprocess.DEVNULL,
        )
        try:
            yield program
        finally:
            ended(program)


@contextmanager
def cluster(engine: str, **environ: str) -> Iterator[Cluster]:
    """Lay out a new, empty home on the real servers; take everything away in the end."""
    name = f"bench{uuid.uuid4().hex[:12]}"
    home = Path(tempfile.mkdtemp(prefix="threadline-bench-"))
    with running("kafka", "postgres", "elasticsearch") as (kafka, postgres, elastic):
        with psycopg.connect(postgres.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        models = os.environ.get("THREADLINE_MODELS", str(ROOT / ".cache/models"))
        given = {
            "THREADLINE_LOG": f"{kafka.url}?prefix={name}.",
            "THREADLINE_STORE": f"{postgres.url.rpartition('/')[0]}/{name}",
            "THREADLINE_SEARCH": f"{elastic.url}?prefix={name}",
            "THREADLINE_ENGINE": engine,
            "THREADLINE_PARTITIONS": str(PARTITIONS),
            "THREADLINE_MODELS": models,
            **environ,
        }
        servers = {one.name: one for one in (kafka, postgres, elastic)}
        try:
            yield Cluster(home, given, servers)
        finally:
            _remove(name, servers)
            shutil.rmtree(home, ignore_errors=True)


def _remove(name: str, servers: Mapping[str, Running]) -> None:
    admin = AdminClient(
        {"bootstrap.servers": servers["kafka"].url.partition("://")[2], "log_level": 0}
    )
    topics = [one for one in admin.list_topics(timeout=10).topics if one.startswith(f"{name}.")]
    for done in admin.delete_topics(topics).values() if topics else ():
        done.result(timeout=10)
    with psycopg.connect(servers["postgres"].url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
    client = connect(servers["elasticsearch"].url).client
    indices = list(client.indices.get_alias(index=f"{name}-*"))
    if indices:
        client.indices.delete(index=indices)
    client.indices.delete_index_template(name=f"{name}-*")
    client.close()


def ended(program: subprocess.Popen[bytes]) -> float:
    """End a program in good order; give the core-seconds that it took."""
    program.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + _LEAVES_S
    while time.monotonic() < deadline:
        pid, status, usage = os.wait4(program.pid, os.WNOHANG)
        if pid:
            break
        time.sleep(_LOOK_S)
    else:
        program.kill()
        _, status, usage = os.wait4(program.pid, 0)
    program.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime


def core_seconds(pid: int) -> float:
    """Give the core-seconds that a process and all below it have taken so far."""
    ours, taken = {pid}, 0.0
    for path in sorted(Path("/proc").glob("[0-9]*/stat"), key=lambda one: int(one.parts[2])):
        try:
            fields = path.read_text("utf-8", "replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(path.parts[2]) == pid or int(fields[1]) in ours:
            ours.add(int(path.parts[2]))
            taken += (int(fields[11]) + int(fields[12])) / _TICKS
    return taken
