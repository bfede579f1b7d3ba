"""How often the emotion of a text is told rightly."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from schemas.answers import Encoding
from threadline.evaluation.classifying import class_figures
from threadline.evaluation.lab import Lab
from threadline.evaluation.layouts import Row, read_labelled
from threadline.evaluation.task import Report, Task, Trial
from threadline.evaluation.texts import (
    Answered,
    answering,
    judged,
    learned_baseline,
    relabelled,
    report_on,
)

ORDER = ("anger", "joy", "optimism", "sadness")
LAYOUT = """
A table (CSV, TSV, JSONL, JSON list) with `text` and `emotion` (or `label`): anger, joy, optimism,
sadness. Or a folder of NAME_text.txt and NAME_labels.txt, one item a line (test is read, else
val), with mapping.txt: number, tab, emotion. Other emotions than ours count as missed.
"""


def run(data: Path, lab: Lab) -> Report:
    """Measure the emotion of texts."""
    rows = prepared(read_labelled(data, ("emotion", "feeling")))
    items, watch = judged(rows, lab, answered)
    return report_on(
        "emotion",
        items,
        watch,
        lab,
        order=ORDER,
        figures=class_figures(items, lab, main="macro F1", order=ORDER),
        baselines=learned_baseline(data, rows, lab, prepared, main="macro F1"),
    )


def prepared(rows: Sequence[Row]) -> list[Row]:
    """Write labels small; whichever emotions a set has are taken as they are."""
    return relabelled(rows, {row["label"].strip().casefold(): _ours(row) for row in rows})


def _ours(row: Row) -> str:
    label = row["label"].strip().casefold()
    return ORDER[int(label)] if label in ("0", "1", "2", "3") else label


def _ours_of(encoding: Encoding) -> Answered | None:
    return (encoding.emotion, encoding.emotion_confidence or 0.0) if encoding.emotion else None


answered = answering("emotion", _ours_of)


TASK = Task(
    name="emotion",
    about="Anger, joy, optimism or sadness.",
    layout=LAYOUT,
    run=run,
    trials=(
        Trial(
            "English tweets",
            "sentiment/tweeteval/emotion",
            "TweetEval, validation part: left out of training, used to choose the model",
        ),
    ),
)
