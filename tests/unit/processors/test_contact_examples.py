from __future__ import annotations

import pytest

from processors.contact_examples import Example, read_examples
from schemas.errors import InvalidEvent


def test_texts_and_types_are_read_with_their_lines() -> None:
    table = '\ufeffText,n,Category\n"where, please, is it?",1,delivery\n\nkaputt ,2, fault\n'
    assert read_examples(table) == [
        Example("where, please, is it?", "delivery", "en", 2),
        Example("kaputt", "fault", "en", 4),
    ]


def test_a_row_may_say_its_language() -> None:
    rows = read_examples("text,label,language\nhallo,a,DE\nhello,a,\nservus,a,de_AT\n", "fr")
    assert [row.language for row in rows] == ["de", "fr", "de"]


def test_a_text_that_stands_there_twice_counts_once() -> None:
    rows = read_examples("text,label\nNo signal,a\nno  signal,b\n")
    assert [(row.text, row.type) for row in rows] == [("No signal", "a")]


@pytest.mark.parametrize(
    ("table", "reason", "line", "field"),
    [
        ("words,label\nx,a\n", "missing_field", 1, "text"),
        ("text,what\nx,a\n", "missing_field", 1, "label"),
        ("", "missing_field", 1, "text"),
        ("text,label\nx,a\n ,b\n", "missing_field", 3, "text"),
        ("text,intent\nx\n", "missing_field", 2, "intent"),
        (f"text,label\nx,{'y' * 61}\n", "invalid_field", 2, "label"),
        ("text,label\n", "empty_file", None, None),
    ],
)
def test_what_is_wrong_is_named_with_file_line_and_field(
    table: str, reason: str, line: int | None, field: str | None
) -> None:
    with pytest.raises(InvalidEvent, match=r"types\.csv") as refused:
        read_examples(table, name="types.csv")
    error = refused.value
    assert (error.reason, error.line, error.field) == (reason, line, field)


def test_one_text_may_stand_there_in_two_languages() -> None:
    rows = read_examples("text,label,language\nok,a,de\nOK,b,de\nok,c,fr\n")
    assert [(row.type, row.language) for row in rows] == [("a", "de"), ("c", "fr")]
