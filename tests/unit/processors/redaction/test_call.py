"""Numbers read out in a call: as an engine hears them, over turns, and where it hears none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from processors.muting import hearing
from processors.redaction import Action, Policy, Sensitive, redact_conversation
from processors.redaction.unheard import merged, unheard
from schemas.events import Channel, Party, Role
from schemas.ledger import LedgerEntry
from schemas.utterance import Utterance, Word

START = datetime(2026, 11, 2, 10, tzinfo=UTC)
HEARD = LedgerEntry(
    tenant="t", interaction="i", done={"normalised": 1, "transcribed": 1, "tagged": 1}
)


def turn(
    text: str,
    at: float,
    *,
    role: Role = Role.CUSTOMER,
    track: int = 0,
    pace: float = 0.5,
    confidence: float = 0.9,
) -> Utterance:
    """A turn whose words follow each other without a pause."""
    pieces = text.split()
    return Utterance(
        id=f"{track}-{at}",
        interaction="i",
        tenant="t",
        channel=Channel.VOICE,
        at=START + timedelta(seconds=at),
        party=Party(role=role),
        text=text,
        start_s=at,
        end_s=at + pace * len(pieces),
        track=track,
        words=tuple(
            Word(
                text=piece,
                start_s=round(at + pace * n, 3),
                end_s=round(at + pace * (n + 1), 3),
                confidence=confidence,
            )
            for n, piece in enumerate(pieces)
        ),
    )


def muted(turns: tuple[Utterance, ...]) -> list[tuple[float, float]]:
    return list(hearing(turns, HEARD).muted)


@pytest.mark.parametrize(
    "heard",
    [
        "4, 7, 2... 7, 6, 8, 8, 6, 6, 8, 0, 9, 4, 7, 0, 5.",
        "4-7-2-7 6-8-8-6 6-8-0-9 4-7-0-5.",
        "four seven two tree seven six ate eight six six oh nine four seven zero five",
        "111-111111111111111111111",
        "4 7 2 and then 7 6 8 8 uh 6 6 8 0 9 4 7 0 5",
        "459288 70961875806",
    ],
)
def test_digits_read_out_are_hidden_whatever_the_engine_makes_of_them(heard: str) -> None:
    (answer,) = redact_conversation([turn(heard, 0.0)])
    assert answer.text.rstrip(".") == "[card]"
    assert not any(sign.isdigit() for word in answer.words for sign in word.text)


def test_a_number_goes_on_over_turns_and_what_the_agent_says_between() -> None:
    turns = redact_conversation(
        [
            turn("And the long number on your card?", 0.0, role=Role.AGENT, track=1),
            turn("Sure, 4 7 2", 4.0),
            turn("mm-hmm", 6.2, role=Role.AGENT, track=1),
            turn("7 6 8 8 6 6", 7.5),
            turn("8 0 9 4 7 0 5 thanks", 11.5),
        ]
    )
    assert [one.text for one in turns] == [
        "And the long number on your card?",
        "Sure, [card]",
        "mm-hmm",
        "[card]",
        "[card] thanks",
    ]
    ((start, end),) = muted(turns)
    assert 3.5 <= start <= 4.5
    assert end >= 15.0
    assert end < 15.5


def test_speech_without_words_is_muted_and_after_the_question_for_a_card_it_is_one() -> None:
    turns = [
        turn("Can I have your card number please?", 0.0, role=Role.AGENT),
        turn("Thank you very much", 14.0, role=Role.AGENT),
    ]
    answer = redact_conversation(turns, speech=[(0.0, 3.5), (4.2, 8.0), (8.3, 12.0), (14.0, 16.0)])
    assert [one.text for one in answer] == [one.text for one in turns]
    (hidden,) = answer[0].redactions
    assert hidden.type == "card"
    ((start, end),) = muted(answer)
    assert start <= 4.2
    assert 12.0 <= end <= 14.0


def test_a_few_digits_beside_speech_without_words_belong_to_it() -> None:
    turns = [turn("hello there", 0.0), turn("Four, two, two, one", 6.0), turn("thank you", 20.0)]
    answer = redact_conversation(turns, speech=[(0.0, 1.0), (6.0, 16.0), (20.0, 21.0)])
    assert answer[1].text == "[card]"
    assert muted(answer)[0][1] >= 16.0


def test_misheard_words_between_the_question_and_speech_without_words_are_hidden() -> None:
    turns = [
        turn("could you read me the card number?", 0.0, role=Role.AGENT),
        turn("All night night.", 4.5),
        turn("That is fine", 14.0, role=Role.AGENT),
    ]
    answer = redact_conversation(turns, speech=[(0.0, 3.5), (4.5, 12.0), (14.0, 15.5)])
    assert answer[1].text == "[card]."


def test_what_the_policy_keeps_is_neither_hidden_nor_muted() -> None:
    turns = [turn("4 7 2 7 6 8 8 6 6 8 0 9 4 7 0 5", 0.0), turn("thanks", 30.0)]
    keep = Policy(actions={Sensitive.CARD: Action.KEEP, Sensitive.UNHEARD: Action.KEEP})
    answer = redact_conversation(turns, keep, speech=[(0.0, 8.0), (12.0, 20.0), (30.0, 30.5)])
    assert muted(answer) == []
    assert answer[0].text == turns[0].text


@pytest.mark.parametrize(
    "said",
    [
        "we moved in 2019 and paid 3,000 and in 2020 another 4,000",
        "the order number is five five four three",
        "it will take five to seven business days",
        "I called at 10 and at 11 and at 3 pm",
        "one moment please",
    ],
)
def test_numbers_of_ordinary_talk_stay(said: str) -> None:
    (answer,) = redact_conversation([turn(said, 0.0)])
    assert answer.text == said


def test_a_long_word_does_not_cover_speech_that_was_not_understood() -> None:
    assert unheard([(0.0, 9.0)], [(0.0, 9.0)]) == [(1.75, 9.0)]
    assert unheard([(0.0, 1.0)], [(0.0, 2.0)]) == []


def test_the_other_party_talking_is_no_speech_without_words() -> None:
    turns = [turn("I see what you mean there yes", 0.0, role=Role.AGENT, track=1)]
    assert redact_conversation(turns, speech=[(0.0, 3.5), (0.1, 3.4)])[0].redactions == ()


WORDS = st.lists(
    st.sampled_from(
        ["4", "7,", "four", "oh", "to", "card", "number?", "hello", "thanks.", "12", "2018", "E37"]
    ),
    min_size=1,
    max_size=12,
)
SPEECH = st.lists(
    st.tuples(st.floats(0, 40), st.floats(0.2, 6)).map(
        lambda each: (round(each[0], 2), round(sum(each), 2))
    ),
    max_size=6,
)


@example([["4"], ["card"], ["number?", "4"]], [(17.0, 23.0)])
@given(st.lists(WORDS, min_size=1, max_size=4), SPEECH)
def test_redaction_of_a_call_keeps_words_in_place_and_repeats_to_the_same(
    said: list[list[str]], speech: list[tuple[float, float]]
) -> None:
    turns = [
        turn(" ".join(words), 10.0 * at, track=at % 2, confidence=0.3 + 0.2 * at)
        for at, words in enumerate(said)
    ]
    once = redact_conversation(turns, speech=speech)
    for before, after in zip(turns, once, strict=True):
        assert [(w.start_s, w.end_s) for w in before.words] == [
            (w.start_s, w.end_s) for w in after.words
        ]
        shown = "".join(word.text for word in after.words)
        assert shown.replace(" ", "") == after.text.replace(" ", "")
        for hidden in after.redactions:
            assert after.text[hidden.start : hidden.end] in (f"[{hidden.type}]", "")
            assert hidden.start_s is not None
            assert hidden.end_s is not None
            assert hidden.start_s < hidden.end_s
    again = redact_conversation(once, speech=speech)
    assert [one.text for one in again] == [one.text for one in once]
    assert muted(again) == muted(once)


@given(SPEECH, st.floats(0, 2))
def test_joined_stretches_lie_apart_and_cover_what_they_were_made_of(
    spans: list[tuple[float, float]], gap: float
) -> None:
    joined = merged(spans, gap)
    assert all(one[1] + gap < other[0] for one, other in pairwise(joined))
    assert all(any(a <= low and high <= b for a, b in joined) for low, high in spans)


def test_an_account_number_split_by_an_assent_is_one_number() -> None:
    turns = redact_conversation(
        [
            turn("Can I have your account number please?", 0.0, role=Role.AGENT, track=1),
            turn("Yes it's four four two", 4.0),
            turn("mm-hmm", 6.7, role=Role.AGENT, track=1),
            turn("nine eight one", 8.0),
        ]
    )
    assert [one.text for one in turns][1::2] == ["Yes it's [account]", "[account]"]


def test_a_security_code_after_the_card_keeps_its_own_type() -> None:
    turns = redact_conversation(
        [
            turn("And the three digits on the back of the card?", 0.0, role=Role.AGENT),
            turn("Nine one seven.", 6.0),
        ]
    )
    assert turns[1].text == "[cvv]."


def test_the_number_of_an_order_that_was_asked_for_stays() -> None:
    turns = redact_conversation(
        [turn("What is your order number?", 0.0, role=Role.AGENT), turn("It is 5, 5, 4, 3.", 4.0)]
    )
    assert turns[1].text == "It is 5, 5, 4, 3."


def test_letters_and_digits_answer_the_question_for_an_account() -> None:
    turns = redact_conversation(
        [turn("Your policy number, please?", 0.0, role=Role.AGENT), turn("Sure, A-52-7-B3.", 4.0)]
    )
    assert turns[1].text == "Sure, [account]."


def test_parts_of_a_card_with_a_few_misheard_words_between_are_one_number() -> None:
    answer = turn("seven six five you will you will nine nine eight five you will three one", 3.0)
    turns = [turn("Can I have your card number?", 0.0, role=Role.AGENT), answer]
    hidden = redact_conversation(turns)[1]
    assert hidden.text == "[card]"
    assert [redaction.type for redaction in hidden.redactions] == ["card"]


def test_the_last_four_digits_asked_for_beside_a_number_are_no_part_of_it() -> None:
    turns = [
        turn("Can I have your card number?", 0.0, role=Role.AGENT),
        turn("4 7 2 7 6 8 8 6 6 8 0 9 4 7 0 5 and the last digits are 0 0 3 9", 4.0),
    ]
    assert "the last digits are" in redact_conversation(turns)[1].text


def test_a_short_sound_that_stands_alone_beside_a_number_is_silent_too() -> None:
    digits = turn("4 7 2 7 6 8 8 6 6 8 0 9 4 7 0", 2.0, pace=0.8)
    behind = turn("Let", 14.3, pace=0.6)
    later = turn("me quickly look into your billing issue", 16.2)
    speech = [(2.0 + 0.8 * at, 2.8 + 0.8 * at) for at in range(15)] + [(14.0, 14.95), (16.0, 20.0)]
    ((start, end),) = muted(redact_conversation([digits, behind, later], speech=speech))
    assert start <= 2.0
    assert 14.95 <= end <= 16.2


def test_a_sentence_beside_a_number_is_heard() -> None:
    digits = turn("4 7 2 7 6 8 8 6 6 8 0 9 4 7 0 5", 2.0, pace=0.8)
    sentence = turn("Let me quickly look into your billing issue", 15.2)
    speech = [(2.0 + 0.8 * at, 2.8 + 0.8 * at) for at in range(16)] + [(15.0, 19.5)]
    ((_, end),) = muted(redact_conversation([digits, sentence], speech=speech))
    assert end <= 15.2


def test_a_word_stretched_back_over_what_was_not_understood_ends_the_silence() -> None:
    words = [(1.0, 1.5), (7.0, 9.6), (10.0, 10.3)]
    assert unheard(words, [(1.0, 12.0)]) == [(1.75, 9.6), (10.55, 12.0)]
    assert unheard([(1.0, 1.5), (7.0, 7.6), (10.0, 10.3)], [(1.0, 8.0)]) == [(1.75, 6.75)]
