"""What tasks share that put labelled texts to the text engines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from schemas.answers import Encoding, TextAnswer
from schemas.errors import InvalidEvent
from threadline.evaluation.baselines import tfidf
from threadline.evaluation.classifying import Judged, confusion, texts_per_core_second, worst
from threadline.evaluation.lab import Lab, Stopwatch
from threadline.evaluation.layouts import Row, paired, read_labelled, wrong
from threadline.evaluation.task import Baseline, Figure, Report

NOT_ANALYSED = "not analysed"
FOLDERS = {
    "arabic": "ar",
    "english": "en",
    "french": "fr",
    "german": "de",
    "hindi": "hi",
    "italian": "it",
    "portuguese": "pt",
    "spanish": "es",
}
PLAIN_SET = 0.8
"""Share of one language above which a set is taken to be in it, as a conversation is."""

Answered = tuple[str, float]
"""A label, and how sure the answer is, 0 to 1."""


def language_folders(data: Path) -> dict[str, Path]:
    """Find a folder per language (named in English or by its code); none where it is no such."""
    if not data.is_dir():
        return {}
    return {
        FOLDERS.get(folder.name, folder.name): folder
        for folder in sorted(data.iterdir())
        if paired(folder) is not None and (folder.name in FOLDERS or len(folder.name) == 2)
    }


def relabelled(rows: Sequence[Row], names: Mapping[str, str]) -> list[Row]:
    """Give rows our labels; `names` are the accepted ones, in small letters.

    Raises:
        InvalidEvent: a label is none of them, naming file and line.
    """
    found = []
    for row in rows:
        ours = names.get(row["label"].strip().casefold())
        if ours is None:
            known = ", ".join(names)
            raise wrong(
                row.file, f"{row['label']!r} is none of {known}", line=row.line, field="label"
            )
        found.append(with_fields(row, label=ours))
    return found


def with_fields(row: Row, **fields: str) -> Row:
    """Set fields of a row."""
    return msgspec.structs.replace(row, fields={**row.fields, **fields})


def judged(
    rows: Sequence[Row], lab: Lab, answered: Callable[[TextAnswer], Answered]
) -> tuple[list[Judged], Stopwatch]:
    """Ask the product about the text of every row, with the language of the set as its hint."""
    hints = _hints(rows, lab)
    lab.read(["load the engines before the time is taken"])
    with lab.stopwatch() as watch:
        answers = lab.read([row["text"] for row in rows], hints)
    items = []
    for row, answer in zip(rows, answers, strict=True):
        label, sure = answered(answer)
        items.append(
            Judged(
                id=row.id,
                text=row["text"],
                truth=row["label"],
                answer=label,
                confidence=sure,
                group=row.get("group"),
            )
        )
    return items, watch


def _hints(rows: Sequence[Row], lab: Lab) -> list[str | None]:
    told = [row.get("language").casefold() or None for row in rows]
    if any(told):
        return [FOLDERS.get(language, language) if language else None for language in told]
    found = Counter(lab.identifier.identify(row["text"]) for row in rows)
    del found[None]
    language, many = found.most_common(1)[0] if found else (None, 0)
    plain = many >= PLAIN_SET * found.total() and many > 0
    return [language if plain else None] * len(rows)


def answering(
    task: str, ours: Callable[[Encoding], Answered | None]
) -> Callable[[TextAnswer], Answered]:
    """Read what the product says for a task: a company's own model goes before `ours`."""

    def answered(answer: TextAnswer) -> Answered:
        own = next((one for one in answer.verdicts if one.task == task), None)
        if own is not None:
            return likeliest(own.odds)
        found = ours(answer.encoding) if answer.encoding else None
        return (NOT_ANALYSED, 0.0) if found is None else found

    return answered


def report_on(
    task: str,
    items: Sequence[Judged],
    watch: Stopwatch,
    lab: Lab,
    *,
    order: Sequence[str],
    figures: Sequence[Figure],
    baselines: Sequence[Baseline],
    notes: Sequence[str] = (),
) -> Report:
    """Report on the classes of texts; `order` is how they are listed."""
    return Report(
        task=task,
        figures=tuple(figures),
        engines=lab.engines.names[1:],
        confusions=(confusion(items, order),) if items else (),
        worst=worst(items),
        baselines=tuple(baselines),
        speed=(texts_per_core_second(len(items), watch),),
        notes=tuple(notes),
    )


def likeliest(odds: Mapping[str, float]) -> Answered:
    """Pick the label with the largest probability."""
    label = max(odds, key=lambda one: odds[one])
    return label, odds[label]


def learned_baseline(
    data: Path,
    rows: Sequence[Row],
    lab: Lab,
    prepared: Callable[[Sequence[Row]], list[Row]],
    *,
    main: str,
) -> tuple[Baseline, ...]:
    """Train tf-idf on the training part that lies beside a measured folder, if there is one."""
    texts = data / "train_text.txt"
    if not data.is_dir() or not texts.is_file() or rows[0].file == texts:
        return ()
    try:
        training = prepared(read_labelled(texts))
    except InvalidEvent:
        return ()  # a training part that cannot be read is no reason to measure nothing
    return (tfidf(training, rows, lab, main=main),)
