"""How well contact types are learnt: from all examples, from ten of each, and what is none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from models.contact_types.model import ENGLISH, UNKNOWN, packed
from models.contact_types.trainer import Examples, examples_of, train
from models.contact_types.typer import ContactTyper, Judgement, Taught
from processors.evaluation.confusion import Classified
from processors.evaluation.ranking import recall_at_rate
from processors.evaluation.split import held_out
from schemas.errors import InvalidEvent
from threadline.evaluation.classifying import (
    Judged,
    class_figures,
    confusion,
    figure,
    texts_per_core_second,
    worst,
)
from threadline.evaluation.contact_type_languages import measure, shipped
from threadline.evaluation.lab import Lab
from threadline.evaluation.layouts import parse_json, read_labelled, read_text
from threadline.evaluation.task import Baseline, Figure, Report, Task, Trial

FEW = 10
DRAWS = 3
IN_SCOPE = 0.95
NO_TYPE = frozenset({"oos", "unknown", "none", "out_of_scope", "out-of-scope"})
LAYOUT = """
Types are learnt from one part and tested on another:
- a folder with train.csv and test.csv (val.csv where there is no test), with `text` and `label`
  (or `category`, `intent`);
- one table, of which a fifth, chosen by the hash of the text, is tested on;
- a JSON object of lists of [text, label] called train, val or test, oos_val or oos_test.
Texts labelled oos or unknown are about nothing that is taught, and are only tested on.
A folder with train.csv and test.csv that have a column `language` (ISO 639-1) is taught and
tested language by language; there, examples labelled unknown are learnt from as well.
"""


class Set(NamedTuple):
    """Labelled texts to learn from and to test on; `outside` are of no taught type."""

    learn: list[tuple[str, str]]
    test: list[tuple[str, str]]
    outside: list[str]
    about: str


class Vectors:
    """The search vectors of texts, each read once."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._known: dict[str, bytes] = {}

    def read(self, texts: Sequence[str]) -> None:
        """Read texts ahead, telling the progress."""
        for text in self._lab.each(texts):
            self.of(text)

    def of(self, text: str) -> bytes:
        """Give the vector of a text."""
        if text not in self._known:
            self._known[text] = self._lab.encoder.encode(text).vector
        return self._known[text]


def read(data: Path) -> Set:
    """Read a set in one of the layouts.

    Raises:
        InvalidEvent: naming file and line; `empty_file` where there is nothing to learn or test.
    """
    found = _of_json(data) or _of_folder(data) or _of_table(data)
    if not found.learn or not found.test:
        raise InvalidEvent("empty_file", f"{data}: nothing to learn from, or nothing to test on")
    return found


def run(data: Path, lab: Lab) -> Report:
    """Teach types from the data and test them on what was not taught."""
    named = _files_of(data)
    if named is not None:
        learn, test = map(read_labelled, named)
        if any(row.get("language") for row in learn):
            return measure(learn, test, lab)
    found = read(data)
    vectors = Vectors(lab)
    vectors.read([text for text, _ in [*found.learn, *found.test]] + found.outside)
    taught = _taught(found.learn, vectors)
    with lab.stopwatch() as watch:
        told = [taught.judge(text, vectors.of(text)) for text, _ in found.test]
    items = [
        Judged(id=f"{at}", text=text, truth=label, answer=one.type, confidence=one.confidence)
        for at, ((text, label), one) in enumerate(zip(found.test, told, strict=True), 1)
    ]
    return Report(
        task="contact-type",
        figures=(
            *class_figures(items, lab, main="accuracy", per_class=False),
            *_few(found, vectors, lab),
            *_outside(found, taught, told, vectors, lab),
        ),
        engines=(lab.encoder.name,),
        confusions=(confusion(items),),
        worst=worst(items),
        baselines=(_words_only(found, lab),),
        speed=(texts_per_core_second(len(items), watch),),
        notes=(
            found.about,
            f"{len({label for _, label in found.learn})} types; learnt from"
            f" {len(found.learn):,} examples. Speed is without the search vector.",
        ),
    )


def _taught(pairs: Sequence[tuple[str, str]], vectors: Vectors) -> Taught:
    examples: Examples = examples_of(pairs, vectors.of)
    model = train(examples, language=ENGLISH, encoder="", progress=lambda line: None)
    taught = ContactTyper(packed([model]), "the types just taught").taught(ENGLISH)
    assert taught is not None
    return taught


def _few(found: Set, vectors: Vectors, lab: Lab) -> list[Figure]:
    """Teach ten examples of each type, drawn several times; the mean over the draws."""
    by_label: defaultdict[str, list[str]] = defaultdict(list)
    for text, label in found.learn:
        by_label[label].append(text)
    if min(map(len, by_label.values())) < FEW:
        return []
    generator = lab.generator()
    right = np.zeros(len(found.test))
    for _ in range(DRAWS):
        pairs = [
            (texts[at], label)
            for label, texts in sorted(by_label.items())
            for at in generator.choice(len(texts), FEW, replace=False)
        ]
        taught = _taught(pairs, vectors)
        answers = [taught.judge(text, vectors.of(text)).type for text, _ in found.test]
        right += [one == label for one, (_, label) in zip(answers, found.test, strict=True)]
    name = f"accuracy, {FEW} examples of each ({DRAWS} draws)"
    return [figure(name, lambda at: float(right[at].mean() / DRAWS), len(right), lab, main=True)]


