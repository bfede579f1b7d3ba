"""How well contact types are told in each language that they were taught in."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from models.catalogue import CONTACT_TYPES, PACKAGED
from models.contact_types.model import UNKNOWN, packed
from models.contact_types.trainer import examples_of, train
from models.contact_types.typer import ContactTyper, Taught
from models.pleasantries import without_pleasantries
from threadline.evaluation.classifying import (
    PER_CLASS,
    Judged,
    classified,
    confusion,
    figure,
    texts_per_core_second,
    worst,
)
from threadline.evaluation.lab import Lab
from threadline.evaluation.layouts import Row
from threadline.evaluation.task import Figure, Report
from threadline.evaluation.texts import with_fields

ENGLISH = "en"


class _Told(NamedTuple):
    """What was said of a text: its judgement, and whether that was worth an answer."""

    item: Judged
    is_told: bool


def measure(learn: Sequence[Row], test: Sequence[Row], lab: Lab) -> Report:
    """Teach each language from the rows in it, and test it on those of the same language."""
    learn, test = ([_as_read(row) for row in rows] for rows in (learn, test))
    languages = list(dict.fromkeys(row.get("language", ENGLISH).casefold() for row in test))
    taught = {one: _taught(_of(learn, one), one, lab) for one in languages}
    vectors = {row["text"]: lab.encoder.encode(row["text"]).vector for row in lab.each(test)}
    with lab.stopwatch() as watch:
        told = [
            answer
            for language in languages
            for answer in _told(taught[language], _of(test, language), vectors, language)
        ]
    items = [one.item for one in told]
    others = [one for one in told if one.item.group != ENGLISH]
    return Report(
        task="contact-type",
        figures=(
            *(_figures(others or told, "further languages" if others else "English", lab)),
            *(one for language in languages for one in _of_language(told, language, lab)),
        ),
        engines=(lab.encoder.name,),
        confusions=(confusion(items),),
        worst=worst(items),
        speed=(texts_per_core_second(len(items), watch),),
        notes=(
            f"Taught with {len(learn):,} examples. A text without a type counts as right where"
            f" {UNKNOWN} is told. Speed is without the search vector.",
            "The language is given, not recognised.",
        ),
    )


def _as_read(row: Row) -> Row:
    return with_fields(row, text=without_pleasantries(row["text"]))


def _of(rows: Sequence[Row], language: str) -> list[Row]:
    return [row for row in rows if row.get("language", ENGLISH).casefold() == language]


def _taught(rows: Sequence[Row], language: str, lab: Lab) -> Taught:
    examples = examples_of(
        [(row["text"], row["label"]) for row in rows],
        lambda text: lab.encoder.encode(text).vector,
    )
    model = train(examples, language=language, encoder="", progress=lambda line: None)
    taught = ContactTyper(packed([model]), "the types just taught").taught(language)
    assert taught is not None
    return taught


def _told(
    taught: Taught, rows: Sequence[Row], vectors: dict[str, bytes], language: str
) -> list[_Told]:
    texts = [row["text"] for row in rows]
    found = taught.judge_all(texts, [vectors[text] for text in texts])
    return [
        _Told(
            Judged(
                id=f"{language}/{row.line}",
                text=row["text"],
                truth=row["label"],
                answer=one.type,
                confidence=one.confidence,
                group=language,
            ),
            taught.is_told(one),
        )
        for row, one in zip(rows, found, strict=True)
    ]


def _figures(told: Sequence[_Told], name: str, lab: Lab) -> list[Figure]:
    """Measure the likeliest types, and what of them is told."""
    items = [one.item for one in told]
    right = np.array([one.truth == one.answer for one in items])
    has_type = np.array([one.truth != UNKNOWN for one in items])
    is_told = np.array([one.is_told for one in told])

    def share(of: np.ndarray, among: np.ndarray) -> float:
        return float(of[among].mean()) if among.any() else float("nan")

    measures = {
        "accuracy": lambda at: float(right[at].mean()),
        "macro F1": classified(items).macro_f1,
        "told, of those with a type": lambda at: share(is_told[at], has_type[at]),
        "right, of those told": lambda at: share(right[at], is_told[at]),
    }
    return [
        figure(f"{what}, {name}", measure, len(items), lab, main=what == "right, of those told")
        for what, measure in measures.items()
    ]


def _of_language(told: Sequence[_Told], language: str, lab: Lab) -> list[Figure]:
    figures = _figures([one for one in told if one.item.group == language], language, lab)
    return [
        Figure(
            name=f"{language}{PER_CLASS}{one.name.removesuffix(f', {language}')}",
            value=one.value,
            low=one.low,
            high=one.high,
            n=one.n,
        )
        for one in figures
    ]


def shipped(_: Path, folder: Path) -> None:
    """Lay out what ships: its examples to learn from, and our lines that it never saw."""
    folder.mkdir(parents=True, exist_ok=True)
    ours = PACKAGED / CONTACT_TYPES.name
    shutil.copy(ours / "examples.csv", folder / "train.csv")
    shutil.copy(ours / "held-out.csv", folder / "test.csv")
