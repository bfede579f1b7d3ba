"""Turn the engines' answers about one text into insights."""

from __future__ import annotations

from processors.keywords import KeywordMatcher
from schemas.answers import TextAnswer
from schemas.base import Contract
from schemas.utterance import Insights, Utterance


class TagRules(Contract, frozen=True, kw_only=True):
    """Below `contact_type_floor` the contact type is not known; 0-1."""

    contact_type_floor: float = 0.7


def insights(
    utterance: Utterance, answer: TextAnswer | None, keywords: KeywordMatcher, rules: TagRules
) -> Insights:
    """Say what is known of an utterance; a language that is not analysed gets keywords only."""
    categories = keywords.categories(utterance.text)
    encoding = answer.encoding if answer else None
    language = answer.language if answer else utterance.language
    if encoding is None:
        return Insights(engine="keywords/1", language=language, categories=categories)
    sure = encoding.contact_type_confidence >= rules.contact_type_floor
    return Insights(
        engine=encoding.engine,
        language=language,
        sentiment=encoding.sentiment,
        emotion=encoding.emotion,
        emotion_confidence=encoding.emotion_confidence,
        complaint=encoding.complaint,
        contact_type=encoding.contact_type if sure else None,
        contact_type_confidence=encoding.contact_type_confidence if sure else None,
        categories=categories,
        vector=encoding.vector,
    )
