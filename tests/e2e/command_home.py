"""A home that is used the way people use it: through the command line, in processes of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from models.fetch import located
from threadline.cli import cli

ROOT = Path(__file__).parents[2]
MODELS = Path(os.getenv("THREADLINE_MODELS", str(ROOT / ".cache/models")))
DATA = Path(os.getenv("THREADLINE_DATA", str(ROOT / "../shared/data")))
SPEECH = "whisper-tiny.en"
LONGEST_S = 300


class Command:
    """Runs `threadline --home HOME ...` in a process, away from the caller's own settings."""

    def __init__(self, home: Path, **environ: str) -> None:
        self.home = home
        kept = {k: v for k, v in os.environ.items() if not k.startswith("THREADLINE_")}
        self.environ = {
            **kept,
            "THREADLINE_MODELS": str(MODELS),
            "THREADLINE_SPEECH_MODEL": SPEECH,
            "PYTHONPATH": str(ROOT),
            **environ,
        }

    def __call__(self, *words: str, code: int | None = 0) -> subprocess.CompletedProcess[str]:
        """Run to the end and expect an exit code, or any."""
        done = subprocess.run(
            self._line(words),
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=LONGEST_S,
            check=False,
            cwd=self.home.parent,
        )
        assert code in (None, done.returncode), f"{words} gave {done.returncode}:\n{done.stderr}"
        return done

    def json(self, *words: str, code: int = 0) -> Any:
        """Run a verb with `--json` and read what it prints."""
        return json.loads(self(*words, "--json", code=code).stdout)

    def quick(self, *words: str, code: int | None = 0) -> Result:
        """Run a verb in this process, which is quicker, and expect an exit code, or any."""
        given = {name: self.environ.get(name) for name in {*os.environ, *self.environ}}
        done = CliRunner().invoke(cli, ["--home", str(self.home), *words], env=given)
        assert code in (None, done.exit_code), f"{words} gave {done.exit_code}:\n{done.output}"
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done

    def here(self, *words: str) -> Any:
        """Run a verb with `--json` in this process."""
        return json.loads(self.quick(*words, "--json").stdout)

    def refused(self, *words: str, code: int) -> str:
        """Run a verb that must fail with a clear message; give the message."""
        return self.quick(*words, code=code).stderr.strip()

    def killed(self, *words: str, after_s: float, once: Callable[[], bool] | None = None) -> bool:
        """Start a verb and kill it without warning, some seconds after `once` holds.

        Tell whether it was still running.
        """
        with subprocess.Popen(
            self._line(words),
            env=self.environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self.home.parent,
        ) as process:
            while once is not None and process.poll() is None and not once():
                time.sleep(0.002)
            try:
                process.wait(after_s)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                return True
        assert process.returncode in (0, 1), f"{words} ended with {process.returncode} by itself"
        return False

    def spoken(self, *words: str) -> Generator[str]:
        """Start a verb that goes on for ever and give its lines; it is ended with the iterator."""
        environ = {**self.environ, "PYTHONUNBUFFERED": "1"}
        with subprocess.Popen(
            self._line(words),
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=self.home.parent,
        ) as process:
            try:
                assert process.stdout is not None
                yield from process.stdout
            finally:
                process.terminate()

    def export(self, folder: Path) -> dict[str, bytes]:
        """Export into a folder; give the bytes of every file."""
        self.quick("export", str(folder))
        return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}

    def lines(self, folder: Path, name: str) -> list[dict[str, Any]]:
        """Export, and read the lines of one file."""
        return [json.loads(line) for line in self.export(folder)[f"{name}.ndjson"].splitlines()]

    def _line(self, words: Sequence[str]) -> list[str]:
        return [sys.executable, "-m", "threadline", "--home", str(self.home), *words]


def need_speech() -> None:
    """Skip where the speech model was not fetched, but never in continuous integration."""
    if located(SPEECH, MODELS) is None and not os.getenv("CI"):
        pytest.skip(f"{SPEECH} is not in THREADLINE_MODELS: threadline models fetch {SPEECH}")


def need_data(part: str) -> Path:
    """Give a folder of real material, or skip by its name."""
    folder = DATA / part
    if not folder.is_dir():
        pytest.skip(f"THREADLINE_DATA has no {part}")
    return folder
