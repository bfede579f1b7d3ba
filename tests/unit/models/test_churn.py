"""Who leaves whom: the same words mean another thing for another brand."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.catalogue import CHURN_INTENT, PACKAGED
from models.churn import ChurnReader
from models.training.churn import Line, brands_in, fit, read_lines, tokens
from processors.evaluation.confusion import Classified
from schemas.errors import ConfigError

GERMAN = Path(__file__).with_name("churn_german.tsv")


@pytest.fixture(scope="module")
def reader() -> ChurnReader:
    return ChurnReader(PACKAGED / CHURN_INTENT.name)


def score(
    reader: ChurnReader, text: str, own: tuple[str, ...] = (), others: tuple[str, ...] = ()
) -> float:
    found = reader.read(text, "en", own, others)
    assert found is not None
    return found.score


@pytest.mark.parametrize(
    "text",
    [
        "I want to leave you",
        "Please cancel my contract",
        "You are so slow, I am leaving",
        "I am switching to Telbo",
        "I am switching from Fonaro to Telbo",
        "Goodbye Fonaro, I will move to Telbo",
        "I quit Fonaro",
    ],
)
def test_who_leaves_us_scores_above_a_half(reader: ChurnReader, text: str) -> None:
    assert score(reader, text, ("Fonaro",), ("Telbo",)) > 0.5


@pytest.mark.parametrize(
    "text",
    [
        "I will leave them for you",
        "I am switching from Telbo to Fonaro",
        "I quit Telbo, I am going to Fonaro",
        "Fonaro is the best",
        "My internet has been down since Monday",
        "When will my bill arrive?",
    ],
)
def test_who_comes_or_only_talks_scores_below(reader: ChurnReader, text: str) -> None:
    assert score(reader, text, ("Fonaro",), ("Telbo",)) < 0.5


def test_the_same_words_are_a_loss_to_one_and_a_gain_to_the_other(reader: ChurnReader) -> None:
    text = "I am moving from Telbo Mobile to Fonaro"
    assert score(reader, text, ("Telbo Mobile",), ("Fonaro",)) > 0.5
    assert score(reader, text, ("Fonaro",), ("Telbo Mobile",)) < 0.5


def test_german_is_read_through_a_glossary_at_the_stated_level(reader: ChurnReader) -> None:
    rows = [line.split("\t") for line in GERMAN.read_text("utf-8").splitlines()]
    scores = [reader.read(text, "de", ("Fonaro",), ("Telbo",)) for text, _ in rows]
    answers = ["1" if found and found.score > 0.5 else "0" for found in scores]
    done = Classified([label for _, label in rows], answers)
    assert len(rows) == 60
    assert done.macro_f1() > 0.83


def test_a_language_that_it_cannot_read_has_no_intent(reader: ChurnReader) -> None:
    assert reader.read("je veux résilier mon contrat", "fr") is None


def test_weights_that_differ_from_the_catalogue_are_refused(tmp_path: Path) -> None:
    (tmp_path / "weights.json").write_text('{"bias":0,"features":{}}')
    with pytest.raises(ConfigError, match="not the file we know"):
        ChurnReader(tmp_path)


def test_training_learns_from_which_brand_somebody_goes(tmp_path: Path) -> None:
    moves = (("Telbo", "Fonaro"), ("Fonaro", "Telbo"), ("Mova", "Telbo"))
    rows = [
        f"I go from {a} to {b}\tEN\t{target}\t{leaves}"
        for a, b in moves
        for target, leaves in ((a, 1), (b, 0))
    ]
    rows += [f"{word} is here\tEN\tno_brand\t0" for word in ("Spring", "Winter", "Nobody")]
    path = tmp_path / "lines.tsv"
    path.write_text("\n".join(rows), "utf-8")
    lines = read_lines(path)
    brands = brands_in(lines)
    weights = fit(lines, brands)
    unseen = Line("I go from Mova to Fonaro", "en", "mova", True)
    assert weights.score(tokens(unseen, brands)) > 0.5
    assert weights.score(tokens(unseen._replace(target="fonaro"), brands)) < 0.5
    assert fit(lines, brands) == weights
