"""Turn the engines' answers about one text into insights."""

from __future__ import annotations

from processors.brands import NOBODY, Named
from processors.keywords import KeywordMatcher
from schemas.answers import TextAnswer
from schemas.utterance import Insights, Utterance

COMPETITOR = "competitor"


def insights(
    utterance: Utterance,
    answer: TextAnswer | None,
    keywords: KeywordMatcher,
    named: Named = NOBODY,
) -> Insights:
    """Say what is known of an utterance; a language that is not analysed gets keywords only.

    Who names a competitor falls into the category of that name. A neutral text has no emotion.
    """
    encoding = answer.encoding if answer else None
    language = answer.language if answer else utterance.language
    categories = keywords.categories(utterance.text, language)
    if named.competitors:
        categories = tuple(sorted({*categories, COMPETITOR}))
    churn = answer.churn if answer else None
    if encoding is None:
        return Insights(engine="keywords/1", language=language, categories=categories, churn=churn)
    contact = answer.contact if answer else None
    is_charged = encoding.sentiment is None or encoding.sentiment.is_charged
    return Insights(
        engine=f"{encoding.engine} {contact.engine}" if contact else encoding.engine,
        language=language,
        sentiment=encoding.sentiment,
        emotion=encoding.emotion if is_charged else None,
        emotion_confidence=encoding.emotion_confidence if is_charged else None,
        complaint=encoding.complaint,
        contact_type=contact.type if contact else None,
        contact_type_confidence=contact.confidence if contact else None,
        categories=categories,
        churn=churn,
        vector=encoding.vector,
    )
