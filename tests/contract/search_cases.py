"""Generated utterances and queries for the search suite."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from itertools import product

from hypothesis import strategies as st
from msgspec.structs import replace

from processors.query.ast import (
    After,
    Before,
    Between,
    Everything,
    First,
    Is,
    Near,
    Not,
    Prefix,
    Query,
    Said,
    Text,
    Words,
    all_of,
    any_of,
)
from schemas.events import Channel, Party, Role
from schemas.ids import derive
from schemas.utterance import Insights, Sentiment, Tagged, Utterance

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
VOCABULARY = (
    "refund",
    "Refunds",
    "refunded",
    "cancel",
    "cancelling",
    "my",
    "account's",
    "happy",
    "happily",
    "sorry",
    "café",
    "Straße",
    "l'abonnement",
    "e-mail",
    "x_y",
    "请退款",
    "환불을",
    "don't",
)
CATEGORIES = ("billing", "Outage", "churn")


def tagged(
    text: str,
    *,
    id_: str | None = None,
    tenant: str = "acme",
    at: datetime = MONDAY,
    role: Role = Role.CUSTOMER,
    channel: Channel = Channel.CHAT,
    interaction: str = "chat-1",
    version: int = 1,
    start_s: float | None = None,
    score: float | None = None,
    categories: tuple[str, ...] = (),
    contact_type: str | None = None,
    language: str | None = None,
    emotion: str | None = None,
) -> Tagged:
    """Make an utterance with its insights."""
    negative = 0.0 if score is None else max(0.0, -score)
    positive = 0.0 if score is None else max(0.0, score)
    return Tagged(
        utterance=Utterance(
            id=id_ or derive(text, str(at), role, channel),
            interaction=interaction,
            tenant=tenant,
            channel=channel,
            at=at,
            party=Party(role=role),
            text=text,
            version=version,
            start_s=start_s,
        ),
        insights=Insights(
            engine="test/1",
            sentiment=None
            if score is None
            else Sentiment(negative=negative, neutral=1 - negative - positive, positive=positive),
            categories=categories,
            contact_type=contact_type,
            language=language,
            emotion=emotion,
        ),
    )


SCORES = (-1.0, -0.3, -0.2999, 0.0, 0.25, 1.0)
scores = st.sampled_from(SCORES) | st.integers(-10_000, 10_000).map(lambda n: n / 10_000)
moments = st.one_of(
    st.integers(-3, 3).map(lambda days: MONDAY + timedelta(days=days)),
    st.integers(-(3 * 86_400_000_000), 3 * 86_400_000_000).map(
        lambda us: MONDAY + timedelta(microseconds=us)
    ),
)
texts = st.lists(st.sampled_from(VOCABULARY), max_size=10).map(" ".join)
utterances = st.builds(
    tagged,
    texts,
    id_=st.integers(0, 40).map(lambda n: derive("utterance", n)),
    tenant=st.sampled_from(("acme", "acme", "acme", "northwind")),
    at=moments,
    role=st.sampled_from(Role),
    channel=st.sampled_from(Channel),
    interaction=st.integers(0, 5).map(lambda n: f"i-{n}"),
    version=st.integers(1, 3),
    start_s=st.none() | st.floats(0, 60),
    score=st.none() | scores,
    categories=st.lists(st.sampled_from(CATEGORIES), max_size=2, unique=True).map(tuple),
    contact_type=st.sampled_from((None, "billing", "Complaint")),
    language=st.sampled_from((None, "en", "de")),
    emotion=st.sampled_from((None, "anger")),
)


def one_time_per_version(batch: list[Tagged]) -> list[Tagged]:
    """Give every version of an utterance a time of its own, in one of two months.

    The door lets an id in with one content only, so that equal versions state equal times.
    """
    made = []
    for item in batch:
        said = item.utterance
        days = int(derive("day", said.id, said.version), 16) % 7 - 3
        at = MONDAY + timedelta(days=days, microseconds=said.version)
        made.append(replace(item, utterance=replace(said, at=at)))
    return made


corpora = st.lists(utterances, max_size=30)

phrases = st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=3).map(" ".join)
spoken: st.SearchStrategy[Words | Prefix] = st.one_of(
    st.builds(Words, phrases, st.just(0)),
    st.builds(Words, phrases, st.integers(1, 4)),
    st.builds(Prefix, st.sampled_from(("ref", "refu", "can", "happy", "HAP", "caf", "dont"))),
)
said_texts: st.SearchStrategy[Text] = st.one_of(
    spoken,
    st.builds(Near, st.lists(phrases, min_size=2, max_size=3).map(tuple), st.integers(0, 4)),
)
_values = {
    "speaker": tuple(role.value for role in Role),
    "channel": tuple(channel.value for channel in Channel),
    "interaction": ("i-0", "i-1", "I-1", "i-99"),
    "language": ("en", "DE", "fr"),
    "emotion": ("anger", "joy"),
    "contact_type": ("billing", "complaint", "none"),
    "category": ("billing", "outage", "lost"),
}
filters: st.SearchStrategy[Query] = st.one_of(
    st.sampled_from([Is(field, value) for field, known in _values.items() for value in known]),
    st.builds(Between, st.just("sentiment"), scores, st.none(), st.booleans()),
    st.builds(Between, st.just("sentiment"), st.none(), scores, st.just(False), st.booleans()),
    st.builds(
        Between,
        st.just("sentiment"),
        scores,
        scores,
        low_open=st.booleans(),
        high_open=st.booleans(),
    ),
    st.just(Between("sentiment")),
    st.builds(After, moments),
    st.builds(Before, moments),
    st.builds(First, st.integers(0, 60_000).map(lambda ms: ms / 1000)),
    st.builds(Said, st.sampled_from([role.value for role in Role]), spoken),
    st.just(Everything()),
)
queries: st.SearchStrategy[Query] = st.recursive(
    st.one_of(said_texts, said_texts, filters),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(all_of),
        st.lists(inner, min_size=2, max_size=3).map(any_of),
        st.builds(Not, inner),
    ),
    max_leaves=6,
)


def library(size: int = 300) -> list[Tagged]:
    """Make a fixed corpus, large enough that most generated queries find something in it."""
    rng = random.Random(3)
    made = []
    for number in range(size):
        days, micros = rng.randint(-3, 3), rng.choice((0, -1, 1, rng.randrange(86_400_000_000)))
        made.append(
            tagged(
                " ".join(rng.choices(VOCABULARY, k=rng.randint(0, 10))),
                id_=derive("library", number),
                tenant=rng.choice(("acme", "acme", "northwind")),
                at=MONDAY + timedelta(days=days, microseconds=micros),
                role=rng.choice(tuple(Role)),
                channel=rng.choice(tuple(Channel)),
                interaction=f"i-{rng.randrange(5)}",
                start_s=rng.choice((None, rng.uniform(0, 60))),
                score=rng.choice((None, *SCORES)),
                categories=tuple(rng.sample(CATEGORIES, rng.randrange(3))),
                contact_type=rng.choice((None, "billing", "Complaint")),
                language=rng.choice((None, "en", "de")),
                emotion=rng.choice((None, "anger")),
            )
        )
    # In order of time but for a few that come late, as events do.
    late = 2
    return sorted(made[late:], key=lambda item: item.utterance.at) + made[:late]


def every_short_text() -> list[Tagged]:
    """Make every text of up to five of three words: all that a distance can be decided on."""
    texts = [" ".join(words) for size in range(6) for words in product("abx", repeat=size)]
    return [tagged(text, id_=f"u-{number}") for number, text in enumerate(texts)]


def every_distance() -> list[Query]:
    """Make the queries that count words in between, each with every distance up to three."""
    loose = ("a", "a b", "b a", "a a b", "a x b")
    near = (
        ("a", "b"),
        ("a b", "x"),
        ("a", "a"),
        ("a", "b", "x"),
        ("a b", "b a"),
        ("a b", "x", "b"),
        ("a b", "b x", "a a"),
    )
    found: list[Query] = [Words(text, slop) for text in loose for slop in range(4)]
    return found + [Near(phrases, gap) for phrases in near for gap in range(4)]
