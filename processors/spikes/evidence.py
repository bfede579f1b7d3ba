"""Say what an alert is about: words that stand out, and interactions to read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from math import log, sqrt

_WORD = re.compile(r"[^\W\d_][\w'’]{2,}")
# Handles, links and hashes of redaction carry no topic.
_NOISE = re.compile(r"(?:https?://\S+|[@#]\w+|\[[^\]]*\]|<[^>]*>)")
_STOP_WORDS = """
    a about after again all also am an and any are as at back be because been before being but by
    can can't could did didn't do does doesn't doing don't for from get getting got had has have he
    her here him his how i i'm i've if in into is isn't it it's its just like me more most my need
    no not now of off on one only or other our out over own please really same she should so some
    still such than thank thanks that that's the their them then there these they they're this
    those through to too until up us very was wasn't we were what when where which while who why
    will with won't would you you're your amp
"""
_STOP = frozenset(_STOP_WORDS.split())
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


def choose_examples(sample: Sequence[tuple[str, str]], terms: tuple[str, ...]) -> tuple[str, ...]:
    """Choose up to five ids of (id, text) pairs, those with most of the terms first."""
    wanted = set(terms)
    ranked = sorted(sample, key=lambda pair: (-len(words(pair[1]) & wanted), pair[0]))
    return tuple(name for name, _ in ranked[:MOST_EXAMPLES])
