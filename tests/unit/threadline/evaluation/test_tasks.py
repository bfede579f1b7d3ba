from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from schemas.base import decode
from threadline.cli import cli
from threadline.evaluation import NAMES, load_task, task_names
from threadline.evaluation.task import Report


def invoked(*arguments: str) -> str:
    done = CliRunner().invoke(cli, ["eval", *arguments])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "texts.csv"
    path.write_text(
        "text,language\n"
        "my router has been offline since Monday,en\n"
        "mein Router ist seit Montag offline,de\n"
        "please help me with this invoice,fr\n",
        "utf-8",
    )
    return path


def test_every_task_is_named_in_the_list_and_says_what_it_reads() -> None:
    assert set(task_names()) <= set(NAMES)
    layouts = invoked("--layouts")
    for name in task_names():
        task = load_task(name)
        assert task.name == name
        assert task.layout.strip()
        assert task.layout.strip() in layouts
        assert name in invoked()


def test_a_report_is_the_same_whenever_it_is_asked_for(data: Path) -> None:
    first, second = (invoked("language", "--data", str(data), "--json") for _ in range(2))
    one, two = decode(first, Report), decode(second, Report)
    assert one.figures == two.figures
    assert one.confusions[0].labels == ("de", "en", "fr")
    assert one.data == "texts.csv"
    assert str(data.parent) not in first


def test_the_text_shows_figure_interval_table_and_the_worst(data: Path) -> None:
    text = invoked("language", "--data", str(data))
    assert "accuracy" in text
    assert "66.7 %" in text
    assert "fr taken for en: please help me with this invoice  [texts.csv:4]" in text


def test_the_page_stands_alone_and_escapes_what_it_quotes(tmp_path: Path) -> None:
    data = tmp_path / "texts.jsonl"
    line = {"text": "please read this <script>alert(1)</script>", "language": "fr"}
    data.write_text(json.dumps(line), "utf-8")
    target = tmp_path / "report.html"
    invoked("language", "--data", str(data), "--html", str(target))
    page = target.read_text("utf-8")
    assert "&lt;script&gt;alert(1)" in page
    assert "<script" not in page
    assert "http" not in page


def test_an_error_in_the_data_ends_with_one_line(tmp_path: Path) -> None:
    data = tmp_path / "texts.csv"
    data.write_text("words,language\nhello there you,en\n", "utf-8")
    done = CliRunner().invoke(cli, ["eval", "language", "--data", str(data)])
    assert done.exit_code == 1
    assert "texts.csv: no column for text: one of text, utterance" in done.output
    assert "[missing_field]" in done.output
