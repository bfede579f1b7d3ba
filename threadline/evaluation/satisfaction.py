"""How well ratings of satisfaction by onlookers are met, turn by turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import numpy as np
from msgspec import structs
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from models.catalogue import PACKAGED, SATISFACTION
from models.satisfaction import RATINGS, SatisfactionRater, SatisfactionWeights, overall
from models.satisfaction_text import features_of
from models.training.satisfaction import TRAINED_ON, Dialogue, fit, read_dialogues
from schemas.utterance import Sentiment
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
from threadline.evaluation.layouts import wrong
from threadline.evaluation.task import Baseline, Figure, Report, Task, Trial

ORDER = tuple(map(str, RATINGS))
FEWEST = 500
"""Turns below which the simple model would learn nothing."""
COMMON = 20
"""Fewest turns of a rating for it to count in the figure over common ratings."""
LAYOUT = """
A text file, or a folder of them (a file is a domain): dialogues with a blank line between them, a
line per turn: USER or SYSTEM, tab, text, tab, action (may be empty), tab, ratings 1-5 of several
people with commas between. A turn USER OVERALL rates the whole dialogue. The truth of a turn is
the rating most often given, of equally common ones the lowest.

The dialogues that the shipped weights were trained on are measured by leaving out one domain
after the other and training anew; all other files as it is shipped.
"""


class _Rated(NamedTuple):
    """What was said of a dialogue: a rating per turn, and the score of the whole."""

    dialogue: Dialogue
    ratings: list[int]
    chances: list[float]
    score: float


def run(data: Path, lab: Lab) -> Report:
    """Measure the estimate of satisfaction."""
    rater = SatisfactionRater(PACKAGED / SATISFACTION.name)
    feel = _feeling(lab)
    known: list[Dialogue] = []
    unseen: list[Dialogue] = []
    for file in _files(data):
        is_known = sha256(file.read_bytes()).hexdigest() == TRAINED_ON
        (known if is_known else unseen).extend(read_dialogues(file, feel))
    rated = [*_left_out(known)]
    with lab.stopwatch() as watch:
        rated += [_rate(rater.weights, dialogue) for dialogue in unseen]
    items = [item for one in rated for item in _judged(one)]
    return Report(
        task="satisfaction",
        figures=(
            *class_figures(items, lab, main="macro recall", order=ORDER),
            *_further(items, rated, lab),
        ),
        engines=(rater.name, lab.encoder.name),
        confusions=(confusion(items, ORDER),),
        worst=worst(items),
        baselines=_baselines(items, lab),
        speed=(texts_per_core_second(sum(len(one.ratings) for one in rated), watch),)
        if unseen
        else (),
        notes=(
            "Macro recall is the unweighted average recall over the ratings that occur.",
            *(("Its own training file: each domain was left out in turn.",) if known else ()),
            "Raters call nine turns in ten a 3: few 1s and 5s carry two fifths of the figure.",
        ),
    )


def _feeling(lab: Lab) -> Callable[[str], Sentiment]:
    felt: dict[str, Sentiment] = {}

    def feel(text: str) -> Sentiment:
        if text not in felt:
            said = lab.encoder.encode(text).sentiment
            assert said is not None, "English has a sentiment"
            felt[text] = said
            lab.progress(len(felt), 0)
        return felt[text]

    return feel


def _files(data: Path) -> list[Path]:
    files = [data] if data.is_file() else sorted(data.glob("*.txt"))
    if not files:
        raise wrong(data, "there is no .txt in it", reason="unknown_format")
    return files


def _left_out(dialogues: Sequence[Dialogue]) -> Iterator[_Rated]:
    for domain in sorted({dialogue.domain for dialogue in dialogues}):
        weights = fit([one for one in dialogues if one.domain != domain])
        for one in dialogues:
            if one.domain == domain:
                yield _rate(weights, one)


def _rate(weights: SatisfactionWeights, dialogue: Dialogue) -> _Rated:
    found = list(features_of(dialogue.said))
    chances = [weights.chances(one) for one in found]
    scores = [weights.score(one) for one in found]
    return _Rated(
        dialogue,
        [RATINGS[one.index(max(one))] for one in chances],
        [max(one) for one in chances],
        overall(scores) if scores else 0.0,
    )


def _judged(one: _Rated) -> Iterator[Judged]:
    first = one.dialogue.said[0].text[:60] if one.dialogue.said else ""
    texts = [said.text for said in one.dialogue.said if said.is_customer]
    turns = zip(texts, one.dialogue.ratings, one.ratings, one.chances, strict=True)
    for number, (text, given, rating, chance) in enumerate(turns, 1):
        if given:
            yield Judged(
                id=f"{one.dialogue.domain}, turn {number} of: {first}",
                text=text,
                truth=str(max(RATINGS, key=lambda r: (given.count(r), -r))),
                answer=str(rating),
                confidence=round(chance, 4),
                group=f"{one.dialogue.domain} {first} {len(texts)}",
            )


def _further(items: Sequence[Judged], rated: Sequence[_Rated], lab: Lab) -> Iterator[Figure]:
    """Recall over common ratings, by domain, and how whole dialogues are ranked."""
    common = [r for r in ORDER if sum(item.truth == r for item in items) >= COMMON]
    few = [item for item in items if item.truth in common]
    done = classified(few, ORDER)
    groups = [item.group for item in few]
    name = f"macro recall over {', '.join(common)} (at least {COMMON} turns)"
    yield figure(name, done.macro_recall, len(few), lab, groups=groups)
    for domain in sorted({one.dialogue.domain for one in rated}):
        these = [item for one in rated if one.dialogue.domain == domain for item in _judged(one)]
        if these:
            recall = classified(these, ORDER).macro_recall(np.arange(len(these)))
            yield Figure(name=f"{domain}: macro recall", value=recall, n=len(these))
    whole = [one for one in rated if one.dialogue.overall]
    if len(whole) > COMMON:
        said = np.array([one.score for one in whole])
        was = np.array([np.mean(one.dialogue.overall) for one in whole])
        yield figure(
            "rank correlation with the rating of the whole dialogue (Spearman)",
            lambda at: _spearman(said[at], was[at]),
            len(whole),
            lab,
            unit="",
        )


def _spearman(one: np.ndarray, other: np.ndarray) -> float:
    """Give Pearson's correlation of the ranks; ties share their mean rank."""
    return float(np.corrcoef(_ranks(one), _ranks(other))[0, 1])


