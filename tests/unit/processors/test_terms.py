"""Terms that stand out: said in more contacts than the baseline lets expect."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from processors.terms import Counts, count_terms, standing_out

USUAL = [["My bill is too high this month"], ["The invoice is wrong"], ["I paid twice"]] * 20
NEW = [["The new app update shows a blank page", "my bill?"], ["blank page after the app update"]]


def test_what_is_new_stands_out_and_what_is_usual_does_not() -> None:
    terms = standing_out(count_terms(NEW * 5 + USUAL[:20]), count_terms(USUAL))
    names = [one.term for one in terms]
    assert set(names[:2]) == {"app update", "blank page"}
    assert not {"bill", "invoice", "paid twice"} & set(names)
    first = terms[0]
    assert (first.contacts, first.baseline_contacts) == (10, 0)
    assert first.share == round(10 / 30, 4)


def test_of_a_term_and_a_longer_one_in_the_same_contacts_the_longer_is_kept() -> None:
    names = [one.term for one in standing_out(count_terms(NEW * 5), count_terms(USUAL))]
    assert "blank page" in names
    assert not {"blank", "page"} & set(names)


def test_a_word_counts_once_per_contact() -> None:
    counts = count_terms([["slow slow slow", "so slow"], ["fast"]])
    assert (counts.contacts, counts.terms["slow"], counts.terms["fast"]) == (2, 1, 1)


def test_a_term_does_not_reach_over_punctuation_or_begin_with_an_empty_word() -> None:
    counts = count_terms([["The router is dead. Help me, now"]])
    assert set(counts.terms) == {"router", "router is dead", "dead", "help"}


def test_too_few_contacts_say_nothing() -> None:
    assert standing_out(count_terms([["strange noise"]] * 2), count_terms(USUAL)) == []
    assert standing_out(count_terms([]), count_terms([])) == []


WORDS = st.lists(st.sampled_from(["red", "light", "router", "app", "slow"]), min_size=1)


@given(st.lists(st.lists(WORDS.map(" ".join)), max_size=15))
def test_nothing_stands_out_against_itself(contacts: list[list[str]]) -> None:
    counts: Counts = count_terms(contacts)
    assert standing_out(counts, counts) == []
