"""Keyword categories per core-second, and their ratio against the bare automaton.

`python -m tests.bench.bench_keywords`: the built-in lists, and 2,000 phrases of which a third
match by stem or prefix, over messages of 3 to 40 words. Not a test.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence

from ahocorasick_rs import AhoCorasick, MatchKind

from processors.keywords import DEFAULT_CATEGORIES, Categories, Category, KeywordMatcher

TEXTS = 100_000
ROUNDS = 3
COMMON = ["the", "my", "to", "is", "and", "i", "you", "it", "for", "not", "have", "with", "this"]
SYLLABLES = [a + b + c for a in "bdfglmnprstv" for b in "aeiou" for c in ("", "l", "n", "r")]
ENDINGS = ("", "", "s", "ed", "ing", "ion")
SHARE = 0.12  # of words that say what a text is about; the rest is in every text and in no list


def main() -> None:
    """Print a table."""
    dice = random.Random(1)
    stems = ["".join(dice.choices(SYLLABLES, k=dice.randint(2, 3))) for _ in range(3_000)]
    texts = [_text(dice, stems) for _ in range(TEXTS)]
    large = {
        f"list {n}": Category(phrases=_phrases(dice, stems, n), stem=n % 3 == 0) for n in range(100)
    }
    print(f"{'lists':<16}{'texts/core-s':>14}{'bare automaton':>16}{'ratio':>8}{'hits':>8}")
    _compare("built in", DEFAULT_CATEGORIES, texts)
    _compare("2,000 phrases", large, texts)


def _compare(name: str, categories: Categories, texts: Sequence[str]) -> None:
    matcher = KeywordMatcher(categories)
    phrases = [
        phrase.rstrip("*")
        for one in categories.values()
        for phrase in (one.phrases if isinstance(one, Category) else one)
    ]
    bare = AhoCorasick(phrases, matchkind=MatchKind.LeftmostLongest)
    ours = best(lambda: [matcher.categories(text) for text in texts])
    theirs = best(lambda: [bare.find_matches_as_indexes(text.casefold()) for text in texts])
    hits = sum(bool(matcher.categories(text)) for text in texts) / TEXTS
    speeds = f"{TEXTS / ours:>14,.0f}{TEXTS / theirs:>16,.0f}{theirs / ours:>8.2f}"
    print(f"{name:<16}{speeds}{hits:>8.0%}")


def best(work: Callable[[], object]) -> float:
    """Give the shortest processor time of some rounds, in seconds."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def _text(dice: random.Random, stems: Sequence[str]) -> str:
    return " ".join(
        dice.choice(stems) + dice.choice(ENDINGS) if dice.random() < SHARE else dice.choice(COMMON)
        for _ in range(dice.randint(3, 40))
    )


def _phrases(dice: random.Random, stems: Sequence[str], n: int) -> tuple[str, ...]:
    made = (" ".join(dice.choices(stems, k=dice.randint(1, 3))) for _ in range(20))
    return tuple(phrase + ("*" if n % 7 == 0 else "") for phrase in made)


if __name__ == "__main__":
    main()
