"""Texts that PostgreSQL would refuse come back as they were, in the order that they had."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from infra.postgres_wire import LONGEST, as_given, cut, stored

TEXTS = st.text(st.sampled_from("\x00\x01\x02ab") | st.characters(exclude_categories=["Cs"]))
LONG = st.builds(lambda text, n: text * n, st.text("aü€😀", min_size=1, max_size=9), st.just(900))


@given(TEXTS)
def test_a_stored_text_has_no_nul_and_is_read_back_as_it_was(text: str) -> None:
    assert "\x00" not in stored(text)
    assert as_given(stored(text)) == text


@given(TEXTS, TEXTS)
def test_stored_texts_sort_as_the_texts_do(one: str, other: str) -> None:
    assert (one.encode() < other.encode()) == (stored(one).encode() < stored(other).encode())


@given(LONG, LONG)
def test_a_text_that_is_too_long_is_cut_once_and_stays_apart_from_others(
    one: str, other: str
) -> None:
    assert len(cut(one).encode()) <= LONGEST
    assert cut(cut(one)) == cut(one)
    assert (cut(one) == cut(other)) == (one == other)
