"""Keyword categories: phrase lists matched on whole words, many at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ahocorasick_rs import AhoCorasick, MatchKind

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


class KeywordMatcher:
    """Finds which categories a text belongs to; phrases match as whole words, in any case."""

    def __init__(self, categories: Mapping[str, Sequence[str]] = DEFAULT_CATEGORIES) -> None:
        pairs = sorted({(p.casefold(), name) for name, ps in categories.items() for p in ps})
        self._names = [name for _, name in pairs]
        self._automaton = AhoCorasick([phrase for phrase, _ in pairs], matchkind=MatchKind.Standard)

    def categories(self, text: str) -> tuple[str, ...]:
        """List the categories of a text in alphabetical order."""
        folded = text.casefold()
        matches = self._automaton.find_matches_as_indexes(folded, overlapping=True)
        found = {self._names[i] for i, start, end in matches if _stands_alone(folded, start, end)}
        return tuple(sorted(found))


def _stands_alone(text: str, start: int, end: int) -> bool:
    before = start == 0 or not text[start - 1].isalnum()
    after = end == len(text) or not text[end].isalnum()
    return before and after
