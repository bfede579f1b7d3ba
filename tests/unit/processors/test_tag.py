"""Insights: what the engine is sure of, and keywords whatever the language."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from processors.keywords import KeywordMatcher
from processors.tag import TagRules, insights
from schemas.answers import Encoding, TextAnswer
from schemas.events import Channel, Party
from schemas.utterance import Sentiment, Utterance

SAID = Utterance(
    id="u1", interaction="i1", tenant="acme", channel=Channel.CHAT, party=Party(),
    at=datetime(2026, 11, 2, tzinfo=UTC), text="cancel my account", language="de",
)  # fmt: skip

FRENCH = TextAnswer(language="fr")


def answer(confidence: float) -> TextAnswer:
    encoding = Encoding(
        engine="test/1", sentiment=Sentiment(negative=0.7, neutral=0.2, positive=0.1),
        emotion="anger", emotion_confidence=0.6, complaint=0.4, contact_type="cancellation",
        contact_type_confidence=confidence, vector=b"\x01",
    )  # fmt: skip
    return TextAnswer(language="en", encoding=encoding)


@pytest.mark.parametrize(("confidence", "known"), [(0.7, True), (0.69, False)])
def test_a_contact_type_is_named_from_the_floor_on(confidence: float, known: bool) -> None:
    found = insights(SAID, answer(confidence), KeywordMatcher(), TagRules())
    assert found.contact_type == ("cancellation" if known else None)
    assert found.contact_type_confidence == (confidence if known else None)
    assert (found.engine, found.language, found.emotion) == ("test/1", "en", "anger")
    assert found.categories == ("cancel",)


@pytest.mark.parametrize(
    ("given_answer", "language"), [(None, "de"), (TextAnswer(language="fr"), "fr")]
)
def test_a_text_that_was_not_analysed_has_keywords_and_its_language_only(
    given_answer: TextAnswer | None, language: str
) -> None:
    found = insights(SAID, given_answer, KeywordMatcher(), TagRules())
    assert (found.engine, found.language) == ("keywords/1", language)
    assert found.categories == ("cancel",)
    assert (found.sentiment, found.contact_type, found.vector) == (None, None, b"")
