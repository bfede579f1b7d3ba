"""Recall and false hits on published material; the figures stand in docs/reference/redaction.md."""

from __future__ import annotations

import csv
import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from processors.redaction import DEFAULT_POLICY, redact
from processors.redaction.apply import mask

DATA = Path(os.getenv("THREADLINE_DATA", "../shared/data"))
KINDS = {
    "CREDIT_CARD": "card",
    "IBAN_CODE": "iban",
    "US_SSN": "ssn",
    "EMAIL_ADDRESS": "email",
    "PHONE_NUMBER": "phone",
}


def material(name: str) -> Path:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{path} is absent: set THREADLINE_DATA")
    return path


def sentences() -> Iterator[tuple[str, list[tuple[str, int, int]]]]:
    """Give each synthetic sentence with the places of the kinds we know."""
    for row in json.loads(material("pii/presidio/synth_dataset_v2.json").read_text()):
        yield (
            row["full_text"],
            [
                (KINDS[span["entity_type"]], span["start_position"], span["end_position"])
                for span in row["spans"]
                if span["entity_type"] in KINDS
            ],
        )


def test_recall_on_synthetic_sentences_holds() -> None:
    seen: Counter[str] = Counter()
    hidden: Counter[str] = Counter()
    for text, spans in sentences():
        hits = mask(text, "", DEFAULT_POLICY).hits
        for kind, start, end in spans:
            signs = [place for place in range(start, end) if text[place].isalnum()]
            seen[kind] += 1
            hidden[kind] += all(
                any(hit.kind == kind and hit.origin_start <= place < hit.origin_end for hit in hits)
                for place in signs
            )
    recall = {kind: hidden[kind] / seen[kind] for kind in seen}
    assert {kind for kind, share in recall.items() if share == 1} >= {
        "card",
        "iban",
        "ssn",
        "email",
    }
    assert recall["phone"] >= 0.9


def test_banking_questions_without_personal_data_stay_as_they_are() -> None:
    with material("intents/banking77/train.csv").open(encoding="utf-8", newline="") as file:
        texts = [row["text"] for row in csv.DictReader(file)]
    assert len(texts) > 10_000
    assert [text for text in texts if redact(text).text != text] == []


def test_ordinary_posts_are_hardly_touched() -> None:
    """One hit among 2,000 would be too many, unless somebody posts a phone number or a birthday."""
    texts = material("sentiment/tweeteval/sentiment/val_text.txt").read_text("utf-8").splitlines()
    kinds = Counter(span.type for text in texts for span in redact(text).spans)
    assert sum(kinds.values()) - kinds["phone"] - kinds["email"] - kinds["birth"] == 0
    assert kinds["birth"] <= 1
