"""Insights: what the engine is sure of, and keywords whatever the language."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from processors.keywords import KeywordMatcher
from processors.tag import insights
from schemas.answers import ContactAnswer, Encoding, TextAnswer
from schemas.events import Channel, Party
from schemas.utterance import Sentiment, Utterance

SAID = Utterance(
    id="u1", interaction="i1", tenant="acme", channel=Channel.CHAT, party=Party(),
    at=datetime(2026, 11, 2, tzinfo=UTC), text="cancel my account", language="de",
)  # fmt: skip

FRENCH = TextAnswer(language="fr")


ENCODING = Encoding(
    engine="test/1", sentiment=Sentiment(negative=0.7, neutral=0.2, positive=0.1),
    emotion="anger", emotion_confidence=0.6, complaint=0.4, vector=b"\x01",
)  # fmt: skip
KNOWN = ContactAnswer(engine="types/2", type="cancellation", confidence=0.8)


def test_what_the_engines_say_is_kept_under_their_names() -> None:
    answer = TextAnswer(language="en", encoding=ENCODING, contact=KNOWN)
    found = insights(SAID, answer, KeywordMatcher())
    assert (found.contact_type, found.contact_type_confidence) == ("cancellation", 0.8)
    assert (found.engine, found.language, found.emotion) == ("test/1 types/2", "en", "anger")
    assert found.categories == ("cancel",)


@pytest.mark.parametrize("contact", [None, ContactAnswer(engine="types/2")])
def test_a_text_about_nothing_that_was_taught_has_no_contact_type(
    contact: ContactAnswer | None,
) -> None:
    found = insights(
        SAID, TextAnswer(language="en", encoding=ENCODING, contact=contact), KeywordMatcher()
    )
    assert (found.contact_type, found.contact_type_confidence) == (None, None)
    assert found.sentiment == ENCODING.sentiment


@pytest.mark.parametrize(
    ("given_answer", "language"), [(None, "de"), (TextAnswer(language="fr"), "fr")]
)
def test_a_text_that_was_not_analysed_has_keywords_and_its_language_only(
    given_answer: TextAnswer | None, language: str
) -> None:
    found = insights(SAID, given_answer, KeywordMatcher())
    assert (found.engine, found.language) == ("keywords/1", language)
    assert found.categories == ("cancel",)
    assert (found.sentiment, found.contact_type, found.vector) == (None, None, b"")


def test_a_neutral_text_has_no_emotion() -> None:
    neutral = replace(ENCODING, sentiment=Sentiment(negative=0.2, neutral=0.6, positive=0.2))
    found = insights(SAID, TextAnswer(language="en", encoding=neutral), KeywordMatcher())
    assert (found.emotion, found.emotion_confidence) == (None, None)
