from __future__ import annotations

from processors.spikes.evidence import choose_examples, top_terms, words


def test_words_leave_out_handles_links_masks_and_small_words() -> None:
    text = "@shop the Refund is [PHONE] late, see https://x.example/a #fail Refund"
    assert words(text) == {"refund", "late", "see"}


def test_terms_that_are_new_stand_before_terms_that_always_occur() -> None:
    before = ["the refund takes long", "refund please", "where is my refund"] * 5
    now = ["outage and refund", "another outage here", "outage since morning", "refund"]
    assert top_terms(now, before)[0] == "outage"


def test_a_word_of_one_text_is_not_a_topic() -> None:
    assert top_terms(["unique matter"], ["other things"]) == ()


def test_examples_with_most_terms_come_first_and_there_are_at_most_five() -> None:
    sample = [(f"id-{n}", "nothing here") for n in range(9)] + [("id-z", "an outage here")]
    chosen = choose_examples(dict(sample), ("outage",), {})
    assert chosen[0] == "id-z"
    assert len(chosen) == 5


def test_examples_that_a_short_window_lacks_come_from_the_wide_one() -> None:
    near, wide = {"id-9": "no line"}, {"id-1": "hello", "id-2": "the outage", "id-9": "no line"}
    assert choose_examples(near, ("outage",), wide) == ("id-9", "id-2", "id-1")
