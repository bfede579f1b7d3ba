"""What simpler means reach on the same items: VADER, and tf-idf with logistic regression."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence

from processors.evaluation.split import same_words
from schemas.base import Contract, decode
from threadline.evaluation.classifying import Judged, class_figures
from threadline.evaluation.lab import SEED, Lab
from threadline.evaluation.layouts import Row
from threadline.evaluation.task import Baseline

VADER_LINE = 0.05
"""Compound scores beyond this are called positive or negative (Hutto and Gilbert 2014)."""


class Known(Contract, frozen=True, kw_only=True):
    """Figures that no run measures: of a tool measured once, or of a publication."""

    task: str
    trial: str = ""
    baseline: Baseline


def known_baselines(recorded: bytes, task: str, trial: str) -> tuple[Baseline, ...]:
    """Pick what is recorded for a task, and for one of its trials where it names one."""
    entries = decode(recorded, tuple[Known, ...])
    return tuple(one.baseline for one in entries if one.task == task and one.trial in ("", trial))


def vader(rows: Sequence[Row], lab: Lab, *, main: str = "macro recall") -> Baseline | None:
    """Measure VADER on rows whose label is negative, neutral or positive; None where it lacks."""
    if importlib.util.find_spec("vaderSentiment") is None:
        return None
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyser = SentimentIntensityAnalyzer()
    answers = [_mood(analyser.polarity_scores(row["text"])["compound"]) for row in rows]
    return _baseline("VADER 3.3", rows, answers, lab, main)


def tfidf(
    training: Sequence[Row], rows: Sequence[Row], lab: Lab, *, main: str = "macro F1"
) -> Baseline:
    """Train tf-idf of words and characters with logistic regression, and measure it on `rows`.

    Rows whose text is among those measured are left out of the training.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import SGDClassifier
    from sklearn.pipeline import make_pipeline, make_union

    measured = {same_words(row["text"]) for row in rows}
    training = [row for row in training if same_words(row["text"]) not in measured]
    model = make_pipeline(
        make_union(
            TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2, max_features=100_000),
            TfidfVectorizer(
                analyzer="char_wb",
                ngram_range=(2, 4),
                sublinear_tf=True,
                min_df=3,
                max_features=100_000,
            ),
        ),
        SGDClassifier(
            loss="log_loss",
            alpha=3e-5,
            average=True,
            max_iter=15,
            tol=None,
            class_weight="balanced",
            random_state=SEED,
        ),
    )
    model.fit([row["text"] for row in training], [row["label"] for row in training])
    answers = [str(answer) for answer in model.predict([row["text"] for row in rows])]
    name = f"tf-idf and logistic regression, trained on {len(training)} items"
    return _baseline(name, rows, answers, lab, main)


def _baseline(
    name: str, rows: Sequence[Row], answers: Sequence[str], lab: Lab, main: str
) -> Baseline:
    items = [
        Judged(id=row.id, text=row["text"], truth=row["label"], answer=answer)
        for row, answer in zip(rows, answers, strict=True)
    ]
    return Baseline(name=name, figures=class_figures(items, lab, main=main, per_class=False))


def _mood(compound: float) -> str:
    if compound >= VADER_LINE:
        return "positive"
    return "negative" if compound <= -VADER_LINE else "neutral"
