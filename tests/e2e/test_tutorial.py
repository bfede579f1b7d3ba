"""The tutorial works as it stands: its commands are run and its output is compared."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from models.fetch import located

ROOT = Path(__file__).parents[2]
TUTORIAL = (ROOT / "docs/tutorial.md").read_text("utf-8")
SPEECH = "whisper-tiny.en"
VARYING = re.compile(r"\d+(\.\d+)?(e[-+]\d+)?")
ID = re.compile(r"\b(c_)?[0-9a-f]{16,24}\b")

pytestmark = [pytest.mark.e2e, pytest.mark.speech]


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", TUTORIAL, re.MULTILINE | re.DOTALL)


def shape(line: str) -> str:
    """Leave out what may differ between machines: ids, and figures that models give."""
    return " ".join(VARYING.sub("#", ID.sub("ID", line)).split())


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> str:
    models = Path(os.environ.get("THREADLINE_MODELS", ROOT / ".cache/models"))
    if located(SPEECH, models) is None:
        pytest.skip(f"{SPEECH} is not in {models}")
    home = tmp_path_factory.mktemp("reader")
    ours = {name: value for name, value in os.environ.items() if not name.startswith("THREADLINE_")}
    environ = ours | {
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONUTF8": "1",
        "THREADLINE_MODELS": str(models),
    }
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(blocks("sh"))],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_line_that_the_tutorial_shows_is_printed_in_this_order(output: str) -> None:
    printed = iter([shape(line) for line in output.splitlines()])
    shown = [line for block in blocks("text") for line in block.splitlines() if line.strip()]
    assert len(shown) > 30
    for line in shown:
        start, cut, _ = line.partition(" ...")
        wanted = shape(start)
        assert any(
            line_printed == wanted or (cut and line_printed.startswith(wanted))
            for line_printed in printed
        ), f"the tutorial shows what is not printed, or not here: {line}"


def test_the_call_the_mail_and_the_messages_become_one_customer(output: str) -> None:
    page = output.partition("crm:0042, email:alice@example.com, phone:+12345678901")[2]
    page = page.partition("are one customer: linked")[0]
    assert [line.split()[2] for line in page.splitlines() if "·" in line] == [
        "sms",
        "email",
        "voice",
    ]


def test_the_card_number_is_nowhere_in_the_output(output: str) -> None:
    assert "4111" not in output
    assert "[card]" in output


def test_the_webhook_gets_the_alert_once(output: str) -> None:
    assert output.count('"rule": "negative-spike"') == 1
