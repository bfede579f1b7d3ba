from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.analysis import LONGEST_TERM, analyse, fold, terms_of, token_text

ASCII_PUNCTUATION = set("!\"#$%&'()*+,-./:;<=>?@[\\]^`{|}~ \t\n\0")


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("Cancelled my ACCOUNT's plan", ("cancel", "my", "account", "plan")),
        ("the customer’s e-mail", ("the", "custom", "e", "mail")),
        ("can't, O'Neil", ("cant", "oneil")),
        ("l'abonnement d’hier", ("abonn", "hier")),
        ("STRASSE Straße", ("strass", "strass")),
        ("café cafe\u0301 CAFÉ", ("cafe", "cafe", "cafe")),
        ("请退款", ("请", "退", "款")),
        ("refund请", ("refund", "请")),
        ("환불을", ("환", "불", "을")),
        ("हिन्दी", ("हिन्दी",)),
        ("ﬁle ⑴ ½", ("file", "1", "12")),
        ("x_y £12.50", ("x_i", "12", "50")),
        ("!!! — …", ()),
    ],
)
def test_text_becomes_terms(text: str, terms: tuple[str, ...]) -> None:
    assert terms_of(text) == terms


def test_a_token_says_where_its_word_stands() -> None:
    text = "My account's “CAFÉ”"
    assert [text[token.start : token.end] for token in analyse(text)] == ["My", "account's", "CAFÉ"]


def test_a_mask_left_by_redaction_stays_one_word() -> None:
    assert terms_of("card [CARD_NUMBER] please") == ("card", "card_numb", "pleas")


def test_a_pasted_key_is_cut() -> None:
    assert [len(term) for term in terms_of("k" * 5000)] == [LONGEST_TERM]


@given(st.text())
def test_terms_hold_nothing_that_would_split_them_again(text: str) -> None:
    for token in analyse(text):
        assert token.term
        assert not ASCII_PUNCTUATION & set(token.term)
        assert text[token.start : token.end].strip() == text[token.start : token.end] != ""


@given(st.text())
def test_the_indexed_text_has_a_term_for_each_token(text: str) -> None:
    assert token_text(text) == " ".join(token.term for token in analyse(text))


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_tokens_stand_in_order_without_overlap(text: str) -> None:
    spans = [(token.start, token.end) for token in analyse(text)]
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
