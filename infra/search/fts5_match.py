"""Compile the text of a query to FTS5's MATCH."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from processors.analysis import fold, term_of, terms_of
from processors.query.ast import (
    And,
    Is,
    Near,
    Not,
    Or,
    Prefix,
    Query,
    Said,
    Text,
    Words,
    conjuncts,
    said,
)
from processors.query.evaluate import together


@dataclass(frozen=True, slots=True)
class Leaf:
    """One text of a query as MATCH says it: `widths` are the tokens of its phrases, in order.

    Phrases of which any will do have no `gap`; others lie together, at most `gap` tokens apart.
    """

    text: str
    widths: tuple[int, ...]
    gap: int | None = None

    def times(self, starts: Sequence[Sequence[int]]) -> int:
        """Count how often it occurs, from where each of its phrases starts."""
        if self.gap is None:
            return len(starts[0]) if len(starts) == 1 else len(set().union(*starts))
        places = [
            [(start, start + width) for start in found]
            for found, width in zip(starts, self.widths, strict=True)
        ]
        return len(together(places, self.widths, self.gap))


@dataclass(frozen=True, slots=True)
class Match:
    """A MATCH expression and its texts, in the order in which FTS5 numbers their phrases."""

    text: str
    leaves: tuple[Leaf, ...]


def split(query: Query) -> tuple[Match | None, list[Query]]:
    """Take the text out of the top of a query, as one MATCH; the rest is left to the columns."""
    wanted: list[Match] = []
    barred: list[tuple[Query, Match]] = []
    rest: list[Query] = []
    for part in (plain for whole in conjuncts(query) for plain in _plain(whole)):
        if (match := compile_text(part)) is not None:
            wanted.append(match)
        elif isinstance(part, Not) and (match := compile_text(part.part)) is not None:
            barred.append((part, match))
        else:
            rest.append(part)
    if not wanted:
        return None, [*rest, *(part for part, _ in barred)]
    return _without(_joined(wanted, " AND "), [match for _, match in barred]), rest


def _plain(part: Query) -> tuple[Query, ...]:
    return (Is("speaker", part.role), part.text) if isinstance(part, Said) else (part,)


def compile_text(query: Query) -> Match | None:
    """Compile a query that is text alone; None where FTS5 cannot say it."""
    match query:
        case Words() | Near() | Prefix():
            return _leaf(query)
        case Or(parts):
            matches = [compile_text(part) for part in parts]
            found = [match for match in matches if match is not None]
            return _joined(found, " OR ") if len(found) == len(parts) else None
        case And(parts):
            return _and(parts)
        case _:
            return None


def _and(parts: tuple[Query, ...]) -> Match | None:
    wanted = [compile_text(part) for part in parts if not isinstance(part, Not)]
    unwanted = [compile_text(part.part) for part in parts if isinstance(part, Not)]
    found = [match for match in wanted if match is not None]
    barred = [match for match in unwanted if match is not None]
    if not found or len(found) + len(barred) < len(parts):
        return None
    return _without(_joined(found, " AND "), barred)


def scored_text(query: Query) -> Match | None:
    """Match what the score of a hit is counted over; None when there is no text.

    That is every text that a hit may contain, whichever of them made it one.
    """
    texts = [text for _, text in said(query)]
    found = [match for text in texts if (match := _leaf(text)) is not None]
    if not found:
        return None
    certain = [part for part in conjuncts(query) if isinstance(part, Text | Said)]
    # Where every hit has all of them there are fewer rows to walk.
    return _joined(found, " AND " if len(certain) == len(texts) else " OR ")


def _joined(matches: list[Match], by: str) -> Match:
    if len(matches) == 1:
        return matches[0]
    text = by.join(match.text for match in matches)
    return Match(f"({text})", tuple(leaf for match in matches for leaf in match.leaves))


def _without(wanted: Match, unwanted: list[Match]) -> Match:
    if not unwanted:
        return wanted
    barred = _joined(unwanted, " OR ")
    return Match(f"({wanted.text} NOT {barred.text})", wanted.leaves + barred.leaves)


def _leaf(text: Text) -> Match | None:
    """Compile a text; None when no term is left of it, which matches nothing."""
    match text:
        case Words(words, slop) if slop and len(set(terms_of(words))) > 1:
            terms = dict.fromkeys(terms_of(words))
            return _near([(term,) for term in terms], slop + len(terms) - 2)
        case Words(words, slop):
            said_so = terms_of(words)[: 1 if slop else None]
            return _one(_quoted(said_so), (len(said_so),)) if said_so else None
        case Near(phrases, gap):
            wanted = [terms_of(phrase) for phrase in phrases]
            return _near(wanted, gap) if all(wanted) else None
        case Prefix(start):
            begins, stem = f'"{fold(start)}"*', f'"{term_of(start)}"'
            return _one(f"({begins} OR {stem})", (1, 1)) if fold(start) else None


def _near(phrases: Sequence[tuple[str, ...]], gap: int) -> Match:
    text = f"NEAR({' '.join(map(_quoted, phrases))}, {gap})"
    return _one(text, tuple(map(len, phrases)), gap)


def _one(text: str, widths: tuple[int, ...], gap: int | None = None) -> Match:
    return Match(text, (Leaf(text, widths, gap),))


def _quoted(terms: Iterable[str]) -> str:
    return f'"{" ".join(terms)}"'
