"""Turn text into the tokens that every search engine, rule and highlighter shares.

One analysis serves all text. A query does not say its language, so a stemmer chosen by the
language of the text would hide words from the query that should find them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import Stemmer

ANALYSER_VERSION = 1
"""Grows whenever a text may give other tokens than before; an index then has to be rebuilt."""

LONGEST_TERM = 100
"""Characters kept of one term, so that a pasted key cannot exceed an engine's limit."""


class Token(NamedTuple):
    """A term and where it stands: `text[start:end]`, in characters."""

    term: str
    start: int
    end: int


def _is_mark(point: int) -> bool:
    return unicodedata.category(chr(point)) in ("Mn", "Mc")


def _marks() -> str:
    """List the combining marks as ranges of a character class; a word pattern leaves them out."""
    points = [point for point in range(0x300, 0xFFFF) if _is_mark(point)]
    starts = [point for point in points if not _is_mark(point - 1)]
    ends = [point for point in points if not _is_mark(point + 1)]
    return "".join(f"{chr(a)}-{chr(b)}" for a, b in zip(starts, ends, strict=True))


_MARKS = _marks() + "\uff9e\uff9f"  # the voicing marks of half-width katakana
# Scripts written without blanks, and Korean, whose particles hang on the noun: a token each.
_SINGLE = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff66-\uff9d\U00020000-\U0003ffff"
)
_WORD = re.compile(rf"\w[\w{_MARKS}]*(?:['’]\w[\w{_MARKS}]*)*")
_PIECE = re.compile(rf"[{_SINGLE}][{_MARKS}]*|[^{_SINGLE}]+")
_HAS_SINGLE = re.compile(rf"[{_SINGLE}]")
_POSSESSIVE = re.compile(r"['’]s$", re.IGNORECASE)
_ELISION = re.compile(r"^(?:[ldjmtsnc]|qu|un|all|dall|dell|nell|sull)['’](?=\w{3})", re.IGNORECASE)
_DIACRITICS = re.compile("[\u0300-\u036f]")
_NOT_WORD = re.compile(rf"[^\w{_MARKS}]")
_english = Stemmer.Stemmer("english")


def fold(word: str) -> str:
    """Casefold and drop accents and punctuation; other scripts' marks stay."""
    if word.isascii():
        return _NOT_WORD.sub("", word.lower())
    bare = _DIACRITICS.sub("", unicodedata.normalize("NFKD", word))
    return _NOT_WORD.sub("", unicodedata.normalize("NFC", bare.casefold()))


@lru_cache(maxsize=1 << 16)
def term_of(word: str) -> str:
    """Reduce a word to its term: possessive and elided article cut, folded, stemmed.

    Holds no ASCII punctuation but `_`; empty when nothing is left.
    """
    bare = _ELISION.sub("", _POSSESSIVE.sub("", word))
    stem: str = _english.stemWord(fold(bare)[:LONGEST_TERM])
    return stem


def analyse(text: str) -> Iterator[Token]:
    """Yield the tokens of a text in order; a position is a token's number, counted from 0."""
    for match in _WORD.finditer(text):
        word = match.group()
        if word.isascii() or not _HAS_SINGLE.search(word):
            term = term_of(word)
            if term:
                yield Token(term, match.start(), match.end())
        else:
            yield from _pieces(word, match.start())


def _pieces(word: str, offset: int) -> Iterator[Token]:
    for piece in _PIECE.finditer(word):
        term = term_of(piece.group())
        if term:
            yield Token(term, offset + piece.start(), offset + piece.end())


@lru_cache(maxsize=1 << 12)
def terms_of(text: str) -> tuple[str, ...]:
    """List the terms of a short text, such as a phrase of a query."""
    return tuple(token.term for token in analyse(text))


def token_text(text: str) -> str:
    """Join a text's terms with blanks: what a whitespace analyser is fed with."""
    if _HAS_SINGLE.search(text):
        return " ".join(token.term for token in analyse(text))
    return " ".join(filter(None, map(term_of, _WORD.findall(text))))
