"""Which terms stand out in some contacts against others: what customers bring up now.

Log-odds ratio with an informative Dirichlet prior (Monroe, Colaresi and Quinn 2008, "Fightin'
Words", eq. 15-22). A term is one to three words and counts once per contact, so that somebody who
repeats a word does not make it a trend.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from processors.function_words import FUNCTION_WORDS
from schemas.base import Contract

LONGEST = 3  # words
FEWEST = 3  # contacts
LEAST_Z = 1.96
PRIOR_SHARE, MOST_PRIOR = 0.1, 500.0
"""Weight of the belief that nothing differs, in mentions, as a share of all; and at most."""

SAME = 0.8
"""Share of a term's contacts in which a longer one must stand to take its place."""

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_BREAK = re.compile(r"[.!?;:,()\[\]\n]+")


class Counts(NamedTuple):
    """In how many of so many contacts each term stands."""

    contacts: int
    terms: Counter[str]


class Term(Contract, frozen=True, kw_only=True, omit_defaults=False):
    """A term that stands out: in how many contacts here and in the baseline, and how surely.

    `z` is the log-odds ratio in its standard deviations; `share` and `baseline_share` are 0-1.
    """

    term: str
    contacts: int
    share: float
    baseline_contacts: int
    baseline_share: float
    z: float


def count_terms(contacts: Iterable[Sequence[str]]) -> Counts:
    """Count terms over contacts, each a list of what was said; terms end at punctuation."""
    counts: Counter[str] = Counter()
    many = 0
    for texts in contacts:
        many += 1
        counts.update({term for text in texts for term in _terms(text)})
    return Counts(many, counts)


def standing_out(here: Counts, baseline: Counts, most: int = 20) -> list[Term]:
    """List terms that are said in more of the contacts here than the baseline lets expect.

    A term needs three contacts here. Of a term and a longer one in nearly the same contacts the
    longer is kept.
    """
    both = here.terms + baseline.terms
    everything, all_here, all_there = both.total(), here.terms.total(), baseline.terms.total()
    belief = min(MOST_PRIOR, PRIOR_SHARE * everything)
    scored = []
    for term, count in here.terms.items():
        if count < FEWEST:
            continue
        prior = belief * both[term] / everything
        first = _log_odds(count + prior, all_here + belief)
        second = _log_odds(baseline.terms[term] + prior, all_there + belief)
        deviation = math.sqrt(1 / (count + prior) + 1 / (baseline.terms[term] + prior))
        z = (first - second) / deviation
        if z >= LEAST_Z:
            scored.append((term, round(z, 2)))
    scored.sort(key=lambda item: (-item[1], -len(item[0]), item[0]))
    kept = [one for one in scored if not _is_part(one[0], scored, here.terms)]
    return [
        Term(
            term=term,
            contacts=here.terms[term],
            share=round(here.terms[term] / here.contacts, 4),
            baseline_contacts=baseline.terms[term],
            baseline_share=round(baseline.terms[term] / max(1, baseline.contacts), 4),
            z=z,
        )
        for term, z in kept[:most]
    ]


def _log_odds(count: float, total: float) -> float:
    return math.log(count / (total - count)) if count < total else math.inf


def _terms(text: str) -> Iterable[str]:
    for stretch in _BREAK.split(text.casefold()):
        words = _WORD.findall(stretch)
        for size in range(1, LONGEST + 1):
            for at in range(len(words) - size + 1):
                if words[at] not in FUNCTION_WORDS and words[at + size - 1] not in FUNCTION_WORDS:
                    yield " ".join(words[at : at + size])


def _is_part(term: str, scored: Sequence[tuple[str, float]], counts: Counter[str]) -> bool:
    return any(
        f" {term} " in f" {other} " and other != term and counts[other] >= SAME * counts[term]
        for other, _ in scored
    )
