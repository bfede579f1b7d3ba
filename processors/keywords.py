"""Keyword categories: phrase lists matched on whole words, many at a time.

One automaton looks for every phrase at once (Aho and Corasick 1975). Phrases that match by stem
are looked for by what their longest word shares with its stem, and only where that is found are
the words around it stemmed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple

import Stemmer
from ahocorasick_rs import AhoCorasick, MatchKind

from schemas.base import Contract
from schemas.errors import ConfigError

DEFAULT_CATEGORIES: Mapping[str, tuple[str, ...]] = {
    "cancel": (
        "cancel", "cancelling", "canceling", "cancellation", "terminate my contract",
        "close my account", "leave you", "leaving you", "switch provider", "switching provider",
        "switching to", "end my contract",
    ),
    "competitor": ("competitor", "another provider", "other provider", "better offer"),
    "outage": (
        "outage", "offline", "no internet", "no connection", "connection down", "internet is down",
        "not working", "keeps dropping", "service down", "no signal", "lost connection",
    ),
    "billing": (
        "bill", "billing", "invoice", "charged", "overcharged", "charged twice", "direct debit",
        "payment", "late fee",
    ),
    "refund": ("refund", "money back", "reimburse", "compensation", "credit my account"),
    "escalation": (
        "supervisor", "manager", "formal complaint", "ombudsman", "lawyer", "legal action",
        "unacceptable", "ridiculous", "disgrace", "worst service",
    ),
    "praise": ("thank you so much", "great service", "very helpful", "well done", "amazing"),
    "delay": ("still waiting", "on hold", "delayed", "delay", "days late", "hours waiting"),
}  # fmt: skip


class Category(Contract, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A list of phrases; with `stem` all forms of their words count ("cancel", "cancelled").

    With `languages` (ISO 639-1) only texts in these count, and texts too short to tell; the first
    is that of the stems, else English.
    """

    phrases: tuple[str, ...]
    stem: bool = False
    languages: tuple[str, ...] = ()


Categories = Mapping[str, Sequence[str] | Category]


class _Phrase(NamedTuple):
    """What is to be found where a pattern of the automaton matches.

    `stems` are those of all words, in the language of `stemmer`, and the pattern is found in word
    number `anchor`; `parts` are what their other words begin with. Without, the pattern is the
    phrase itself, and with `goes_on` its last word may go on.
    """

    category: str
    languages: frozenset[str]
    goes_on: bool = False
    stems: tuple[str, ...] = ()
    stemmer: str = ""
    anchor: int = 0
    parts: tuple[str, ...] = ()


UNDETERMINED = "und"
"""Said of a text whose language could be any (ISO 639-2)."""

LONGEST = 200
"""Characters around a word in which a phrase must lie that is found by stem."""

BETWEEN = " -\t\n"
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_WORDS = re.compile(rf"({_WORD.pattern})([\W_]*)")


class KeywordMatcher:
    """Finds which categories a text belongs to; phrases match as whole words, in any case.

    A phrase that ends in `*` matches words that begin so: `cancel*` finds "cancellation".

    Raises:
        ConfigError: a phrase is empty, or there is no stemmer for a language.
    """

    def __init__(self, categories: Categories = DEFAULT_CATEGORIES) -> None:
        patterns: defaultdict[str, list[_Phrase]] = defaultdict(list)
        for name, given in sorted(categories.items()):
            rules = given if isinstance(given, Category) else Category(phrases=tuple(given))
            for pattern, phrase in sorted({_pattern(name, one, rules) for one in rules.phrases}):
                patterns[pattern].append(phrase)
        self._phrases = list(patterns.values())
        self._automaton = AhoCorasick(list(patterns), matchkind=MatchKind.Standard)

    def categories(self, text: str, language: str | None = None) -> tuple[str, ...]:
        """List the categories of a text in alphabetical order."""
        folded = text.casefold()
        matches = self._automaton.find_matches_as_indexes(folded, overlapping=True)
        if not matches:
            return ()
        found: set[str] = set()
        told = language not in (None, UNDETERMINED)
        for index, start, end in matches:
            if start and folded[start - 1].isalnum():
                continue
            stands_alone = end == len(folded) or not folded[end].isalnum()
            for phrase in self._phrases[index]:
                if phrase.category in found:
                    continue
                if told and phrase.languages and language not in phrase.languages:
                    continue
                if phrase.stems:
                    if _has_stems(folded, start, phrase):
                        found.add(phrase.category)
                elif stands_alone or phrase.goes_on:
                    found.add(phrase.category)
        return tuple(sorted(found))


def _pattern(name: str, phrase: str, rules: Category) -> tuple[str, _Phrase]:
    """Give what to look for, and what it means where it is found."""
    folded, languages = phrase.casefold(), frozenset(rules.languages)
    if folded.endswith("*"):
        folded = folded.rstrip("*")
        found = _Phrase(name, languages, goes_on=True)
    elif rules.stem:
        stemmer = rules.languages[0] if rules.languages else "en"
        words = _WORD.findall(folded)
        stems = tuple(_stem(word, stemmer) for word in words)
        shared = [_shared(word, stem) for word, stem in zip(words, stems, strict=True)]
        folded = max(shared, key=len, default="")
        anchor = shared.index(folded) if shared else 0
        parts = tuple(shared[:anchor] + shared[anchor + 1 :])
        found = _Phrase(name, languages, False, stems, stemmer, anchor, parts)
    else:
        found = _Phrase(name, languages)
    if not folded.strip():
        raise ConfigError(f"settings: category {name!r} has an empty phrase {phrase!r}")
    return folded, found


def _shared(word: str, stem: str) -> str:
    """Give what all forms of a word begin with: `carr` of carry, whose stem is carri."""
    same = takewhile(lambda pair: pair[0] == pair[1], zip(word, stem, strict=False))
    return "".join(letter for letter, _ in same)


def _has_stems(text: str, start: int, phrase: _Phrase) -> bool:
    """Tell whether the words around `start` are those of a phrase, with nothing between them."""
    # A search for the other words is far cheaper than stems, and mostly finds that one is missing.
    if not all(part in text for part in phrase.parts):
        return False
    found = _WORD.match(text, start)
    if found is None or _stem(found.group(), phrase.stemmer) != phrase.stems[phrase.anchor]:
        return False
    if len(phrase.stems) == 1:
        return True
    before = _WORDS.findall(text[max(0, start - LONGEST) : start]) if phrase.anchor else []
    after = _WORDS.findall(text[start : start + LONGEST])
    words = before[len(before) - phrase.anchor :] + after[: len(phrase.stems) - phrase.anchor]
    if len(words) != len(phrase.stems) or len(before) < phrase.anchor:
        return False
    if any(gap.strip(BETWEEN) for _, gap in words[:-1]):
        return False
    told = zip(words, phrase.stems, strict=True)
    return all(_stem(word, phrase.stemmer) == stem for (word, _), stem in told)


@lru_cache(maxsize=1 << 16)
def _stem(word: str, language: str) -> str:
    stem: str = _stemmer(language).stemWord(word)
    return stem


@lru_cache
def _stemmer(language: str) -> Stemmer.Stemmer:
    try:
        return Stemmer.Stemmer(language)
    except KeyError as error:
        raise ConfigError(f"settings: there are no stems for the language {language!r}") from error
