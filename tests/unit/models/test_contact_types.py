"""Contact types are learnt from a few examples, and what is about something else is not named."""

from __future__ import annotations

import csv
from pathlib import Path

import msgspec
import numpy as np
import pytest

from models.catalogue import CONTACT_TYPES, PACKAGED, UTTERANCE_ENCODER, verify
from models.contact_types.letters import without_marks
from models.contact_types.model import FILE_NAME, UNKNOWN, Model, packed
from models.contact_types.ngrams import NgramVocabulary, ngrams
from models.contact_types.trainer import Examples, examples_of, train
from models.contact_types.typer import ContactTyper, Judgement, Taught
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
        rows = [(r["text"], r["label"]) for r in csv.DictReader(file) if r["language"] == "en"]
    return [row for row in rows if row[1] in TAUGHT]


@pytest.fixture(scope="module")
def examples(encoder: TextEncoder, pairs: list[tuple[str, str]]) -> Examples:
    return examples_of(pairs, lambda text: encoder.encode(text).vector)


@pytest.fixture(scope="module")
def model(examples: Examples) -> Model:
    return train(examples, language="en", encoder="test", progress=lambda line: None)


@pytest.fixture(scope="module")
def typer(model: Model) -> ContactTyper:
    return ContactTyper(packed([model]), "a test")


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
    assert answer is not None
    assert (answer.type, answer.engine) == (expected, typer.name)
    assert (answer.confidence is None) == (expected is None)


def test_texts_are_judged_together_as_they_are_alone(
    typer: ContactTyper, examples: Examples, encoder: TextEncoder
) -> None:
    texts = [*examples.texts[::5], "", "xyzzy", "refund refund refund"]
    vectors = [one.vector for one in encoder.encode_all(texts, ["en"] * len(texts))]
    taught = typer.taught("en")
    assert taught is not None
    alone = [taught.judge(*one) for one in zip(texts, vectors, strict=True)]
    assert taught.judge_all(texts, vectors) == alone
    assert typer.tell_all([], [], []) == []


def test_equal_examples_make_an_equal_engine_and_others_another(
    examples: Examples, model: Model, typer: ContactTyper
) -> None:
    again = train(examples, language="en", encoder="test", progress=lambda line: None)
    assert packed([again]) == packed([model])
    other = train(examples, language="de", encoder="test", progress=lambda line: None)
    assert ContactTyper(packed([other]), "a test").name != typer.name


@pytest.fixture(scope="module")
def bilingual(encoder: TextEncoder, model: Model) -> ContactTyper:
    with (FOLDER / "examples.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["language"] == "de"]
    pairs = [(row["text"], row["label"]) for row in rows if row["label"] in TAUGHT]
    german = train(
        examples_of(pairs, lambda text: encoder.encode(text).vector),
        language="de", encoder="test", progress=lambda line: None,
    )  # fmt: skip
    return ContactTyper(packed([model, german]), "a test")


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Wann kommt mein Paket endlich an?", "de", "delivery"),
        ("Ich habe schon wieder mein Passwort vergessen", "de", "login"),
        ("Guten Morgen", "de", None),
        ("the courier has lost my package", "en", "delivery"),
        ("the courier has lost my package", None, "delivery"),
    ],
)
def test_a_text_is_told_by_what_was_taught_in_its_language(
    bilingual: ContactTyper, encoder: TextEncoder, text: str, language: str | None,
    expected: str | None,
) -> None:  # fmt: skip
    answer = bilingual.tell(text, encoder.encode(text).vector, language)
    assert answer is not None
    assert answer.type == expected


@pytest.mark.parametrize("language", ["fr", "und"])
def test_nothing_is_told_in_a_language_that_was_not_taught(
    bilingual: ContactTyper, encoder: TextEncoder, language: str
) -> None:
    assert bilingual.tell("où est mon colis", encoder.encode("où").vector, language) is None


