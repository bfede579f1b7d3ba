"""With a server of our own making: its kinds of trouble cannot be had from the real ones."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from infra.dev.running import Running, free_place, start_new, start_server
from infra.dev.server import Launch
from infra.dev.servers import DEFAULT, SERVERS
from schemas.errors import ConfigError, Unavailable

WEB = "echo begin; exec python3 -u -m http.server --bind 127.0.0.1 {port}"


@dataclass
class Shell:
    """Serves the files of its folder, or whatever the script does."""

    script: str = WEB
    port: int = 0
    patience_s: float = 30
    name: str = "shell"
    stop_signal: signal.Signals = signal.SIGTERM
    folders: list[Path] = field(default_factory=list)

    @property
    def ports(self) -> tuple[int, ...]:
        return (self.port,)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def fetch(self) -> None:
        pass

    def prepare(self, folder: Path) -> None:
        self.folders.append(folder)
        (folder / "data").write_text("kept")

    def launch(self, folder: Path) -> Launch:
        return Launch(command=("sh", "-c", self.script.format(port=self.port)), environment={})

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/data", trust_env=False).text == "kept"
        except httpx.HTTPError:
            return False

    def complete(self, folder: Path) -> None:
        pass


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def shell(port: int, tmp_path: Path) -> Iterator[Running]:
    with start_new(Shell(port=port), tmp_path) as running:
        yield running


def test_what_was_killed_starts_again_with_its_data(shell: Running) -> None:
    shell.kill()
    assert not shell.answers()
    shell.start_again()
    assert shell.answers()
    shell.stop()
    shell.start_again()
    assert shell.answers()


def test_what_is_removed_leaves_no_process_and_no_data_but_its_log(shell: Running) -> None:
    shell.remove()
    assert not shell.process.alive()
    assert not shell.folder.exists()
    assert "begin" in shell.log.read_text()


def test_a_server_that_ends_while_starting_is_told_with_the_end_of_its_log(
    port: int, tmp_path: Path
) -> None:
    server = Shell("echo no licence; exit 1", port)
    with pytest.raises(Unavailable, match=r"shell ended while starting; .*\.log:\nno licence"):
        start_new(server, tmp_path)
    assert not server.folders[0].exists()


def test_a_server_that_never_answers_is_ended_when_patience_is(port: int, tmp_path: Path) -> None:
    server = Shell("echo thinking; sleep 600", port, patience_s=0.3)
    with pytest.raises(Unavailable, match=r"did not answer within 0 s; .*\.log:\nthinking"):
        start_new(server, tmp_path)
    assert not server.folders[0].exists()


def test_a_taken_port_is_told_before_anything_is_laid_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = Shell(port=listening.getsockname()[1])
        with pytest.raises(ConfigError, match="another program listens there"):
            start_new(server, tmp_path)
    assert server.folders == []


def test_a_server_that_is_none_is_refused_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match="redis is no server; there are kafka"):
        start_server("redis")


@pytest.mark.parametrize("name", SERVERS)
def test_a_free_place_moves_every_port_of_a_server(name: str) -> None:
    usual, moved = SERVERS[name](free_place(name)).ports, free_place(name).offset
    assert moved >= 1000
    assert len(set(usual)) == len(usual)


def test_those_that_start_by_default_are_there() -> None:
    assert set(DEFAULT) <= SERVERS.keys()
