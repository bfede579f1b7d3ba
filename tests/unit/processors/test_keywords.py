"""Keyword categories: whole phrases, in any case, and nothing inside another word."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.keywords import DEFAULT_CATEGORIES, KeywordMatcher

LISTS = {"cancel": ("cancel", "close my account"), "bill": ("bill", "CLOSE"), "grün": ("grün",)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I want to CANCEL.", ("cancel",)),
        ("please close my account", ("bill", "cancel")),
        ("cancelled billing", ()),
        ("bill", ("bill",)),
        ("(bill)", ("bill",)),
        ("bill2", ()),
        ("Grün!", ("grün",)),
        ("", ()),
    ],
)
def test_phrases_match_as_whole_words(text: str, expected: tuple[str, ...]) -> None:
    assert KeywordMatcher(LISTS).categories(text) == expected


def test_a_phrase_of_two_categories_gives_both() -> None:
    assert KeywordMatcher({"a": ("down",), "b": ("Down",)}).categories("it is down") == ("a", "b")


def test_without_lists_nothing_is_found() -> None:
    assert KeywordMatcher({}).categories("cancel my bill") == ()


WORDS = st.sampled_from(["cancel", "close", "my", "account", "bill", "bills", "x", "late", "fee"])


@given(st.lists(WORDS, max_size=12).map(" ".join))
def test_it_finds_what_a_search_by_pattern_finds(text: str) -> None:
    expected = {
        name
        for name, phrases in DEFAULT_CATEGORIES.items()
        for phrase in phrases
        if re.search(rf"(?<![^\W_]){re.escape(phrase)}(?![^\W_])", text)
    }
    assert KeywordMatcher().categories(text) == tuple(sorted(expected))