def _outside(
    found: Set, taught: Taught, told: Sequence[Judgement], vectors: Vectors, lab: Lab
) -> list[Figure]:
    """Measure what is told of texts that are of no type."""
    threshold = taught.about.scope.threshold
    inside = np.array([_likeness(one) for one in told])
    figures = [
        figure(
            "in scope, told a type at our threshold",
            lambda at: float(np.mean(inside[at] >= threshold)),
            len(inside),
            lab,
        )
    ]
    if not found.outside:
        return figures
    others = np.array([_likeness(taught.judge(text, vectors.of(text))) for text in found.outside])
    truth = np.concatenate([np.zeros(len(inside), bool), np.ones(len(others), bool)])
    scores = -np.concatenate([inside, others])

    def recall(at: np.ndarray[tuple[int], np.dtype[np.int64]]) -> float:
        return recall_at_rate(list(scores[at]), list(truth[at]), 1 - IN_SCOPE)[0]

    return [
        *figures,
        figure("out of scope found, 95 % in scope kept", recall, len(scores), lab, main=True),
        figure(
            "out of scope found at our threshold",
            lambda at: float(np.mean(others[at] < threshold)),
            len(others),
            lab,
        ),
    ]


def _likeness(one: Judgement) -> float:
    return float("-inf") if one.type == UNKNOWN else one.likeness


def _words_only(found: Set, lab: Lab) -> Baseline:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LinearSVC())
    model.fit([text for text, _ in found.learn], [label for _, label in found.learn])
    answers = [str(one) for one in model.predict([text for text, _ in found.test])]
    done = Classified([label for _, label in found.test], answers)
    return Baseline(
        name="tf-idf of words + linear SVM, same examples",
        figures=(figure("accuracy", done.accuracy, len(done), lab, main=True),),
    )


def _of_json(data: Path) -> Set | None:
    files = [data] if data.is_file() else sorted(data.glob("*.json"))
    for file in files:
        if file.suffix != ".json":
            continue
        lists = parse_json(file, read_text(file))
        if isinstance(lists, dict) and isinstance(lists.get("train"), list):
            part = "test" if lists.get("test") else "val"
            outside = lists.get("oos_test") or lists.get("oos_val") or []
            return Set(
                learn=_pairs(file, lists["train"]),
                test=_pairs(file, lists.get(part, [])),
                outside=[text for text, _ in _pairs(file, outside)],
                about=f"learnt from train, tested on {part}",
            )
    return None


def _pairs(file: Path, items: object) -> list[tuple[str, str]]:
    if not isinstance(items, list):
        raise InvalidEvent("invalid_field", f"{file}: a part is no list")
    for at, item in enumerate(items, 1):
        if not (
            isinstance(item, list) and len(item) == 2 and all(isinstance(x, str) for x in item)
        ):
            raise InvalidEvent("invalid_field", f"{file}: item {at} is not [text, label]")
    return [(text, label) for text, label in items]


def _files_of(data: Path) -> tuple[Path, Path] | None:
    """Find what a folder has to learn from and to test on."""
    if not data.is_dir():
        return None
    named = {
        file.stem: file
        for file in sorted(data.iterdir())
        if file.suffix in (".csv", ".tsv", ".jsonl")
    }
    part = "test" if "test" in named else "val"
    if "train" not in named or part not in named:
        return None
    return named["train"], named[part]


def _of_folder(data: Path) -> Set | None:
    named = _files_of(data)
    if named is None:
        return None
    learn, test = map(_rows, named)
    return _parted(learn, test, f"learnt from {named[0].name}, tested on {named[1].name}")


def _of_table(data: Path) -> Set:
    trains = sorted(data.glob("train.*")) if data.is_dir() else []
    rows = _rows(trains[0] if trains else data)
    test = [row for row in rows if held_out(row[0])]
    learn = [row for row in rows if not held_out(row[0])]
    return _parted(learn, test, "a fifth, chosen by the hash of the text, was tested on")


def _rows(path: Path) -> list[tuple[str, str]]:
    return [(row["text"], row["label"]) for row in read_labelled(path)]


def _parted(learn: list[tuple[str, str]], test: list[tuple[str, str]], about: str) -> Set:
    return Set(
        learn=[pair for pair in learn if pair[1].casefold() not in NO_TYPE],
        test=[pair for pair in test if pair[1].casefold() not in NO_TYPE],
        outside=[text for text, label in test if label.casefold() in NO_TYPE],
        about=about,
    )


TASK = Task(
    name="contact-type",
    about="What a contact is about, also from few examples, and what is about nothing known.",
    layout=LAYOUT,
    run=run,
    trials=(
        Trial(
            "77 reasons to write to a bank",
            "intents/banking77",
            "types are learnt in the run, from four fifths; a fifth is tested on",
        ),
        Trial(
            "150 requests to an assistant",
            "intents/clinc150",
            "types are learnt in the run, from train; tested on val and what is out of scope in it",
        ),
        Trial(
            "the general set that ships, in five further languages",
            "",
            "learnt in the run from the examples that ship; tested on lines of ours that another"
            " person wrote, and nobody tuned to (`models/weights/contact-types/held-out.csv`)",
            made=shipped,
        ),
    ),
)
