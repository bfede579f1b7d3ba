from __future__ import annotations

from pathlib import Path

from threadline.evaluation import load_task
from threadline.evaluation.lab import Lab
from threadline.evaluation.task import Report
from threadline.settings import load_settings


def measured(task: str, data: Path, home: Path) -> Report:
    lab = Lab(load_settings(home, {}), rounds=50)
    try:
        return load_task(task).run(data, lab)
    finally:
        lab.close()


def main_figure(report: Report) -> tuple[str, float, int]:
    (figure,) = (one for one in report.figures if one.main)
    return figure.name, figure.value, figure.n


def test_unseen_lines_are_read_by_the_shipped_weights_from_each_brand(tmp_path: Path) -> None:
    path = tmp_path / "lines.csv"
    path.write_text(
        "text,brand,label\n"
        "I am switching from Telbo to Fonaro,Telbo,1\n"
        "I am switching from Telbo to Fonaro,Fonaro,0\n"
        "I quit,no_brand,1\n"
        "Where is my bill?,,0\n",
        "utf-8",
    )
    report = measured("churn", path, tmp_path)
    assert main_figure(report) == ("macro F1", 1.0, 4)
    assert "As shipped" in report.notes[0]
    assert report.confusions[0].counts == ((2, 0), (0, 2))


def test_enough_unseen_lines_are_measured_in_folds_besides(tmp_path: Path) -> None:
    path = tmp_path / "lines.tsv"
    names = [f"Brand{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]
    path.write_text(
        "".join(
            f"I leave {name}, day {day}\tEN\t{name}\t1\nI like {name}, day {day}\tEN\t{name}\t0\n"
            for day, name in enumerate(names * 3)
        ),
        "utf-8",
    )
    report = measured("churn", path, tmp_path)
    assert any(one.name.startswith("macro F1, trained on") for one in report.figures)
    assert report.baselines[0].figures[0].main


def test_unseen_dialogues_are_rated_turn_by_turn_with_a_file_as_a_domain(tmp_path: Path) -> None:
    good = "USER\tI need a desk\t\t3,3,3\nSYSTEM\tIt is booked for you\t\t\n"
    good += "USER\tPerfect, thank you so much!\t\t4,5,4\nUSER\tOVERALL\t\t4,4,4"
    bad = "USER\tI need a desk\t\t3,3,3\nSYSTEM\tSorry, it is not available\t\t\n"
    bad += "USER\tNo, I said I need a desk\t\t2,1,2\nUSER\tOVERALL\t\t2,2,2"
    (tmp_path / "SHOP.txt").write_text(f"{good}\n\n{bad}\n", "utf-8")
    (tmp_path / "BANK.txt").write_text(f"{bad}\n", "utf-8")
    report = measured("satisfaction", tmp_path, tmp_path)
    name, value, n = main_figure(report)
    assert (name, n) == ("macro recall", 6)
    assert value > 0.6
    assert {"SHOP: macro recall", "BANK: macro recall"} <= {one.name for one in report.figures}
    assert report.confusions[0].labels[:3] == ("2", "3", "4")
