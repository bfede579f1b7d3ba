"""Contact types are learnt from a few examples, and what is about something else is not named."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from models.catalogue import CONTACT_TYPES, PACKAGED, UTTERANCE_ENCODER, verify
from models.contact_types.ngrams import NgramVocabulary, ngrams
from models.contact_types.trainer import Examples, examples_of, train
from models.contact_types.typer import FILE_NAME, UNKNOWN, ContactTyper, Model, packed
from models.encoder import TextEncoder
from schemas.errors import ConfigError

FOLDER = PACKAGED / CONTACT_TYPES.name
TAUGHT = ("delivery", "refund", "login", UNKNOWN)


@pytest.fixture(scope="module")
def encoder() -> TextEncoder:
    return TextEncoder(PACKAGED / UTTERANCE_ENCODER.name)


@pytest.fixture(scope="module")
def pairs() -> list[tuple[str, str]]:
    with (FOLDER / "examples.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["text"], row["label"]) for row in csv.DictReader(file)]
    return [row for row in rows if row[1] in TAUGHT]


@pytest.fixture(scope="module")
def examples(encoder: TextEncoder, pairs: list[tuple[str, str]]) -> Examples:
    return examples_of(pairs, lambda text: encoder.encode(text).vector)


@pytest.fixture(scope="module")
def model(examples: Examples) -> Model:
    return train(examples, languages=("en",), encoder="test", progress=lambda line: None)


@pytest.fixture(scope="module")
def typer(model: Model) -> ContactTyper:
    return ContactTyper(packed(model), "a test")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the courier has lost my package", "delivery"),
        ("when do I get the money for the shoes I sent back", "refund"),
        ("the site says my password is invalid", "login"),
        ("good morning to you", None),
        ("the orchestra plays Mahler on Thursday", None),
    ],
)
def test_a_type_is_named_and_what_is_about_nothing_is_not(
    typer: ContactTyper, encoder: TextEncoder, text: str, expected: str | None
) -> None:
    answer = typer.tell(text, encoder.encode(text).vector)
    assert (answer.type, answer.engine) == (expected, typer.name)
    assert (answer.confidence is None) == (expected is None)


def test_texts_are_judged_together_as_they_are_alone(
    typer: ContactTyper, examples: Examples, encoder: TextEncoder
) -> None:
    texts = [*examples.texts[::5], "", "xyzzy", "refund refund refund"]
    vectors = [one.vector for one in encoder.encode_all(texts, ["en"] * len(texts))]
    alone = [typer.judge(*one) for one in zip(texts, vectors, strict=True)]
    assert typer.judge_all(texts, vectors) == alone
    assert typer.tell_all([], []) == []


def test_equal_examples_make_an_equal_engine_and_others_another(
    examples: Examples, model: Model, typer: ContactTyper
) -> None:
    again = train(examples, languages=("en",), encoder="test", progress=lambda line: None)
    assert packed(again) == packed(model)
    other = train(examples, languages=("en", "de"), encoder="test", progress=lambda line: None)
    assert ContactTyper(packed(other), "a test").name != typer.name


def test_names_of_types_are_learnt_from_and_never_tested_on(
    examples: Examples, model: Model
) -> None:
    assert sum(examples.is_name) == 3
    assert "delivery" in examples.texts
    assert {name: one.examples for name, one in model.about.types.items()} == {
        "delivery": 17, "refund": 16, "login": 16, UNKNOWN: 56,
    }  # fmt: skip
    assert model.about.accuracy > 0.8


def test_two_types_are_enough_and_one_is_not(examples: Examples) -> None:
    def only(*names: str) -> Examples:
        at = [n for n, label in enumerate(examples.labels) if label in names]
        return Examples(
            [examples.texts[n] for n in at],
            examples.units[at],
            [examples.labels[n] for n in at],
            [examples.is_name[n] for n in at],
        )

    two = train(only("login", "refund"), languages=(), encoder="", progress=lambda line: None)
    assert two.about.accuracy > 0.9
    with pytest.raises(ConfigError, match="two or more"):
        train(only("login", UNKNOWN), languages=(), encoder="", progress=lambda line: None)


def test_a_type_with_two_examples_is_refused_by_name(encoder: TextEncoder) -> None:
    few = [("one", "a"), ("two", "a"), ("three", "b"), ("four", "b"), ("five", "b")]
    with pytest.raises(ConfigError, match="'a' has 2 examples"):
        train(
            examples_of(few, lambda text: encoder.encode(text).vector),
            languages=(), encoder="", progress=lambda line: None,
        )  # fmt: skip


@pytest.mark.parametrize("content", [b"", b"text,label\n", b"PK\x03\x04 broken"])
def test_a_broken_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / FILE_NAME
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=FILE_NAME):
        ContactTyper.load(path)
    with pytest.raises(ConfigError, match="cannot read"):
        ContactTyper.load(tmp_path / "nowhere.npz")


def test_what_ships_is_what_the_catalogue_knows() -> None:
    verify(CONTACT_TYPES, FOLDER)
    with (FOLDER / "examples.csv").open(encoding="utf-8", newline="") as file:
        types = {row["label"] for row in csv.DictReader(file)}
    assert set(ContactTyper.load(FOLDER / FILE_NAME).about.types) == types


def test_words_pairs_and_runs_of_characters_are_counted() -> None:
    found = list(ngrams("No signal"))
    assert found[:3] == ["no", "signal", "no signal"]
    assert {"# no", "#no ", "# no ", "#sign", "#ignal"} <= set(found)


def test_ngrams_that_no_example_had_weigh_nothing() -> None:
    vocabulary = NgramVocabulary.learn(["no signal", "no money"], words_from=1, runs_from=1)
    assert len(vocabulary.weigh("xyzzy").columns) == 0
    known = vocabulary.weigh("no signal")
    assert float((known.weights**2).sum()) == pytest.approx(2)
