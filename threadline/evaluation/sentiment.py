"""How often negative, neutral and positive are told apart rightly, per language."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from schemas.answers import Encoding
from threadline.evaluation.baselines import tfidf, vader
from threadline.evaluation.classifying import Judged, class_figures, classified, figure
from threadline.evaluation.lab import Lab, Stopwatch
from threadline.evaluation.layouts import Row, read_labelled
from threadline.evaluation.task import Baseline, Figure, Report, Task, Trial
from threadline.evaluation.texts import (
    NOT_ANALYSED,
    Answered,
    answering,
    judged,
    language_folders,
    learned_baseline,
    likeliest,
    relabelled,
    report_on,
    with_fields,
)

ORDER = ("negative", "neutral", "positive")
HEADERS = ("sentiment", "airline_sentiment", "polarity", "feeling")
NAMES = dict(zip(("0", "1", "2", "neg", "neu", "pos", *ORDER), ORDER * 3, strict=True))
SIGNED = {**NAMES, "-1": "negative", "0": "neutral", "1": "positive"}
LAYOUT = """
A table (CSV, TSV, JSONL, JSON list) with `text` and `sentiment` (or `label`): negative, neutral,
positive, or 0, 1, 2, or -1, 0, 1; with `language` (ISO 639-1) where texts are in several, and
`group` (author, conversation) where items of one belong together. A TSV without headers has id,
label and text. Or a folder of NAME_text.txt and NAME_labels.txt, one item a line (test is read,
else val); or a folder of such folders, one per language (english, french, ... or the code).
Beside a part, train_text.txt and train_labels.txt train the tf-idf baseline.
"""


def run(data: Path, lab: Lab) -> Report:
    """Measure the sentiment of texts."""
    folders = language_folders(data)
    if folders:
        return _several(folders, lab)
    rows = prepared(read_labelled(data, HEADERS))
    items, watch = judged(rows, lab, answered)
    languages = sorted({row.get("language") for row in rows})
    english = languages in ([""], ["en"])
    rival = vader(rows, lab) if english else None
    learned = learned_baseline(data, rows, lab, prepared, main="macro recall")
    return report_on(
        "sentiment",
        items,
        watch,
        lab,
        order=ORDER,
        figures=class_figures(items, lab, main="macro recall", order=ORDER),
        baselines=(*((rival,) if rival else ()), *learned),
        notes=_notes(items),
    )


def prepared(rows: Sequence[Row]) -> list[Row]:
    """Give rows our labels, whichever way they are written."""
    signed = any(row["label"].strip() == "-1" for row in rows)
    return relabelled(rows, SIGNED if signed else NAMES)


def _by_probability(encoding: Encoding) -> Answered | None:
    said = encoding.sentiment
    return likeliest({name: getattr(said, name) for name in ORDER}) if said else None


answered = answering("sentiment", _by_probability)


def _several(folders: dict[str, Path], lab: Lab) -> Report:
    everything: list[Judged] = []
    figures: list[Figure] = []
    baselines: list[Baseline] = []
    total = Stopwatch()
    skipped = []
    for language, folder in folders.items():
        rows = [with_fields(row, language=language) for row in prepared(read_labelled(folder))]
        items, watch = judged(rows, lab, answered)
        total.cpu_s += watch.cpu_s
        if sum(item.answer == NOT_ANALYSED for item in items) > len(items) / 2:
            skipped.append(language)
            continue
        everything += [_in(language, item) for item in items]
        done = classified(items, ORDER)
        figures.append(figure(f"{language}: macro F1", done.macro_f1, len(items), lab))
        figures.append(figure(f"{language}: macro recall", done.macro_recall, len(items), lab))
        if language != "en":
            baselines += learned_baseline(folder, rows, lab, prepared, main="macro F1")
    mean = _mean(everything, lab)
    return report_on(
        "sentiment",
        everything,
        total,
        lab,
        order=ORDER,
        figures=(*mean, *figures),
        baselines=_averaged(baselines),
        notes=(
            f"Not analysed, as it should be: {', '.join(skipped) or 'none'}.",
            "English tweets of UMSAB may occur in the pool that was trained on: see English apart.",
        ),
    )


def _in(language: str, item: Judged) -> Judged:
    return Judged(
        id=f"{language}/{item.id}",
        text=item.text,
        truth=item.truth,
        answer=item.answer,
        confidence=item.confidence,
        group=language,
    )


def _mean(items: Sequence[Judged], lab: Lab) -> list[Figure]:
    """Average macro F1 over the languages; items are resampled, whatever their language."""
    languages = sorted({item.group for item in items})
    of = np.array([languages.index(item.group) for item in items])
    done = classified(items, ORDER)

    def over(measured: Sequence[int], at: np.ndarray) -> float:
        return float(np.nanmean([done.macro_f1(at[of[at] == one]) for one in measured]))

    other = [at for at, language in enumerate(languages) if language != "en"]
    if not other:
        return []
    return [
        figure(
            "mean macro F1 without English",
            lambda at: over(other, at),
            len(items),
            lab,
            main=True,
        )
    ]


def _averaged(baselines: Sequence[Baseline]) -> tuple[Baseline, ...]:
    if not baselines:
        return ()
    scores = [one.value for each in baselines for one in each.figures if one.name == "macro F1"]
    name = "tf-idf and logistic regression, per language"
    mean = Figure(name="mean macro F1 without English", value=float(np.mean(scores)))
    return (Baseline(name=name, figures=(mean,)),)


def _notes(items: Sequence[Judged]) -> tuple[str, ...]:
    left = sum(item.answer == NOT_ANALYSED for item in items)
    return (f"{left} texts are in a language that is not analysed, and count as wrong.",) * (
        left > 0
    )


def _semeval(data: Path, lab: Lab) -> tuple[Baseline, ...]:
    training = prepared(read_labelled(data / "sentiment/semeval"))
    rows = prepared(read_labelled(data / "sentiment/tweeteval/sentiment"))
    return (tfidf(training, rows, lab, main="macro recall"),)


TASK = Task(
    name="sentiment",
    about="Negative, neutral or positive.",
    layout=LAYOUT,
    run=run,
    trials=(
        Trial(
            "English tweets",
            "sentiment/tweeteval/sentiment",
            "TweetEval, validation part: left out of training, used to choose the model",
            baselines=_semeval,
        ),
        Trial(
            "tweets in further languages",
            "sentiment/umsab",
            "UMSAB, validation parts: left out of training, used to choose the model",
        ),
    ),
)
