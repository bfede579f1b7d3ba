"""Decide a query on one utterance: the meaning of the language, which every index must share."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

from processors.analysis import Token, analyse, fold, term_of, terms_of
from processors.query.ast import (
    After,
    And,
    Before,
    Between,
    Customer,
    Everything,
    First,
    Is,
    Near,
    Not,
    Or,
    Prefix,
    Query,
    Said,
    Text,
    Words,
    said,
)
from schemas.errors import QueryError
from schemas.utterance import Tagged

Occurrence = tuple[int, int]
"""The first token of an occurrence and the one after its last."""


class Spoken:
    """A text and its tokens, analysed once for any number of queries."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """Give the tokens in order."""
        return tuple(analyse(self.text))

    @cached_property
    def positions(self) -> dict[str, list[int]]:
        """Give the positions of each term, ascending."""
        found: dict[str, list[int]] = {}
        for position, token in enumerate(self.tokens):
            found.setdefault(token.term, []).append(position)
        return found

    def occurrences(self, text: Text) -> list[Occurrence]:
        """List where a text of a query occurs, by position; empty when it does not."""
        match text:
            case Words(words, slop) if slop:
                terms = tuple(dict.fromkeys(terms_of(words)))
                return self._together([(term,) for term in terms], slop + max(0, len(terms) - 2))
            case Words(words):
                return self._phrase(terms_of(words))
            case Near(phrases, gap):
                return self._together([terms_of(phrase) for phrase in phrases], gap)
            case Prefix(start):
                return self._prefix(start)

    def _phrase(self, terms: tuple[str, ...]) -> list[Occurrence]:
        if not terms:
            return []
        last = len(self.tokens) - len(terms)
        return [
            (start, start + len(terms))
            for start in self.positions.get(terms[0], [])
            if start <= last
            and all(self.tokens[start + i].term == term for i, term in enumerate(terms))
        ]

    def _together(self, phrases: list[tuple[str, ...]], gap: int) -> list[Occurrence]:
        places = [self._phrase(phrase) for phrase in phrases]
        return sorted(together(places, [len(phrase) for phrase in phrases], gap))

    def _prefix(self, start: str) -> list[Occurrence]:
        begins, stem = fold(start), term_of(start)
        return [
            (position, position + 1)
            for position, token in enumerate(self.tokens)
            if begins and (token.term.startswith(begins) or token.term == stem)
        ]


def together(
    places: Sequence[Sequence[Occurrence]], widths: Sequence[int], gap: int
) -> set[Occurrence]:
    """Find the occurrences of phrases of some widths, in tokens, that lie together.

    As in SQLite's NEAR: with the last of them starting at `last`, each other one ends at most
    `gap` tokens before it. `places` lists each phrase's occurrences, ascending.
    """
    near: set[Occurrence] = set()
    for last in {start for found in places for start, _ in found}:
        close = [
            found[bisect_left(found, (last - gap - width,)) : bisect_left(found, (last + 1,))]
            for found, width in zip(places, widths, strict=True)
        ]
        if all(close):
            near.update(*close)
    return near


FIELDS: dict[str, Callable[[Tagged], tuple[str | None, ...]]] = {
    "speaker": lambda tagged: (tagged.utterance.role,),
    "channel": lambda tagged: (tagged.utterance.channel,),
    "interaction": lambda tagged: (tagged.utterance.interaction,),
    "language": lambda tagged: (tagged.insights.language or tagged.utterance.language,),
    "emotion": lambda tagged: (tagged.insights.emotion,),
    "contact_type": lambda tagged: (tagged.insights.contact_type,),
    "category": lambda tagged: tagged.insights.categories,
}
"""The fields that have values, and where an utterance keeps them."""


def comparable(field: str, value: str) -> str:
    """Give a field's value as it is compared: without regard to case, but for ids."""
    return value if field == "interaction" else value.casefold()


def evaluate(query: Query, tagged: Tagged, spoken: Spoken | None = None) -> bool:
    """Tell whether an utterance matches; pass its `spoken` text when asking many queries.

    Raises:
        QueryError: the query still asks for a customer or an interaction's duration.
    """
    text = spoken or Spoken(tagged.utterance.text)
    match query:
        case Everything():
            return True
        case And(parts):
            return all(evaluate(part, tagged, text) for part in parts)
        case Or(parts):
            return any(evaluate(part, tagged, text) for part in parts)
        case Not(part):
            return not evaluate(part, tagged, text)
        case Words() | Near() | Prefix():
            return bool(text.occurrences(query))
        case Said(role, words):
            return tagged.utterance.role == role and bool(text.occurrences(words))
        case _:
            return _has(query, tagged)


def _has(query: Is | Between | After | Before | First | Customer, tagged: Tagged) -> bool:
    utterance, sentiment = tagged.utterance, tagged.insights.sentiment
    match query:
        case Is(field, value):
            wanted = comparable(field, value)
            return any(
                has is not None and comparable(field, has) == wanted
                for has in FIELDS[field](tagged)
            )
        case Between(field) if field == "sentiment":
            return sentiment is not None and query.holds(sentiment.score)
        case After(at):
            return utterance.at >= at
        case Before(at):
            return utterance.at < at
        case First(seconds):
            return utterance.start_s is not None and utterance.start_s < seconds
        case _:
            raise QueryError("customer: and duration: are answered by interactions, not utterances")


def highlight(query: Query, text: str, role: str) -> tuple[tuple[int, int], ...]:
    """List the stretches of a hit's text to mark: (start, end) characters, in order, apart."""
    spoken = Spoken(text)
    return tuple(_merged(sorted(_spans(query, spoken, role))))


def _spans(query: Query, spoken: Spoken, role: str) -> Iterator[tuple[int, int]]:
    for speaker, words in said(query):
        if speaker is None or speaker == role:
            for first, end in spoken.occurrences(words):
                yield spoken.tokens[first].start, spoken.tokens[end - 1].end


def _merged(spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    last: tuple[int, int] | None = None
    for start, end in spans:
        if last is None:
            last = (start, end)
        elif start < last[1]:
            last = (last[0], max(last[1], end))
        else:
            yield last
            last = (start, end)
    if last is not None:
        yield last
