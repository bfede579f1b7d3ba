from __future__ import annotations

from processors.brands import NOBODY, Brands

BRANDS = Brands(["Fonaro", "Fonaro TV"], ["Telbo", "C&A"])


def test_names_are_found_as_whole_words_in_any_case() -> None:
    named = BRANDS.named_in("I leave FONARO for telbo, and c&a too")
    assert named == (("Fonaro",), ("C&A", "Telbo"))


def test_a_name_inside_another_word_is_none() -> None:
    assert BRANDS.named_in("Telbonia and Fonaroo") == NOBODY


def test_without_settings_nothing_is_named() -> None:
    assert Brands().named_in("Fonaro") == NOBODY
    assert Brands([" "]).named_in("a b") == NOBODY
