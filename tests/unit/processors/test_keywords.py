"""Keyword categories: whole phrases, in any case, and nothing inside another word."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.keywords import DEFAULT_CATEGORIES, Category, KeywordMatcher
from schemas.errors import ConfigError

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


@pytest.mark.parametrize(
    ("text", "expected"),
    [("My Cancellation!", True), ("cancel", True), ("uncancelled", False), ("can cel", False)],
)
def test_a_phrase_with_a_star_goes_on(text: str, expected: bool) -> None:
    assert bool(KeywordMatcher({"cancel": ("cancel*",)}).categories(text)) is expected


STEMMED = Category(phrases=("carry my number", "late delivery"), stem=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("They carried my numbers over.", True),
        ("carrying  my number", True),
        ("late deliveries, always", True),
        ("carry on, my number is", False),
        ("carry my. Number", False),
        ("a carriage my number", False),
        ("carry my", False),
        ("translate delivery", False),
    ],
)
def test_stems_find_all_forms_of_a_phrase_and_no_other(text: str, expected: bool) -> None:
    assert bool(KeywordMatcher({"port": STEMMED}).categories(text)) is expected


def test_stems_are_those_of_the_language_and_only_its_texts_count() -> None:
    german = Category(phrases=("kündigung",), stem=True, languages=("de", "nl"))
    matcher = KeywordMatcher({"cancel": german})
    for language in ("de", "nl", None, "und"):
        assert matcher.categories("die Kündigungen", language) == ("cancel",)
    assert matcher.categories("die Kündigungen", "fr") == ()


@pytest.mark.parametrize(
    ("category", "message"),
    [
        (Category(phrases=(" ",)), "empty phrase"),
        (Category(phrases=("*",)), "empty phrase"),
        (Category(phrases=("!",), stem=True), "empty phrase"),
        (Category(phrases=("a",), stem=True, languages=("xx",)), "'xx'"),
    ],
)
def test_what_could_never_match_is_refused(category: Category, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        KeywordMatcher({"one": category})


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
