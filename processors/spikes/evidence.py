"""Say what an alert is about: words that stand out, and interactions to read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from math import log, sqrt

from processors.function_words import FUNCTION_WORDS

_WORD = re.compile(r"[^\W\d_][\w'’]{2,}")
# Handles, links and hashes of redaction carry no topic.
_NOISE = re.compile(r"(?:https?://\S+|[@#]\w+|\[[^\]]*\]|<[^>]*>)")
# Single words need more of these than phrases: "money back" says something, "back" does not.
_STOP = FUNCTION_WORDS.union(
    ("amp", "back", "being", "getting", "most", "need", "off", "other", "own", "same", "still")
)
PRIOR = 0.5
MOST_TERMS = 8
MOST_EXAMPLES = 5


def words(text: str) -> set[str]:
    """List the distinct content words of a text, in lower case."""
    found = _WORD.findall(_NOISE.sub(" ", text.casefold()))
    return {one.replace("’", "'").strip("'") for one in found} - _STOP


def top_terms(now: Iterable[str], before: Iterable[str]) -> tuple[str, ...]:
    """Rank words of the texts `now` by the z-score of their log-odds against the texts `before`.

    A word counts once per text and must stand in two; ties go to the alphabet. Source: Monroe,
    Colaresi and Quinn, Fightin' Words, Political Analysis 16 (2008), with a flat prior.
    """
    fresh, usual = list(now), list(before)
    seen = Counter(word for text in fresh for word in words(text))
    known = Counter(word for text in usual for word in words(text))

    def score(word: str) -> float:
        odds = (seen[word] + PRIOR) / (len(fresh) - seen[word] + PRIOR)
        base = (known[word] + PRIOR) / (len(usual) - known[word] + PRIOR)
        return log(odds / base) / sqrt(1 / (seen[word] + PRIOR) + 1 / (known[word] + PRIOR))

    ranked = sorted((word for word in seen if seen[word] > 1), key=lambda w: (-score(w), w))
    return tuple(word for word in ranked if score(word) > 0)[:MOST_TERMS]


def choose_examples(
    sample: Mapping[str, str], terms: tuple[str, ...], further: Mapping[str, str]
) -> tuple[str, ...]:
    """Choose up to five ids of texts, those with most of the terms first.

    What `sample` lacks of five is taken from `further` in the same order.
    """
    wanted = set(terms)

    def ranked(texts: Mapping[str, str]) -> list[str]:
        return sorted(texts, key=lambda name: (-len(words(texts[name]) & wanted), name))

    return tuple(dict.fromkeys([*ranked(sample), *ranked(further)]))[:MOST_EXAMPLES]
