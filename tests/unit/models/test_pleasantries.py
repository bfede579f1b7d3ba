"""Greetings and closing formulas are cut off; what is said between them stays."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.pleasantries import FEWEST, without_pleasantries

FRAMES = (
    "Good morning! {}",
    "Hi there, {}",
    "Dear Florian Maplethorpe,\n\n{}",
    "Hello again. {}",
    "{} Thank you in advance, Anna Smith",
    "{}\nBest,\nAnna",
    "Good day Rafael, {} Have a nice day!",
    "{} Many thanks and kind regards,\nAnna Maria Smith",
    "Hallo zusammen, {} Mit freundlichen Grüßen Max",
    "Bonjour, {} Cordialement",
)
SAID = "the router has been dead for three days."


@pytest.mark.parametrize("frame", FRAMES)
def test_what_frames_a_text_is_cut_off(frame: str) -> None:
    assert without_pleasantries(frame.format(SAID)) == SAID


@pytest.mark.parametrize(
    "text",
    [
        "Good morning",
        "Have a good day, Rafael.",
        "You guys are the best!",
        "thanks for nothing, you lost my bag",
        "Still no refund. Thanks",
        "Dear me",
        "Yours is broken and mine too",
        "All the best to you in your work.",
    ],
)
def test_what_is_said_stays(text: str) -> None:
    assert without_pleasantries(text) == text


@given(st.text(max_size=300) | st.text(alphabet="hi, goodmrnbestakyu.\n!", max_size=300))
def test_a_text_keeps_enough_words_and_no_other_is_put_in(text: str) -> None:
    kept = without_pleasantries(text)
    assert kept in text
    assert kept == text or len(re.findall(r"\w+", kept)) >= FEWEST
