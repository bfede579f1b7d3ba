from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.answers import TextAnswer, Verdict
from schemas.errors import InvalidEvent
from threadline.evaluation import complaint, emotion, sentiment
from threadline.evaluation.lab import Lab
from threadline.evaluation.layouts import read_labelled
from threadline.evaluation.task import HELD_OUT, Report
from threadline.settings import load_settings


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    lab = Lab(load_settings(tmp_path_factory.mktemp("home"), environ={}), rounds=20)
    yield lab
    lab.close()


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def value(report: Report, name: str) -> float:
    return next(figure.value for figure in report.figures if figure.name == name)


def test_the_mood_of_plain_texts_is_told_and_vader_measured_beside_it(
    lab: Lab, tmp_path: Path
) -> None:
    data = write(
        tmp_path / "moods.csv",
        "text,sentiment\n"
        "I love this so much and I am very happy,positive\n"
        "this is the worst service ever and I hate it,-1\n".replace("-1", "negative")
        + "the meeting is on Tuesday at the office,neutral\n",
    )
    report = sentiment.run(data, lab)
    assert value(report, "accuracy") == 1.0
    assert [baseline.name for baseline in report.baselines] == ["VADER 3.3"]
    assert report.engines[0].startswith("utterance-encoder/")


@pytest.mark.parametrize(
    ("labels", "ours"),
    [
        (("0", "1", "2"), ("negative", "neutral", "positive")),
        (("-1", "0", "1"), ("negative", "neutral", "positive")),
        (("NEG", "neu", "Positive"), ("negative", "neutral", "positive")),
    ],
)
def test_labels_are_read_in_the_usual_ways_of_writing(
    tmp_path: Path, labels: tuple[str, ...], ours: tuple[str, ...]
) -> None:
    lines = "".join(f"text {at},{label}\n" for at, label in enumerate(labels))
    rows = read_labelled(write(tmp_path / "set.csv", "text,label\n" + lines))
    assert tuple(row["label"] for row in sentiment.prepared(rows)) == ours


def test_a_label_that_is_none_of_ours_is_named_with_its_line(lab: Lab, tmp_path: Path) -> None:
    data = write(tmp_path / "set.csv", "text,label\nfine,good\n")
    with pytest.raises(InvalidEvent, match=r"set\.csv: 'good' is none of .*\(line 2\) at label"):
        sentiment.run(data, lab)


def test_languages_that_are_not_read_are_left_out_and_said(lab: Lab, tmp_path: Path) -> None:
    texts = {
        "english": "I love this so much and I am very happy\nthis is the worst service ever\n",
        "arabic": "الإنترنت لا يعمل منذ يوم الاثنين\nأنا سعيد جدا بهذه الخدمة\n",
    }
    for name, text in texts.items():
        write(tmp_path / name / "test_text.txt", text)
        write(tmp_path / name / "test_labels.txt", "2\n0\n" if name == "english" else "0\n2\n")
    report = sentiment.run(tmp_path, lab)
    assert value(report, "en: macro F1") == 1.0
    assert not [figure for figure in report.figures if figure.name.startswith("ar")]
    assert report.notes[0] == "Not analysed, as it should be: ar."


def test_a_training_part_beside_the_measured_one_makes_a_baseline(lab: Lab, tmp_path: Path) -> None:
    write(tmp_path / "val_text.txt", "what a lovely day to be glad\nthis makes me furious\n")
    write(tmp_path / "val_labels.txt", "1\n0\n")
    write(tmp_path / "train_text.txt", "lovely and glad\nso furious at this\n" * 6)
    write(tmp_path / "train_labels.txt", "1\n0\n" * 6)
    write(tmp_path / "mapping.txt", "0\tanger\n1\tjoy\n")
    report = emotion.run(tmp_path, lab)
    assert value(report, "accuracy") == 1.0
    assert "trained on 12 items" in report.baselines[0].name


def test_complaints_are_told_per_industry_and_held_out_by_their_words(
    lab: Lab, tmp_path: Path
) -> None:
    lines = "".join(
        f"{'my order is late again and nobody helps' if at % 2 else 'do you open on Sunday'}"
        f" number {at},{at % 2},retail\n"
        for at in range(80)
    )
    data = write(tmp_path / "set.csv", "text,is_complaint,domain\n" + lines)
    whole = complaint.run(data, lab)
    assert value(whole, "macro F1") > 0.9
    assert value(whole, "macro F1 in retail") == value(whole, "macro F1")
    part = Lab(lab.settings, part=HELD_OUT, rounds=20)
    try:
        kept = complaint.run(data, part)
    finally:
        part.close()
    assert 2 <= kept.figures[0].n <= 25
    assert kept.baselines[0].name.endswith(f"trained on {80 - kept.figures[0].n} items")


def test_a_companys_own_model_is_what_is_measured() -> None:
    verdict = Verdict(
        task="sentiment", engine="theirs", odds={"negative": 0.9, "neutral": 0.1, "positive": 0.0}
    )
    assert sentiment.answered(TextAnswer(verdicts=(verdict,))) == ("negative", 0.9)
    assert sentiment.answered(TextAnswer(language="ar")) == ("not analysed", 0.0)