def test_another_language_changes_no_english_answer(
    bilingual: ContactTyper, typer: ContactTyper, examples: Examples, encoder: TextEncoder
) -> None:
    both, alone = bilingual.taught("en"), typer.taught("en")
    assert both is not None
    assert alone is not None
    texts = list(examples.texts[::7])
    vectors = [encoder.encode(text).vector for text in texts]
    assert both.judge_all(texts, vectors) == alone.judge_all(texts, vectors)


def test_texts_of_several_languages_are_told_together_as_they_are_alone(
    bilingual: ContactTyper, encoder: TextEncoder
) -> None:
    texts = ["wo ist mein paket", "where is my parcel", "où est mon colis", "ich will mein geld"]
    languages = ["de", "en", "fr", "de"]
    vectors = [encoder.encode(text).vector for text in texts]
    alone = [bilingual.tell(*one) for one in zip(texts, vectors, languages, strict=True)]
    assert bilingual.tell_all(texts, vectors, languages) == alone


def test_marks_on_letters_make_no_difference_but_in_english(
    bilingual: ContactTyper, encoder: TextEncoder
) -> None:
    vector = encoder.encode("x").vector
    german, english = bilingual.taught("de"), bilingual.taught("en")
    assert german is not None
    assert english is not None
    marked, bare = "zurückzahlen, rückerstattung", "zurueckzahlen, rueckerstattung"
    assert german.judge(marked, vector) == german.judge(bare, vector)
    assert without_marks("código de Perú, façade", "es") == "codigo de Peru, facade"
    assert english.judge("refünd my money", vector) != english.judge("refund my money", vector)


def test_what_is_too_unsure_to_be_right_often_enough_is_not_told(model: Model) -> None:
    sure = msgspec.structs.replace(model.about, least=1.0)
    taught = Taught(model._replace(about=sure))
    judgement = Judgement("delivery", 0.9, 10.0)
    assert Taught(model).is_told(judgement)
    assert not taught.is_told(judgement)


def test_a_file_of_an_earlier_format_asks_to_be_trained_anew(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    about = np.frombuffer(b'{"format":1,"languages":["en"]}', dtype=np.uint8)
    np.savez_compressed(path, about=about)
    with pytest.raises(ConfigError, match="has format 1; train it anew"):
        ContactTyper.load(path)


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

    two = train(only("login", "refund"), language="en", encoder="", progress=lambda line: None)
    assert two.about.accuracy > 0.9
    with pytest.raises(ConfigError, match="two or more"):
        train(only("login", UNKNOWN), language="en", encoder="", progress=lambda line: None)


def test_a_type_with_two_examples_is_refused_by_name(encoder: TextEncoder) -> None:
    few = [("one", "a"), ("two", "a"), ("three", "b"), ("four", "b"), ("five", "b")]
    with pytest.raises(ConfigError, match="'a' has 2 examples"):
        train(
            examples_of(few, lambda text: encoder.encode(text).vector),
            language="en", encoder="", progress=lambda line: None,
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
        rows = list(csv.DictReader(file))
    typer = ContactTyper.load(FOLDER / FILE_NAME)
    assert typer.languages == {row["language"] for row in rows} >= {"en", "de", "es"}
    for language in typer.languages:
        taught = typer.taught(language)
        assert taught is not None
        types = {row["label"] for row in rows if row["language"] == language}
        assert set(taught.about.types) == types


def test_words_pairs_and_runs_of_characters_are_counted() -> None:
    found = list(ngrams("No signal"))
    assert found[:3] == ["no", "signal", "no signal"]
    assert {"# no", "#no ", "# no ", "#sign", "#ignal"} <= set(found)


def test_ngrams_that_no_example_had_weigh_nothing() -> None:
    vocabulary = NgramVocabulary.learn(["no signal", "no money"], words_from=1, runs_from=1)
    assert len(vocabulary.weigh("xyzzy").columns) == 0
    known = vocabulary.weigh("no signal")
    assert float((known.weights**2).sum()) == pytest.approx(2)
