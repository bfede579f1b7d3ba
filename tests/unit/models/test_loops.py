from __future__ import annotations

from models.loops import without_loops, without_recital
from schemas.utterance import Word


def said(text: str) -> list[Word]:
    return [
        Word(text=word, start_s=at * 0.5, end_s=at * 0.5 + 0.4, confidence=0.9)
        for at, word in enumerate(text.split())
    ]


def kept(text: str) -> str:
    return " ".join(word.text for word in without_loops(said(text)))


def test_ordinary_speech_is_left_alone() -> None:
    text = "no no no that is not what I said, I said no"
    assert kept(text) == text


def test_a_segment_that_is_all_loop_was_never_said() -> None:
    assert kept("I'm going to do some work " * 6) == ""
    assert kept("Beep " * 20) == ""


def test_a_phrase_that_loops_after_speech_is_kept_once() -> None:
    text = "I would like to cancel my contract with you by the end of the month please "
    assert kept(text + "thank you very much " * 4) == (text + "thank you very much")


def test_repeated_digits_are_kept_because_a_card_number_has_them() -> None:
    for text in ("four " + "one " * 15, "1 " * 12, "double one " * 5):
        assert kept(text) == text.strip()


NAMES = ("Northwind Broadband", "Tom Barrow", "Noah Fairweather")


def read(text: str) -> str:
    return " ".join(word.text for word in without_recital(said(text), NAMES))


def test_names_that_are_read_off_the_list_of_hints_were_never_said() -> None:
    assert read("Northwind Broadband, Tom Barrow, Noah Fairweather. We expect it") == "We expect it"
    assert read("Hello, tom barrow, Noah Fairweather") == "Hello,"


def test_names_that_are_said_in_a_sentence_stay() -> None:
    for text in ("Northwind Broadband, this is Tom Barrow", "Noah Fairweather, Tom Barrow", "Tom"):
        assert read(text) == text
    assert [word.text for word in without_recital(said("Tom Barrow"), ())] == ["Tom", "Barrow"]
