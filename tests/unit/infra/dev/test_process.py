from __future__ import annotations

import signal
import socket
import time
from pathlib import Path

import pytest

from infra.dev.process import Process, end, free, hand_over, refuse_taken, run, spawn
from schemas.errors import ConfigError


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("folder")
    hand_over(made)
    return made


def started(folder: Path, script: str) -> Process:
    log = folder / "log"
    process = spawn(("sh", "-c", script), Path("/"), log)
    until = time.monotonic() + 20
    while "ready" not in log.read_text():
        assert time.monotonic() < until
        time.sleep(0.01)
    return process


def running(text: str) -> list[str]:
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_text("utf-8", "replace").replace("\0", " ")
        except OSError:
            continue
        if text in line:
            found.append(line)
    return found


def test_a_process_that_ignores_the_request_is_ended_with_all_that_it_started(
    folder: Path,
) -> None:
    mark = f"{folder}/mark"
    process = started(folder, f"trap '' TERM; tail -f /dev/null {mark} & echo ready; wait; wait")
    assert running(mark)
    end(process, signal.SIGTERM, 0.3)
    assert not process.alive()
    assert running(mark) == []


def test_a_process_that_ends_by_itself_is_given_the_time(folder: Path) -> None:
    process = started(
        folder, "trap 'sleep 0.3; echo bye; exit' TERM; echo ready; while :; do sleep 0.05; done"
    )
    end(process, signal.SIGTERM, 30)
    assert (folder / "log").read_text() == "ready\nbye\n"


def test_a_process_that_got_the_pid_of_another_is_left_alone(folder: Path) -> None:
    process = started(folder, "echo ready; sleep 600")
    other = Process(process.pid, process.born - 1)
    assert not other.alive()
    end(other, signal.SIGTERM, 0.3)
    assert process.alive()
    end(process, signal.SIGKILL, 0)


def test_a_program_gets_no_variables_but_those_it_needs(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    monkeypatch.setenv("SECRET", "word")
    names = {line.partition("=")[0] for line in run(("env",), Path("/"), {"A": "1"}).split()}
    assert names == {"PATH", "HOME", "LANG", "A"}


def test_a_program_that_is_missing_or_fails_gives_a_sentence(folder: Path) -> None:
    with pytest.raises(ConfigError, match="no-such-program cannot be run: No such file"):
        run(("no-such-program",), Path("/"))
    with pytest.raises(ConfigError, match="no-such-program cannot be run: No such file"):
        spawn(("no-such-program",), Path("/"), folder / "log")
    with pytest.raises(ConfigError, match="sh failed with 3:\nthat is why"):
        run(("sh", "-c", "echo that is why; exit 3"), Path("/"))


def test_a_taken_port_is_refused_with_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        with pytest.raises(ConfigError, match=rf"kafka needs port {port} .*--offset"):
            refuse_taken(port, "kafka")
    assert free(port)
