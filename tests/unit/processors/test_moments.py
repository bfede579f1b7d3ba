from __future__ import annotations

from datetime import UTC, datetime

from processors.moments import second_of
from schemas.events import Channel, Party
from schemas.utterance import Utterance, Word


def spoken(text: str, *words: tuple[str, float]) -> Utterance:
    return Utterance(
        id="u",
        interaction="i",
        tenant="acme",
        channel=Channel.VOICE,
        at=datetime(2026, 11, 2, tzinfo=UTC),
        party=Party(),
        text=text,
        start_s=1.0,
        words=tuple(
            Word(text=word, start_s=at, end_s=at + 0.2, confidence=1.0) for word, at in words
        ),
    )


def test_a_character_inside_a_word_gives_the_second_of_that_word() -> None:
    said = spoken("we are here, we are late", *[(w, n * 1.0) for n, w in enumerate(WORDS)])
    assert second_of(said, said.text.index("late")) == 5.0
    assert second_of(said, said.text.index("here")) == 2.0
    assert second_of(said, said.text.rindex("are") + 1) == 4.0


def test_a_masked_word_leaves_the_others_where_they_are() -> None:
    said = spoken("it is [card] thanks", ("it", 1.0), ("is", 1.5), ("[card]", 2.0), ("", 2.5),
                  ("thanks", 6.0))  # fmt: skip
    assert second_of(said, said.text.index("thanks")) == 6.0
    assert second_of(said, said.text.index("[card]")) == 2.0


def test_an_utterance_without_words_gives_its_own_start() -> None:
    assert second_of(spoken("hello there"), 6) == 1.0


WORDS = ["we", "are", "here,", "we", "are", "late"]
