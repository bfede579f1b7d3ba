from __future__ import annotations

import pytest

from models.language import LanguageIdentifier
from schemas.errors import ConfigError


@pytest.fixture(scope="module")
def identifier() -> LanguageIdentifier:
    return LanguageIdentifier(("en", "de", "fr"))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("my router is dead since Monday", "en"),
        ("mein Router ist seit Montag kaputt", "de"),
        ("ma box ne marche plus depuis lundi", "fr"),
    ],
)
def test_a_sentence_tells_its_language(
    identifier: LanguageIdentifier, text: str, language: str
) -> None:
    assert identifier.identify(text, "it") == language


def test_two_words_inherit_the_conversations_language(identifier: LanguageIdentifier) -> None:
    assert identifier.identify("ok danke", "en-GB") == "en"
    assert identifier.identify("ok danke") is None


def test_numbers_and_signs_are_not_words(identifier: LanguageIdentifier) -> None:
    assert identifier.identify("12 34 :-) !! ok", "fr") == "fr"


def test_only_configured_languages_are_answered() -> None:
    assert LanguageIdentifier(("en", "fr")).identify("mein Router ist kaputt") in {"en", "fr"}


def test_an_unknown_language_is_a_wrong_setting() -> None:
    with pytest.raises(ConfigError, match="xx"):
        LanguageIdentifier(("en", "xx"))
