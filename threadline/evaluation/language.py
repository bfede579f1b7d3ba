"""How often the language of a text is told rightly, told wrongly, or left open."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from infra.rounds import TOGETHER
from models.language import UNDETERMINED
from threadline.evaluation.classifying import (
    Judged,
    class_figures,
    confusion,
    figure,
    texts_per_core_second,
    worst,
)
from threadline.evaluation.lab import Lab
from threadline.evaluation.layouts import Row, paired, read_labelled
from threadline.evaluation.task import Figure, Report, Task, Trial

UNSURE = "not told"
CODES = {
    "arabic": "ar",
    "english": "en",
    "french": "fr",
    "german": "de",
    "hindi": "hi",
    "italian": "it",
    "portuguese": "pt",
    "spanish": "es",
}
LAYOUT = """
A table (CSV, TSV, JSONL) with `text` and `language` (ISO 639-1: en, de, ...), and where there is
one `hint`: the language of the conversation. Or a folder with a folder per language (english,
french, ... or the code) of NAME_text.txt files, one text a line.
"""


def read(data: Path) -> list[Row]:
    """Read texts with their language as `label`."""
    if not data.is_dir():
        return read_labelled(data, ("language", "lang"), bare=("language", "text"))
    folders = {
        folder: CODES.get(folder.name, folder.name)
        for folder in sorted(data.iterdir())
        if paired(folder) is not None and (folder.name in CODES or len(folder.name) == 2)
    }
    if not folders:
        return read_labelled(data, ("language", "lang"), bare=("language", "text"))
    return [
        Row(fields={**row.fields, "label": code}, file=row.file, line=row.line)
        for folder, code in folders.items()
        for row in read_labelled(folder)
    ]


def run(data: Path, lab: Lab) -> Report:
    """Measure the language identifier."""
    rows = [row for row in read(data) if row.get("text").strip()]
    identifier = lab.identifier
    identifier.identify("warm up the engine first", None)
    with lab.stopwatch() as watch:
        told: list[str | None] = []
        for start in lab.each(range(0, len(rows), TOGETHER)):
            some = rows[start : start + TOGETHER]  # as the product does
            hints = [row.get("hint") or None for row in some]
            told += identifier.identify_all([row["text"] for row in some], hints)
    items = [
        Judged(id=row.id, text=row["text"], truth=row["label"], answer=_answer(answer))
        for row, answer in zip(rows, told, strict=True)
    ]
    return Report(
        task="language",
        figures=(
            *class_figures(items, lab, main=""),
            *_told(items, lab),
        ),
        engines=(identifier.name,),
        confusions=(confusion(items),),
        worst=worst([item for item in items if item.answer != UNSURE]),
        speed=(texts_per_core_second(len(items), watch),),
        notes=(
            f"{UNSURE}: too short or too doubtful; the conversation's language stands.",
            "Code-switched and transliterated text (Hindi in Latin letters) is told badly by"
            " anyone; about half of it is left open.",
        ),
    )


def _answer(language: str | None) -> str:
    return UNSURE if language in (None, UNDETERMINED) else str(language)


def _told(items: list[Judged], lab: Lab) -> list[Figure]:
    told = np.array([item.answer != UNSURE for item in items])
    wrong = np.array([item.answer not in (UNSURE, item.truth) for item in items])
    return [
        figure("told at all", lambda at: float(told[at].mean()), len(items), lab),
        figure(
            "told wrongly",
            lambda at: float(wrong[at].mean()),
            len(items),
            lab,
            main=True,
            less_is_better=True,
        ),
    ]


TASK = Task(
    name="language",
    about="Which language a text is in.",
    layout=LAYOUT,
    run=run,
    trials=(
        Trial(
            "tweets in eight languages",
            "sentiment/umsab",
            "UMSAB, validation part; thresholds were chosen on its training part",
        ),
    ),
)
