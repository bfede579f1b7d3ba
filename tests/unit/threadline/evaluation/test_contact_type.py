"""Contact types are learnt from one part of a set and tested on another, in every layout."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from models.catalogue import PACKAGED
from schemas.base import decode
from schemas.errors import InvalidEvent
from threadline.cli import cli
from threadline.evaluation.contact_type import read
from threadline.evaluation.contact_type_languages import shipped
from threadline.evaluation.task import Report

TAUGHT = ("delivery", "refund", "login")


def examples() -> list[tuple[str, str]]:
    path = PACKAGED / "contact-types" / "examples.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = [(r["text"], r["label"]) for r in csv.DictReader(file) if r["language"] == "en"]
    return [row for row in rows if row[1] in TAUGHT]


def write(path: Path, rows: list[tuple[str, str]]) -> None:
    path.write_text("text,label\n" + "".join(f'"{text}",{label}\n' for text, label in rows))


def test_a_folder_is_learnt_from_train_and_tested_on_test(tmp_path: Path) -> None:
    write(tmp_path / "train.csv", [("a", "x"), ("b", "y")])
    write(tmp_path / "test.csv", [("c", "x"), ("d", "oos"), ("e", "unknown")])
    found = read(tmp_path)
    assert (found.learn, found.test) == ([("a", "x"), ("b", "y")], [("c", "x")])
    assert found.outside == ["d", "e"]


def test_a_table_is_parted_by_its_texts_the_same_way_every_time(tmp_path: Path) -> None:
    rows = [(f"text number {n}", "xy"[n % 2]) for n in range(100)]
    write(tmp_path / "train.csv", rows)
    (tmp_path / "categories.json").write_text('["x", "y"]')
    parted = read(tmp_path)
    assert sorted(parted.learn + parted.test) == sorted(rows)
    assert 10 <= len(parted.test) <= 30
    assert read(tmp_path / "train.csv") == parted


def test_lists_of_an_object_are_parts(tmp_path: Path) -> None:
    lists = {
        "train": [["a", "x"]], "val": [["b", "x"]], "test": [["c", "y"]],
        "oos_test": [["d", "oos"]], "oos_val": [["e", "oos"]],
    }  # fmt: skip
    path = tmp_path / "data.json"
    path.write_text(json.dumps(lists))
    found = read(path)
    assert (found.test, found.outside) == ([("c", "y")], ["d"])
    path.write_text(json.dumps({**lists, "test": [["c"]]}))
    with pytest.raises(InvalidEvent, match=r"data\.json: item 1 is not"):
        read(path)


def test_it_says_how_many_are_right_and_what_is_out_of_scope(tmp_path: Path) -> None:
    rows = examples()
    write(tmp_path / "train.csv", [row for n, row in enumerate(rows) if n % 4])
    outside = [("who won the match", "oos"), ("play some jazz", "oos"), ("boil an egg", "oos")]
    write(tmp_path / "test.csv", [row for n, row in enumerate(rows) if n % 4 == 0] + outside)
    done = CliRunner().invoke(cli, ["eval", "contact-type", "--data", str(tmp_path), "--json"])
    assert done.exit_code == 0, done.output
    report = decode(done.stdout, Report)
    figures = {one.name: one for one in report.figures}
    assert figures["accuracy"].value > 0.7
    assert figures["accuracy, 10 examples of each (3 draws)"].value > 0.6
    assert figures["out of scope found, 95 % in scope kept"].value > 0.6
    assert figures["accuracy"].n == len(rows[::4])


def test_what_ships_is_taught_and_tested_language_by_language(tmp_path: Path) -> None:
    shipped(tmp_path, tmp_path / "made")
    for part in ("train", "test"):
        path = tmp_path / "made" / f"{part}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            rows = [r for r in csv.DictReader(file) if r["language"] in ("de", "it")]
        rows = [row for row in rows if row["label"] in (*TAUGHT, "unknown")]
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ("text", "label", "language"))
            writer.writeheader()
            writer.writerows(rows)
    made = str(tmp_path / "made")
    done = CliRunner().invoke(cli, ["eval", "contact-type", "--data", made, "--json"])
    assert done.exit_code == 0, done.output
    figures = {one.name: one for one in decode(done.stdout, Report).figures}
    assert figures["right, of those told, further languages"].value > 0.8
    assert figures["de: accuracy"].n + figures["it: accuracy"].n == len(rows)
    assert figures["it: told, of those with a type"].value > 0.7
