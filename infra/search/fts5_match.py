"""Compile the text of a query to FTS5's MATCH."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from processors.analysis import fold, term_of, terms_of
from processors.query.ast import And, Is, Near, Not, Or, Prefix, Query, Said, Text, Words, conjuncts


@dataclass(frozen=True, slots=True)
class Match:
    """A MATCH expression and its phrases, in the order in which FTS5 numbers them."""

    text: str
    phrases: tuple[str, ...]


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


def any_text(texts: Iterable[Text]) -> Match | None:
    """Match any of some texts: what a score is counted over; None when there is none."""
    found = [match for text in texts if (match := _leaf(text)) is not None]
    return _joined(found, " OR ") if found else None


def _joined(matches: list[Match], by: str) -> Match:
    if len(matches) == 1:
        return matches[0]
    text = by.join(match.text for match in matches)
    return Match(f"({text})", tuple(phrase for match in matches for phrase in match.phrases))


def _without(wanted: Match, unwanted: list[Match]) -> Match:
    if not unwanted:
        return wanted
    barred = _joined(unwanted, " OR ")
    return Match(f"({wanted.text} NOT {barred.text})", wanted.phrases + barred.phrases)


def _leaf(text: Text) -> Match | None:
    """Compile a text; None when no term is left of it, which matches nothing."""
    match text:
        case Words(words, slop) if slop and len(set(terms_of(words))) > 1:
            terms = list(dict.fromkeys(terms_of(words)))
            return _near([f'"{term}"' for term in terms], slop + len(terms) - 2)
        case Words(words, slop):
            terms = list(terms_of(words))[: 1 if slop else None]
            phrase = f'"{" ".join(terms)}"'
            return Match(phrase, (phrase,)) if terms else None
        case Near(phrases, gap):
            literals = [f'"{" ".join(terms_of(phrase))}"' for phrase in phrases]
            return None if '""' in literals else _near(literals, gap)
        case Prefix(start):
            begins, stem = f'"{fold(start)}"*', f'"{term_of(start)}"'
            return Match(f"({begins} OR {stem})", (begins, stem)) if fold(start) else None


def _near(phrases: list[str], gap: int) -> Match:
    return Match(f"NEAR({' '.join(phrases)}, {gap})", tuple(phrases))
