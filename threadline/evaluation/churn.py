"""How often a line that says its writer leaves is told from one that does not."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import msgspec
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from models.catalogue import CHURN_INTENT, PACKAGED
from models.churn import ChurnReader
from models.training.churn import TRAINED_ON, Line, brands_in, fit, tokens, with_ours
from processors.evaluation.ranking import area_under_roc
from processors.evaluation.split import fold
from threadline.evaluation.classifying import (
    Judged,
    class_figures,
    classified,
    confusion,
    figure,
    texts_per_core_second,
    worst,
)
from threadline.evaluation.lab import Lab
from threadline.evaluation.layouts import Row, read_rows, table_files
from threadline.evaluation.task import Baseline, Figure, Report, Task, Trial

FOLDS = 10
INVERSE_PENALTY = 10.0
FEWEST = 100
"""Lines below which ten folds would say nothing."""
LEAVES, STAYS = "leaves", "does not"
YES = frozenset({"1", "1.0", "true", "yes", "churn", "churner", LEAVES})
NO_BRAND = frozenset({"", "no_brand", "none"})
LAYOUT = """
A table (CSV, TSV, JSONL) with `text`, `brand` (whom it is about: empty or no_brand means "you"),
`label` (1: its writer leaves that brand) and, where there is one, `language` (en, de). A TSV
without headers holds text, language, brand, label. One text may stand there for several brands;
all brands of the table are known to the model as competitors, as settings would list them.

The lines that the shipped weights were trained on are measured in ten folds by text, the model
being trained anew for each; all other lines as it is shipped (and in folds besides).
"""


def read(data: Path) -> list[Row]:
    """Read labelled lines."""
    columns = {
        "text": ("text", "utterance", "message", "line"),
        "label": ("label", "churn", "intent", "truth"),
        "brand": ("brand", "target", "target_brand", "company"),
        "language": ("language", "lang"),
        "id": ("id", "tweet_id"),
    }
    bare = ("text", "language", "brand", "label")
    return read_rows(data, columns, bare=bare, needed=("text", "label"))


def line_of(row: Row) -> Line:
    """Turn a row into a line to train on."""
    brand = row.get("brand").strip().casefold()
    return Line(
        row["text"],
        row.get("language", "en").casefold(),
        None if brand in NO_BRAND else brand,
        row["label"].strip().casefold() in YES,
    )


def run(data: Path, lab: Lab) -> Report:
    """Measure the churn intent."""
    rows = read(data)
    lines = [line_of(row) for row in rows]
    brands = brands_in(lines)
    is_known = any(sha256(f.read_bytes()).hexdigest() == TRAINED_ON for f in table_files(data))
    reader = ChurnReader(PACKAGED / CHURN_INTENT.name)
    with lab.stopwatch() as watch:
        shipped = [_as_shipped(reader, line, brands) for line in lab.each(lines)]
    in_folds = len(lines) >= FEWEST and len({line.leaves for line in lines}) > 1
    folded = _in_folds(lines, brands, ours=True) if in_folds else shipped
    scores = folded if is_known else shipped
    items = _judged(rows, lines, scores)
    figures = [*class_figures(items, lab, order=(LEAVES, STAYS))]
    figures.append(_auc(lines, scores, lab))
    if in_folds and not is_known:
        figures.append(_f1("macro F1, trained on nine tenths of this", rows, lines, folded, lab))
    if in_folds and is_known:
        alone = _in_folds(lines, brands, ours=False)
        figures.append(_f1("macro F1, without our own lines", rows, lines, alone, lab))
    return Report(
        task="churn",
        figures=tuple(figures),
        engines=(reader.name,),
        confusions=(confusion(items, (LEAVES, STAYS)),),
        worst=worst(items),
        baselines=_baselines(rows, lines, lab) if in_folds else (),
        speed=(texts_per_core_second(len(lines), watch),),
        notes=(
            "Ten folds by text: these lines trained the shipped weights, so each was read by"
            " weights that had not seen its text."
            if is_known
            else "As shipped: none of these lines was trained on.",
            "Intervals resample texts, since one text may stand there for several brands.",
        ),
    )


def _as_shipped(reader: ChurnReader, line: Line, brands: frozenset[str]) -> float:
    own = [line.target] if line.target else []
    found = reader.read(line.text, line.language, own, sorted(brands.difference(own)))
    return found.score if found else 0.0


def _in_folds(lines: Sequence[Line], brands: frozenset[str], *, ours: bool) -> list[float]:
    """Read each line by weights that have not seen its text; `ours` adds our own lines to them."""
    part = [fold(line.text, FOLDS) for line in lines]
    scores = [0.0] * len(lines)
    for now in sorted(set(part)):
        known = [line for line, at in zip(lines, part, strict=True) if at != now]
        weights = fit(with_ours(known) if ours else known, brands)
        for at, line in enumerate(lines):
            if part[at] == now:
                scores[at] = weights.score(tokens(line, brands))
    return scores


def _judged(rows: Sequence[Row], lines: Sequence[Line], scores: Sequence[float]) -> list[Judged]:
    return [
        Judged(
            id=row.id,
            text=f"[{line.target or 'you'}] {line.text}",
            truth=LEAVES if line.leaves else STAYS,
            answer=LEAVES if score > 0.5 else STAYS,
            confidence=round(max(score, 1 - score), 4),
            group=line.text.strip().casefold(),
        )
        for row, line, score in zip(rows, lines, scores, strict=True)
    ]


def _f1(
    name: str, rows: Sequence[Row], lines: Sequence[Line], scores: Sequence[float], lab: Lab
) -> Figure:
    items = _judged(rows, lines, scores)
    done = classified(items, (LEAVES, STAYS))
    return figure(name, done.macro_f1, len(items), lab, groups=[item.group for item in items])


def _auc(lines: Sequence[Line], scores: Sequence[float], lab: Lab) -> Figure:
    truth, said = np.array([line.leaves for line in lines]), np.array(scores)
    return figure(
        "area under the ROC curve",
        lambda at: area_under_roc(list(said[at]), list(truth[at])),
        len(lines),
        lab,
        groups=[line.text.strip().casefold() for line in lines],
    )


def _baselines(rows: Sequence[Row], lines: Sequence[Line], lab: Lab) -> tuple[Baseline, ...]:
    """Word and word-pair tf-idf of text and brand with logistic regression, in the same folds."""
    part = np.array([fold(line.text, FOLDS) for line in lines])
    texts = np.array([f"{line.text} {line.target or ''}" for line in lines], dtype=object)
    truth = np.array([line.leaves for line in lines])
    scores = np.zeros(len(lines))
    for now in np.unique(part):
        model = make_pipeline(
            TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
            LogisticRegression(C=INVERSE_PENALTY, max_iter=2_000),
        )
        model.fit(texts[part != now], truth[part != now])
        scores[part == now] = model.predict_proba(texts[part == now])[:, 1]
    measured = _f1("macro F1", rows, lines, [float(score) for score in scores], lab)
    return (
        Baseline(
            name="tf-idf of words and brand, logistic regression, same folds",
            figures=(msgspec.structs.replace(measured, main=True),),
        ),
    )


TASK = Task(
    name="churn",
    about="Whether a line says that its writer leaves a brand.",
    layout=LAYOUT,
    run=run,
    trials=(
        Trial(
            "churn intent in chat lines",
            "churn/swisscom-en/EN_chatbot.csv",
            "ten folds by text; the model is trained anew for each",
        ),
    ),
)
