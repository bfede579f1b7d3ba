from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py3langid.langid import MODEL_FILE
from py3langid.langid import LanguageIdentifier as Library

from models.language import LanguageIdentifier
from models.language_odds import LanguageOdds
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


@pytest.mark.parametrize("text", ["ok danke", "ok merci", "danke", "sure", "ok"])
def test_one_or_two_words_inherit_the_conversations_language(
    identifier: LanguageIdentifier, text: str
) -> None:
    assert identifier.identify(text, "en-GB") == "en"
    assert identifier.identify(text, "FR") == "fr"


def test_few_words_without_a_conversation_are_told_only_where_they_are_plain() -> None:
    identifier = LanguageIdentifier()
    assert identifier.identify("no thanks") == "en"
    assert identifier.identify("danke schön") == "de"
    assert identifier.identify("ok danke") is None
    assert identifier.identify("ok") is None


def test_numbers_names_of_users_and_links_are_not_words(identifier: LanguageIdentifier) -> None:
    assert identifier.identify("12 34 :-) !! ok", "fr") == "fr"
    assert identifier.identify("@meinFreund #heute https://example.com/ja", "fr") == "fr"
    assert identifier.identify("@meinFreund #heute https://example.com/ja") is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("خدمة العملاء لا ترد على الهاتف", "ar"),
        ("мой роутер не работает", "ru"),
        ("ルーターが動きません", "ja"),
        ("我的路由器坏了", "zh"),
        ("dziękuję bardzo za pomoc", "pl"),
    ],
)
def test_a_language_that_is_not_expected_is_named_and_not_mistaken_for_ours(
    identifier: LanguageIdentifier, text: str, language: str
) -> None:
    found = identifier.identify(text)
    assert found not in identifier.languages
    assert LanguageIdentifier(("en", language)).identify(text) == language


def test_what_could_be_anything_is_undetermined_unless_the_conversation_tells() -> None:
    identifier = LanguageIdentifier()
    text = "kal subah mera net phir se band ho gaya bhai"
    assert identifier.identify(text) == "und"
    assert identifier.identify(text, "hi") == "hi"
    assert identifier.identify("yes i want") is None
    assert identifier.identify("ღმერთო ჩემო", None) not in (None, *identifier.languages)


def test_a_turn_that_fits_the_call_stays_in_its_language() -> None:
    identifier = LanguageIdentifier()
    assert identifier.identify("no no va bene") == "it"
    assert identifier.identify("yes madam my name is Meenakshi Kumar", "en") == "en"


@pytest.mark.parametrize("languages", [("en", "xx"), ()])
def test_an_unknown_language_is_a_wrong_setting(languages: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError, match=r"xx|none"):
        LanguageIdentifier(languages)


TEXTS = (
    "my router is dead since Monday",
    "MEIN ROUTER IST KAPUTT",
    "ルーターが動きません",
    "",
    "Да бих волео, хвала вам много",
    "ok",
    "čekam odgovor već tri dana, hvala lepo",
)


@pytest.fixture(scope="module")
def odds() -> LanguageOdds:
    return LanguageOdds()


@pytest.fixture(scope="module")
def library() -> Library:
    return Library.from_model_file(MODEL_FILE, norm_probs=True)


@settings(deadline=None)
@given(st.lists(st.text() | st.sampled_from(TEXTS) | st.text(st.characters(max_codepoint=0x250))))
def test_the_odds_are_those_of_the_library_whatever_the_company(
    odds: LanguageOdds, library: Library, texts: list[str]
) -> None:
    for text, row in zip(texts, odds.of(texts), strict=True):
        assert dict(zip(odds.labels, row.tolist(), strict=True)) == pytest.approx(
            dict(library.rank(text)), abs=1e-4
        )
        assert row.tolist() == odds.of([text])[0].tolist()


def test_texts_are_told_together_as_they_are_alone() -> None:
    identifier = LanguageIdentifier()
    texts, hints = TEXTS * 2, [None] * len(TEXTS) + ["it-IT"] * len(TEXTS)
    alone = [identifier.identify(text, hint) for text, hint in zip(texts, hints, strict=True)]
    assert identifier.identify_all(texts, hints) == alone
    assert identifier.identify_all([], []) == []
