from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.wording import worded


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("great \U0001f602\U0001f602\U0001f602", "great tears joy"),
        ("thanks \u2764\ufe0f", "thanks heart"),
        ("well done \U0001f44d\U0001f3fd", "well done thumbs up"),
        ("ok :) then :-(", "ok smile then sad"),
        ("see https://example.com/a?b=1 now", "see http now"),
        ("@ana_b please help", "@user please help"),
        ("#BlackFriday again", "#Black Friday again"),
        ("sooooo bad!!!!!", "soo bad!!"),
        ("it\\u2019s &amp; was", "it\u2019s & was"),
    ],
)
def test_signs_are_said_in_words(text: str, said: str) -> None:
    assert " ".join(worded(text).split()) == said


@pytest.mark.parametrize(
    "text",
    ["Costs 1000 EUR at 10:30", "mail ana@example.com", "Größe für 5 €?", "über", "a/b: c", ""],
)
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert worded(text) == text


@given(st.text())
def test_no_text_is_refused(text: str) -> None:
    assert isinstance(worded(text), str)
