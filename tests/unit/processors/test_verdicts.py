from __future__ import annotations

from typing import Any

import pytest

from processors.verdicts import overruled
from schemas.answers import Verdict
from schemas.utterance import Insights, Sentiment

OURS = Insights(
    engine="utterance-encoder/1",
    language="en",
    sentiment=Sentiment(negative=0.1, neutral=0.8, positive=0.1),
    emotion="joy",
    emotion_confidence=0.5,
    complaint=0.2,
    contact_type="card arrival",
    contact_type_confidence=0.9,
    categories=("refund",),
)


def verdict(task: Any, **odds: float) -> Verdict:
    return Verdict(task=task, engine="transformers/theirs@1", odds=odds)


def test_a_verdict_takes_the_place_of_ours_and_of_nothing_else() -> None:
    found = overruled(OURS, [verdict("sentiment", negative=0.7, neutral=0.2, positive=0.1)])
    assert found.sentiment == Sentiment(negative=0.7, neutral=0.2, positive=0.1)
    assert (found.emotion, found.complaint, found.categories) == ("joy", 0.2, ("refund",))
    assert found.engine == "utterance-encoder/1 sentiment:transformers/theirs@1"


def test_every_task_can_be_overruled() -> None:
    found = overruled(
        OURS,
        [
            verdict("emotion", anger=0.9, joy=0.1),
            verdict("complaint", complaint=0.8, none=0.2),
            verdict("contact_type", moving=0.6, billing=0.4),
        ],
    )
    assert (found.emotion, found.emotion_confidence) == ("anger", 0.9)
    assert found.complaint == 0.8
    assert (found.contact_type, found.contact_type_confidence) == ("moving", 0.6)


def test_a_doubtful_contact_type_is_not_known() -> None:
    found = overruled(OURS, [verdict("contact_type", moving=0.4, billing=0.35, other=0.25)])
    assert found.contact_type is None
    assert found.contact_type_confidence is None


def test_a_language_that_ours_does_not_read_has_only_the_verdict() -> None:
    bare = Insights(engine="keywords/1", language="nl")
    found = overruled(bare, [verdict("sentiment", negative=1.0)])
    assert found.sentiment is not None
    assert found.sentiment.score == pytest.approx(-1.0)
    assert found.emotion is None


def test_nothing_changes_without_verdicts() -> None:
    assert overruled(OURS, []) is OURS
