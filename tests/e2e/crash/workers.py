"""Workers in processes of their own: started, killed, stopped in good order, frozen."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.crash.ground import Home

ROOT = Path(__file__).parents[3]
LEAVE_S = 60.0
IDLE_S = 600.0
_RUNNING = b"running; stop with"
_CONFLICT = re.compile(rb"was moved by somebody else")


@dataclass(frozen=True)
class Manner:
    """How workers work: seconds and records per batch; `acknowledge_first` is the wrong way."""

    pause_s: float = 0.3
    batch: int = 500
    acknowledge_first: bool = False

    @property
    def words(self) -> list[str]:
        """Give the options of the slow worker."""
        first = ["--acknowledge-first"] if self.acknowledge_first else []
        return ["--pause", str(self.pause_s), "--batch", str(self.batch), *first, "--"]


class Worker:
    """One worker under a name; what it says goes to a file."""

    def __init__(self, home: Home, manner: Manner, name: str) -> None:
        self.name = name
        self._home = home
        self._manner = manner
        self._log = home.path / f"worker-{name}.log"
        self._starts = 0
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        self._starts += 1
        words = [*self._manner.words, "--home", str(self._home.path), "run"]
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "tests.e2e.crash.worker", *words],
                env=_environ(self._home, THREADLINE_WORKER=self.name),
                stdout=log,
                stderr=log,
                cwd=self._home.path,
            )

    @property
    def alive(self) -> bool:
        """Tell whether it runs."""
        return self.code is None

    @property
    def code(self) -> int | None:
        """Give the exit code, or minus the signal that ended it; None while it runs."""
        return self._process.poll()

    def kill(self) -> None:
        """End it without warning."""
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        """Stop it in the middle of whatever it does."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on as if nothing had happened."""
        self._process.send_signal(signal.SIGCONT)

    def leave(self) -> int:
        """Ask it to stop, once it has begun; give its exit code."""
        while self.alive and self._log.read_bytes().count(_RUNNING) < self._starts:
            time.sleep(0.05)
        self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(LEAVE_S)
        except subprocess.TimeoutExpired as error:
            self.kill()
            raise AssertionError(f"worker {self.name} does not leave:\n{self.says()}") from error

    def start_again(self) -> None:
        """Start it under the same name."""
        self._process = self._start()

    def says(self, lines: int = 15) -> str:
        """Give the end of what it said."""
        return b"\n".join(self._log.read_bytes().splitlines()[-lines:]).decode("utf-8", "replace")


class Crew:
    """The workers of a scenario: started anew, as any supervisor does, when they end."""

    def __init__(self, home: Home, manner: Manner) -> None:
        self._home = home
        self._manner = manner
        self.workers: dict[str, Worker] = {}
        self.gave_up: list[str] = []

    def join(self, name: str) -> Worker:
        """Start a worker that takes part from now on."""
        self.workers[name] = Worker(self._home, self._manner, name)
        return self.workers[name]

    def leave(self, name: str) -> None:
        """Let a worker leave in good order; it must succeed."""
        worker = self.workers.pop(name)
        code = worker.leave()
        assert code == 0, f"worker {name} left with {code}:\n{worker.says()}"

    def look(self) -> None:
        """Start those again that have ended by themselves, and note what they said."""
        for worker in self.workers.values():
            if not worker.alive:
                self.gave_up.append(f"{worker.name} with {worker.code}: {worker.says(3)}")
                worker.start_again()

    def conflicts(self) -> int:
        """Count the batches that were refused because somebody else went first."""
        logs = self._home.path.glob("worker-*.log")
        return sum(len(_CONFLICT.findall(log.read_bytes())) for log in logs)

    def end(self) -> None:
        """Kill whoever is left."""
        for worker in self.workers.values():
            worker.kill()


def threadline(home: Home, *words: str) -> None:
    """Run a verb of the unchanged command line to its end, which must be a good one."""
    done = subprocess.run(
        [sys.executable, "-m", "threadline", "--home", str(home.path), *words],
        env=_environ(home),
        capture_output=True,
        text=True,
        timeout=IDLE_S,
        check=False,
        cwd=home.path,
    )
    assert done.returncode == 0, f"{words} gave {done.returncode}:\n{done.stdout}{done.stderr}"


def _environ(home: Home, **more: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("THREADLINE_")}
    return {**kept, "PYTHONPATH": str(ROOT), **home.environ, **more}
