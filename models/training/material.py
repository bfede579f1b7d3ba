"""Read the labelled texts that the encoder learns from, and check that they are the known ones."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from hashlib import file_digest, sha256
from pathlib import Path
from typing import NamedTuple

from models.wording import worded
from schemas.errors import ConfigError

SENTIMENTS = ("negative", "neutral", "positive")
EMOTIONS = ("anger", "joy", "optimism", "sadness")
FURTHER = {"es": "spanish", "fr": "french", "de": "german", "it": "italian", "pt": "portuguese"}
MANIFEST = Path(__file__).parent / "manifest.json"
AIRLINE = "sentiment/airline/tweets.csv"
AIRLINE_LABEL = "airline_sentiment"
AIRLINE_MANY = {"negative": 2400, "neutral": 1600, "positive": 800}
HELD_OUT = 15  # percent of the complaint tweets, by hash of the text


class Example(NamedTuple):
    """A text as the encoder reads it, the index of its label, and the group it belongs to."""

    text: str
    label: int
    group: str


class Task(NamedTuple):
    """The examples of one head, in a training and a validation part."""

    name: str
    labels: tuple[str, ...]
    train: list[Example]
    held_out: list[Example]


def material(data: Path) -> dict[str, Task]:
    """Read every task from the shared data.

    Raises:
        ConfigError: a file is missing or is not the one of the manifest.
    """
    check(data)
    tasks = (_sentiment(data), _emotion(data), _complaint(data), _banking(data))
    return {task.name: task for task in tasks}


def check(data: Path) -> None:
    """Compare each input with the manifest.

    Raises:
        ConfigError: a file is missing or has another sha256.
    """
    for name, expected in json.loads(MANIFEST.read_text("utf8"))["files"].items():
        path = data / name
        if not path.is_file():
            raise ConfigError(f"the training data lack {name}")
        with path.open("rb") as stream:
            if file_digest(stream, "sha256").hexdigest() != expected:
                raise ConfigError(f"{name} is not the file that the recipe was written for")


def _sentiment(data: Path) -> Task:
    """English: SemEval 2013-2016 without TweetEval's validation tweets; others: UMSAB."""
    held_out = [*_lines(data / "sentiment/tweeteval/sentiment", "val", "en")]
    train: list[Example] = []
    for path in sorted((data / "sentiment/semeval").glob("*.tsv")):
        for row in path.read_text("utf8").splitlines():
            _, label, text = row.split("\t")[:3]
            train.append(Example(worded(text.strip().strip('"')), SENTIMENTS.index(label), "en"))
    for code, name in FURTHER.items():
        folder = data / "sentiment/umsab" / name
        train += _lines(folder, "train", code)
        held_out += _lines(folder, "val", code)
    return Task("sent", SENTIMENTS, _apart(train, held_out), held_out)


def _emotion(data: Path) -> Task:
    folder = data / "sentiment/tweeteval/emotion"
    held_out = list(_lines(folder, "val", "en"))
    return Task("emo", EMOTIONS, _apart(_lines(folder, "train", "en"), held_out), held_out)


def _complaint(data: Path) -> Task:
    with (data / "sentiment/complaints/complaints.csv").open(encoding="utf8", newline="") as file:
        examples = [
            Example(worded(row["text"]), int(row["is_complaint"]), row["domain"])
            for row in csv.DictReader(file)
        ]
    train: list[Example] = []
    held_out: list[Example] = []
    for example in examples:
        (held_out if is_held_out(example.text) else train).append(example)
    return Task("comp", ("none", "complaint"), _apart(train, held_out), held_out)


def airline(data: Path, share: float = 1.0) -> list[Example]:
    """Read messages to airlines: negative ones are complaints; the head of complaints learns them.

    Only those that the annotators agreed on well, as many complaints as others. `share` asks for
    fewer of them.
    """
    with (data / AIRLINE).open(encoding="utf8", newline="") as file:
        rows = [
            row for row in csv.DictReader(file) if float(row[f"{AIRLINE_LABEL}_confidence"]) > 0.6
        ]
    examples = [
        Example(
            worded(row["text"].lstrip("=")),
            int(row[AIRLINE_LABEL] == "negative"),
            row[AIRLINE_LABEL],
        )
        for row in rows
    ]
    examples = sorted(_apart(examples, []), key=lambda one: sha256(one.text.encode()).digest())
    of = {name: [one for one in examples if one.group == name] for name in SENTIMENTS}
    return [one for name, many in AIRLINE_MANY.items() for one in of[name][: round(share * many)]]


def is_held_out(text: str) -> bool:
    """Tell whether a complaint tweet, as it was written or worded, is kept out of training."""
    digest = sha256(_key(worded(text)).encode()).hexdigest()
    return int(digest[:8], 16) % 100 < HELD_OUT


def _banking(data: Path) -> Task:
    """Read intents of a bank: they are not answered, but teach the layers how service sounds."""
    folder = data / "intents/banking77"
    names = tuple(json.loads((folder / "categories.json").read_text("utf8")))
    with (folder / "train.csv").open(encoding="utf8", newline="") as file:
        rows = [(row["text"], row["category"]) for row in csv.DictReader(file)]
    examples = [Example(worded(text), names.index(name), "bank") for text, name in rows]
    return Task("bank", names, examples, [])


def _lines(folder: Path, part: str, group: str) -> Iterator[Example]:
    texts = (folder / f"{part}_text.txt").read_text("utf8").rstrip("\n").split("\n")
    labels = (folder / f"{part}_labels.txt").read_text("utf8").split()
    for text, label in zip(texts, labels, strict=True):
        yield Example(worded(text.strip().strip('"')), int(label), group)


def _apart(train: Sequence[Example] | Iterator[Example], held_out: list[Example]) -> list[Example]:
    """Drop from `train` what occurs in `held_out`, and what occurs twice."""
    seen = {_key(example.text) for example in held_out}
    kept = []
    for example in train:
        key = _key(example.text)
        if key not in seen:
            seen.add(key)
            kept.append(example)
    return kept


def _key(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalnum())
