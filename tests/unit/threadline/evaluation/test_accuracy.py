from __future__ import annotations

from pathlib import Path

import pytest

from schemas.base import decode
from schemas.errors import ConfigError
from threadline.evaluation import NAMES
from threadline.evaluation.__main__ import FIGURES, PAGE, written
from threadline.evaluation.accuracy import RECORDED, Entry, Measured, measure
from threadline.evaluation.baselines import Known, known_baselines, tfidf, vader
from threadline.evaluation.document import document
from threadline.evaluation.lab import Lab
from threadline.evaluation.layouts import Row
from threadline.evaluation.task import Baseline, Confusion, Figure, Report
from threadline.settings import Settings, load_settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(tmp_path / "home", environ={})


@pytest.fixture
def sets(tmp_path: Path) -> Path:
    texts = {
        "english": "my router has been offline since Monday\nwhere is the refund that I asked for",
        "german": "mein Router ist seit Montag kaputt\nwo bleibt denn meine Rückerstattung",
    }
    for name, text in texts.items():
        folder = tmp_path / "sets/sentiment/umsab" / name
        folder.mkdir(parents=True)
        (folder / "val_text.txt").write_text(text, "utf-8")
        (folder / "val_labels.txt").write_text("0\n0", "utf-8")
    return tmp_path / "sets"


def rows(*pairs: tuple[str, str]) -> list[Row]:
    return [
        Row(fields={"text": text, "label": label}, file=Path("set.csv"), line=at)
        for at, (text, label) in enumerate(pairs, 2)
    ]


def test_the_page_is_what_the_figures_say() -> None:
    assert PAGE.read_text("utf-8") == document(decode(FIGURES.read_bytes(), Measured))


def test_the_figures_are_written_with_one_trial_a_line() -> None:
    measured = decode(FIGURES.read_bytes(), Measured)
    data = written(measured)
    assert decode(data, Measured) == measured
    assert len(data.splitlines()) == len(measured.entries) + 2
    assert decode(written(Measured(day="2026-11-25", cores=2)), Measured).entries == ()


def test_the_figures_quote_no_text_and_name_no_place_on_a_machine() -> None:
    measured = decode(FIGURES.read_bytes(), Measured)
    assert measured.entries
    for entry in measured.entries:
        assert entry.report.worst == ()
        assert not Path(entry.data).is_absolute()


def test_recorded_baselines_are_of_tasks_and_say_where_they_come_from() -> None:
    for known in decode(RECORDED.read_bytes(), tuple[Known, ...]):
        assert known.task in NAMES
        assert known.baseline.source != "measured in this run"
        assert known.baseline in known_baselines(RECORDED.read_bytes(), known.task, known.trial)


def test_a_run_that_was_cut_off_goes_on_where_it_stood(
    settings: Settings, sets: Path, tmp_path: Path
) -> None:
    said: list[str] = []
    kept = tmp_path / "kept"
    first = measure(settings, sets, kept, day="2026-11-25", only="language", say=said.append)
    assert [figure.value for figure in first.entries[0].report.figures if figure.main] == [0.0]
    assert len(said) == 2
    again = measure(settings, sets, kept, day="2026-11-25", only="language", say=said.append)
    assert again == first
    assert len(said) == 3


def test_sets_that_are_not_there_are_named_before_anything_is_measured(
    settings: Settings, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="lacks sentiment/umsab"):
        measure(settings, tmp_path, tmp_path / "kept", day="", only="language", say=print)


def test_the_page_has_a_summary_and_baselines_beside_the_figures() -> None:
    entry = Entry(
        task="churn",
        trial="chat lines",
        about="Ten folds by text",
        data="churn/lines",
        report=Report(
            task="churn",
            figures=(
                Figure(name="macro F1", value=0.851, low=0.81, high=0.885, n=300, main=True),
                Figure(name="churn: recall", value=0.8, n=100),
            ),
            confusions=(Confusion(labels=("churn", "stay"), counts=((80, 20), (10, 190))),),
            baselines=(
                Baseline(name="weak", figures=(Figure(name="macro F1", value=0.7),)),
                Baseline(
                    name="known", source="A 2018", figures=(Figure(name="macro F1", value=0.8),)
                ),
            ),
            notes=("A ranking, not a probability.",),
        ),
    )
    page = document(Measured(day="2026-11-25", cores=2, entries=(entry,)))
    assert "| churn | chat lines | macro F1 | 85.1 % [81.0, 88.5] | 80.0 % (known) |" in page
    assert "| figure | n | Threadline | weak | known (A 2018) |" in page
    assert "| **macro F1** | 300 | 85.1 % [81.0, 88.5] | 70.0 % | 80.0 % |" in page
    assert "| churn | 100 | 80.0 % |" in page
    assert "| stay | 10 | 190 |" in page
    assert "- A ranking, not a probability." in page


def test_vader_reads_moods_and_tf_idf_learns_labels_it_was_not_tested_on(
    settings: Settings,
) -> None:
    lab = Lab(settings, rounds=20)
    measured = rows(("I love it", "positive"), ("this is awful", "negative"))
    found = vader(measured, lab)
    assert found is not None
    assert {figure.name: figure.value for figure in found.figures}["accuracy"] == 1.0
    training = rows(*[("I love it so much", "positive"), ("awful and bad", "negative")] * 5)
    learned = tfidf([*training, *measured], measured, lab)
    assert "trained on 10 items" in learned.name
    assert learned.figures[0].value == 1.0
