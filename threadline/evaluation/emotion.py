"""How often the emotion of a text is told rightly."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from schemas.answers import TextAnswer
from threadline.evaluation.classifying import (
    class_figures,
    confusion,
    texts_per_core_second,
    worst,
)
from threadline.evaluation.lab import Lab
from threadline.evaluation.layouts import Row, read_labelled
from threadline.evaluation.sentiment import engines
from threadline.evaluation.task import Report, Task, Trial
from threadline.evaluation.texts import (
    NOT_ANALYSED,
    Answered,
    judged,
    learned_baseline,
    likeliest,
    relabelled,
    verdict_of,
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
    return Report(
        task="emotion",
        figures=class_figures(items, lab, main="macro F1", order=ORDER),
        engines=engines(lab),
        confusions=(confusion(items, ORDER),),
        worst=worst(items),
        baselines=learned_baseline(data, rows, lab, prepared, main="macro F1"),
        speed=(texts_per_core_second(len(items), watch),),
    )


def prepared(rows: Sequence[Row]) -> list[Row]:
    """Write labels small; whichever emotions a set has are taken as they are."""
    return relabelled(rows, {row["label"].strip().casefold(): _ours(row) for row in rows})


def _ours(row: Row) -> str:
    label = row["label"].strip().casefold()
    return ORDER[int(label)] if label in ("0", "1", "2", "3") else label


def answered(answer: TextAnswer) -> Answered:
    """Read what the product says of the emotion."""
    verdict = verdict_of(answer, "emotion")
    if verdict is not None:
        return likeliest(verdict.odds)
    encoding = answer.encoding
    if encoding is None or not encoding.emotion:
        return NOT_ANALYSED, 0.0
    return encoding.emotion, encoding.emotion_confidence or 0.0


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
