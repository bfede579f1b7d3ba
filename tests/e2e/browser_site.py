"""A served home in a real browser: what suites of the console share."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.command_home import Command

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync --autoplay-policy=no-user-gesture-required"
)


@contextmanager
def opened_browser() -> Iterator[Browser]:
    """Open a browser; skip by name where there is none."""
    if CHROMIUM is None and not os.getenv("CI"):
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        yield browser
        browser.close()


@contextmanager
def served(command: Command) -> Iterator[str]:
    """Serve a home by the command line and give its address."""
    line = [sys.executable, "-m", "threadline", "--home", str(command.home), "serve", "--port", "0"]
    with subprocess.Popen(
        line, env=command.environ, stdout=subprocess.PIPE, text=True, cwd=command.home.parent
    ) as server:
        assert server.stdout is not None
        try:
            said = server.stdout.readline().split()
            yield next(word for word in said if word.startswith("http://"))
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(30)


def faults(page: Page) -> list[tuple[str, str]]:
    """Let axe look for faults in the light and in the dark."""
    found = []
    for scheme, rules in (("light", None), ("dark", ["color-contrast", "link-in-text-block"])):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of two words
        answer = Axe().run(page, options={"runOnly": rules} if rules else None)
        found += [(one["id"], one["nodes"][0]["html"]) for one in answer.response["violations"]]
    return found
