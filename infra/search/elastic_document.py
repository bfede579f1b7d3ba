"""Turn an utterance into the document that Elasticsearch keeps of it."""

from __future__ import annotations

from datetime import UTC

import msgspec

from infra.search.base import hit_of, microseconds, tie_of
from infra.search.elastic_query import SENTIMENT_SCALE
from processors.analysis import token_text
from processors.query.evaluate import comparable
from schemas.search import Hit
from schemas.utterance import Tagged

FIRST_MONTH = "1999-12"
LAST_MONTH = "2100-01"
"""Months before and after are kept with these: a stray date must not open an index of its own."""


class Document(msgspec.Struct, omit_defaults=True, frozen=True):
    """What is indexed of an utterance; the fields of `schemas/json/utterances.index-template.json`.

    `at` in ms and `at_us` in us since 1970 UTC; `sentiment` is the score x 10,000; `hit` is what a
    list of hits shows.
    """

    tenant: str
    interaction: str
    channel: str
    role: str
    at: int
    at_us: int
    tie: int
    length: int
    terms: str
    hit: Hit
    language: str | None = None
    emotion: str | None = None
    contact_type: str | None = None
    categories: tuple[str, ...] = ()
    sentiment: int | None = None
    start_s: float | None = None


def month_of(tagged: Tagged) -> str:
    """Name the month (UTC) in whose index an utterance belongs."""
    at = tagged.utterance.at.astimezone(UTC)
    return min(max(f"{at.year:04}-{at.month:02}", FIRST_MONTH), LAST_MONTH)


def document_of(tagged: Tagged) -> Document:
    """Make the document of an utterance."""
    utterance, insights = tagged.utterance, tagged.insights
    terms = token_text(utterance.text)
    at_us = microseconds(utterance.at)
    sentiment = insights.sentiment
    return Document(
        tenant=utterance.tenant,
        interaction=utterance.interaction,
        channel=utterance.channel,
        role=utterance.role,
        at=at_us // 1000,
        at_us=at_us,
        tie=tie_of(utterance.id),
        length=terms.count(" ") + 1 if terms else 0,
        terms=terms,
        hit=hit_of(tagged),
        language=_comparable("language", insights.language or utterance.language),
        emotion=_comparable("emotion", insights.emotion),
        contact_type=_comparable("contact_type", insights.contact_type),
        categories=tuple(comparable("category", name) for name in insights.categories),
        sentiment=round(sentiment.score * SENTIMENT_SCALE) if sentiment else None,
        start_s=utterance.start_s,
    )


def _comparable(field: str, value: str | None) -> str | None:
    return None if value is None else comparable(field, value)
