"""What one hearing leaves out is found, and filled from another."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from models.hearings import Hole, filled, halves, holes_in, laid_out, whole, with_holes
from models.voice import RATE, Clip
from schemas.utterance import Word


def said(text: str, start_s: float, end_s: float) -> Word:
    return Word(text=text, start_s=start_s, end_s=end_s, confidence=0.9)


def spoken(text: str, at: float) -> list[Word]:
    return [said(word, at + n * 0.4, at + n * 0.4 + 0.3) for n, word in enumerate(text.split())]


def clips(*seconds: tuple[float, float]) -> tuple[Clip, ...]:
    """Lay stretches of speech out, each given as its length and the pause before it."""
    found, at = [], 0.0
    for length, pause in seconds:
        at += pause
        found.append(Clip(round(at * RATE), round((at + length) * RATE), round(pause * RATE)))
        at += length
    return tuple(found)


def test_speech_without_a_word_is_a_hole_before_between_and_after_words() -> None:
    words = [said("yes", 2, 2.5), said("no", 5, 5.5)]
    assert holes_in(words, 9) == [Hole(0, 2, 0), Hole(2.5, 5, 1), Hole(5.5, 9, 2)]
    assert holes_in([], 3) == [Hole(0, 3, 0)]


def test_a_word_that_is_stretched_over_what_was_left_out_does_not_hide_it() -> None:
    assert holes_in([said("Barbara.", 0, 25)], 25) == [Hole(0.8, 25, 1)]


def test_a_number_read_out_may_last_as_long_as_its_digits() -> None:
    assert holes_in([said("1234567890.", 0, 5)], 5) == []
    assert holes_in([said("number", 0, 5)], 5) != []


def test_speech_that_is_all_words_has_no_hole() -> None:
    words = spoken("I hope that the communication improves from now on", 0)
    assert holes_in(words, words[-1].end_s) == []


def test_only_the_hole_is_filled_so_that_names_stay_as_they_were_written() -> None:
    first = [*spoken("Thank you Theresa.", 0), *spoken("Goodbye Theresa.", 6)]
    again = [*spoken("Thank you Teresa.", 0), *spoken("I will call.", 3), *spoken("By Teresa.", 6)]
    words = filled(first, holes_in(first, 7), again)
    assert " ".join(word.text for word in words) == (
        "Thank you Theresa. I will call. Goodbye Theresa."
    )


def test_a_word_that_both_hearings_have_at_a_join_is_there_once() -> None:
    first = [said("Theresa.", 0, 6), said("Goodbye", 6, 6.5)]
    again = [said("Theresa.", 0.9, 1.5), *spoken("I will call.", 3), said("goodbye,", 5.5, 6.0)]
    words = filled(first, holes_in(first, 7), again)
    assert [word.text for word in words] == ["Theresa.", "I", "will", "call.", "Goodbye"]


def test_a_stretched_word_ends_where_what_follows_it_begins() -> None:
    first = [said("Barbara.", 0, 9)]
    words = filled(first, holes_in(first, 9), [said("please", 4, 4.5)])
    assert [(word.start_s, word.end_s) for word in words] == [(0, 4), (4, 4.5)]


def test_windows_are_heard_again_only_if_a_hole_lies_in_them() -> None:
    cut = laid_out([clips((10, 0)), clips((10, 0))])
    assert list(whole(with_holes(cut, [Hole(3, 5, 0)]))) == [{"start": 0, "end": 10}]
    assert list(whole(with_holes(cut, [Hole(8, 10.1, 0)]))) == [{"start": 0, "end": 10}]
    assert len(with_holes(cut, [Hole(8, 12, 0)])) == 2


def test_a_window_is_halved_at_the_longest_pause_of_its_middle() -> None:
    cut = laid_out([clips((4, 0), (2, 0.2), (2, 0.9), (4, 0.1))], start_s=30)
    assert list(halves(cut)) == [{"start": 30, "end": 36}, {"start": 36, "end": 42}]


def test_a_window_without_a_pause_near_its_middle_is_not_halved() -> None:
    assert list(halves(laid_out([clips((12, 0)), clips((1, 0), (11, 3))]))) == []


def hearing(name: str) -> st.SearchStrategy[list[Word]]:
    """Draw words of one hearing, in the order of their times."""
    times = st.lists(st.floats(0, 60), max_size=30).map(sorted)
    return times.map(lambda at: [said(f"{name}{n}", t, t + 0.3) for n, t in enumerate(at)])


@given(hearing("first"), hearing("again"))
def test_what_was_heard_first_stays_in_its_order(first: list[Word], again: list[Word]) -> None:
    words = filled(first, holes_in(first, 61), again)
    assert [word.text for word in words if word.text.startswith("first")] == [
        word.text for word in first
    ]
    assert len({word.text for word in words}) == len(words)