def _ranks(values: np.ndarray) -> np.ndarray:
    _, place, many = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(many)
    return (last - (many - 1) / 2)[place]


def _baselines(items: Sequence[Judged], lab: Lab) -> tuple[Baseline, ...]:
    """Tf-idf of the customer's words with balanced logistic regression, each domain left out."""
    done = classified(items, ORDER)
    always = Figure(name="macro recall", value=1 / done.n_true, n=len(items), main=True)
    found = [Baseline(name="always the same rating", figures=(always,))]
    domains = np.array([item.id.split(", turn ")[0] for item in items])
    texts = np.array([item.text for item in items], dtype=object)
    truth = np.array([item.truth for item in items])
    if len(items) >= FEWEST and len(set(domains)) > 1:
        answers = np.empty(len(items), dtype=object)
        for now in np.unique(domains):
            model = make_pipeline(
                TfidfVectorizer(sublinear_tf=True, min_df=2),
                LogisticRegression(class_weight="balanced", max_iter=300),
            )
            model.fit(texts[domains != now], truth[domains != now])
            answers[domains == now] = model.predict(texts[domains == now])
        told = classified(
            [structs.replace(i, answer=str(a)) for i, a in zip(items, answers, strict=True)], ORDER
        )
        groups = [item.group for item in items]
        figures = (
            figure("macro recall", told.macro_recall, len(items), lab, groups=groups, main=True),
        )
        name = "tf-idf of the turn, balanced logistic regression, same domains left out"
        found.append(Baseline(name=name, figures=figures))
    return tuple(found)


TASK = Task(
    name="satisfaction",
    about="How satisfied a customer seems, 1 to 5, turn by turn.",
    layout=LAYOUT,
    run=run,
    trials=(
        Trial(
            "rated dialogues, unseen domains",
            "dialogues/satisfaction/MWOZ.txt",
            "each domain of MultiWOZ left out in turn; the model is trained anew for each",
        ),
    ),
)
