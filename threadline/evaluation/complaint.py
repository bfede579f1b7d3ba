"""How often complaints are told from other messages, per industry."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from models.training.material import is_held_out
from schemas.answers import Encoding
from threadline.evaluation.baselines import tfidf
from threadline.evaluation.classifying import Judged, class_figures, classified, figure
from threadline.evaluation.lab import Lab
from threadline.evaluation.layouts import Row, read_labelled
from threadline.evaluation.task import HELD_OUT, Baseline, Figure, Report, Task, Trial
from threadline.evaluation.texts import Answered, answering, judged, relabelled, report_on

COMPLAINT, NONE = "complaint", "none"
ORDER = (NONE, COMPLAINT)
NAMES = {
    **dict.fromkeys(("1", "1.0", "true", "yes", "complaint"), COMPLAINT),
    **dict.fromkeys(("0", "0.0", "false", "no", "none", "no complaint", "not complaint"), NONE),
}
FEWEST = 30  # items of an industry whose figure is worth showing
LAYOUT = """
A table (CSV, TSV, JSONL, JSON list) with `text` and `is_complaint` (or `label`): 1 or 0, yes or
no, complaint or none; with `domain` (industry) where there are several. `--part held-out` takes
those texts of the public set of complaint tweets that training leaves out.
"""


def run(data: Path, lab: Lab) -> Report:
    """Measure whether texts are complaints."""
    rows = relabelled(read_labelled(data, ("is_complaint", "complaint")), NAMES)
    measured = [row for row in rows if lab.part != HELD_OUT or is_held_out(row["text"])]
    items, watch = judged(measured, lab, answered)
    return report_on(
        "complaint",
        items,
        watch,
        lab,
        order=ORDER,
        figures=(*class_figures(items, lab, order=ORDER), *_industries(measured, items, lab)),
        baselines=_learned(rows, measured, lab),
    )


def _by_probability(encoding: Encoding) -> Answered | None:
    """Read a complaint from a probability of a half on."""
    odds = encoding.complaint
    if odds is None:
        return None
    return (COMPLAINT, odds) if odds >= 0.5 else (NONE, 1 - odds)


answered = answering("complaint", _by_probability)


def _industries(rows: Sequence[Row], items: Sequence[Judged], lab: Lab) -> list[Figure]:
    found = []
    for domain in sorted({row.get("domain") for row in rows} - {""}):
        mine = [item for row, item in zip(rows, items, strict=True) if row.get("domain") == domain]
        if len(mine) >= FEWEST and len({item.truth for item in mine}) == len(ORDER):
            done = classified(mine, ORDER)
            found.append(figure(f"macro F1 in {domain}", done.macro_f1, len(mine), lab))
    return found


def _learned(rows: Sequence[Row], measured: Sequence[Row], lab: Lab) -> tuple[Baseline, ...]:
    rest = [row for row in rows if not is_held_out(row["text"])]
    if lab.part != HELD_OUT or not rest:
        return ()
    return (tfidf(rest, measured, lab),)


TASK = Task(
    name="complaint",
    about="Whether a text is a complaint.",
    layout=LAYOUT,
    run=run,
    trials=(
        Trial(
            "tweets to support accounts",
            "sentiment/complaints",
            "Complaint tweets of several industries, the 15 % that training leaves out",
            part=HELD_OUT,
        ),
    ),
)
