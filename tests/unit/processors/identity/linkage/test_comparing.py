"""How alike texts are, and how far two customers agree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.identity.linkage.fields import date_of, name_of, subject_of
from processors.identity.linkage.levels import FIELDS, MISSING, compare
from processors.identity.linkage.similarity import edits, jaro_winkler, most_alike, short_form
from schemas.person import Person

WORDS = st.text("abcdef", max_size=9)


@pytest.mark.parametrize(
    ("a", "b", "alike"),
    [("martha", "marhta", 0.961), ("dixon", "dicksonx", 0.813), ("dwayne", "duane", 0.840)],
)
def test_the_similarity_is_the_published_one(a: str, b: str, alike: float) -> None:
    assert jaro_winkler(a, b) == pytest.approx(alike, abs=0.0005)


@given(WORDS, WORDS)
def test_similarity_lies_between_nothing_and_the_same_and_has_no_direction(a: str, b: str) -> None:
    assert 0 <= jaro_winkler(a, b) <= 1
    assert jaro_winkler(a, b) == pytest.approx(jaro_winkler(b, a))
    assert (jaro_winkler(a, b) == 1) == (a == b)


@given(st.text("abcde", max_size=9), st.text("abcde", max_size=9))
def test_no_two_texts_are_more_alike_than_their_signs_allow(a: str, b: str) -> None:
    assert jaro_winkler(a, b) <= most_alike(a, b)


@given(WORDS, WORDS)
def test_edits_are_counted_as_the_full_table_counts_them(a: str, b: str) -> None:
    assert edits(a, b, 3) == min(3, _all_edits(a, b))


def _all_edits(a: str, b: str) -> int:
    table = [[i + j if not i * j else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            changed = table[i - 1][j - 1] + (a[i - 1] != b[j - 1])
            table[i][j] = min(table[i - 1][j] + 1, table[i][j - 1] + 1, changed)
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                table[i][j] = min(table[i][j], table[i - 2][j - 2] + 1)
    return table[-1][-1]


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("robert", "bob", True),
        ("elizabeth", "liz", True),
        ("j", "jane", True),
        ("ana", "anastasia", True),
        ("bob", "bill", False),
        ("al", "alan", False),
    ],
)
def test_short_forms_and_initials_are_known(a: str, b: str, same: bool) -> None:
    assert short_form(a, b) is same


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Dr. Ana María Silva", ("ana", "silva")),
        ("Silva, Ana", ("ana", "silva")),
        ("Bob", ("bob", "")),
        ("Seán O'Brien", ("sean", "obrien")),
        ("ana@example.com", None),
        ("+1 555 0100", None),
    ],
)
def test_a_name_is_read_from_what_sources_write(text: str, name: tuple[str, str] | None) -> None:
    assert name_of(Person(name=text)) == name


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("1971-06-24", "19710624"),
        ("19710624", "19710624"),
        ("24.6.1971", "19710624"),
        ("6/24/1971", "19710624"),
        ("soon", None),
    ],
)
def test_a_date_is_read_from_what_sources_write(text: str, date: str | None) -> None:
    assert date_of(text) == date


ANA = Person(
    given_name="Ana",
    family_name="Silva",
    born="1971-06-24",
    street="7 Elm Road",
    city="Springfield",
)


def _levels(one: Person, other: Person, emails: tuple[str, str] = ("", "")) -> dict[str, str]:
    a, b = (
        subject_of(key, [f"email:{email}"] if email else [], [person])
        for key, person, email in zip("ab", (one, other), emails, strict=True)
    )
    found = compare(a, b).pattern
    assert found == compare(b, a).pattern
    return {
        field.name: field.levels[level]
        for field, level in zip(FIELDS, found, strict=True)
        if level != MISSING
    }


def test_all_that_is_the_same_is_found_the_same() -> None:
    assert set(_levels(ANA, ANA).values()) == {"the same", "the same street"}


def test_what_one_side_does_not_say_is_not_compared() -> None:
    assert _levels(ANA, Person(family_name="Silva")) == {"family name": "the same"}


def test_given_and_family_name_may_be_swapped() -> None:
    found = _levels(ANA, Person(given_name="Silva", family_name="Ana"))
    assert found == {"given name": "close or a short form", "family name": "close"}


@pytest.mark.parametrize(
    ("born", "level"),
    [
        ("1971-06-25", "one slip apart"),
        ("1971-06-42", "one slip apart"),
        ("1971-08-24", "one slip apart"),
        ("1971-11-24", "two of day, month and year the same"),
        ("1980-12-01", "different"),
    ],
)
def test_slips_in_a_date_are_seen(born: str, level: str) -> None:
    assert _levels(ANA, Person(born=born)) == {"date of birth": level}


def test_day_and_month_may_be_swapped() -> None:
    assert _levels(Person(born="1971-06-04"), Person(born="1971-04-06")) == {
        "date of birth": "one slip apart"
    }


@pytest.mark.parametrize(
    ("street", "city", "level"),
    [
        ("7 Elm Raod", "Springfield", "the same street"),
        ("9 Elm Road", "Springfield", "the same city"),
        ("7 Elm Road", "Shelbyville", "different"),
        (None, "Sprigfield", "about the same area"),
    ],
)
def test_an_address_agrees_by_degrees(street: str | None, city: str, level: str) -> None:
    assert _levels(ANA, Person(street=street, city=city)) == {"address": level}


def test_an_email_with_a_plus_is_the_same_mailbox() -> None:
    found = _levels(ANA, Person(name="x y"), ("ana@example.com", "ana+shop@example.com"))
    assert found["email"] == "the same but for a plus"
