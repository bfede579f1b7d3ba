from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from processors.redaction import (
    Action,
    Policy,
    Sensitive,
    redact_conversation,
    redact_utterance,
)
from schemas.events import Channel, Party, Role
from schemas.utterance import Utterance, Word

START = datetime(2026, 11, 2, 10, tzinfo=UTC)


def spoken(text: str, *, at: int = 0, role: Role = Role.CUSTOMER, words: bool = True) -> Utterance:
    """A turn of a call in which every word takes one second."""
    pieces = text.split(" ")
    return Utterance(
        id=f"u{at}",
        interaction="i",
        tenant="t",
        channel=Channel.VOICE,
        at=START + timedelta(seconds=at),
        party=Party(role=role),
        text=text,
        start_s=float(at),
        end_s=float(at + len(pieces)),
        words=tuple(
            Word(text=f" {piece}", start_s=float(at + n), end_s=float(at + n + 1), confidence=0.9)
            for n, piece in enumerate(pieces)
        )
        if words
        else (),
    )


def test_spoken_values_carry_the_seconds_to_mute() -> None:
    turn = redact_utterance(spoken("the code on the back is one two three, thanks"))
    assert turn.text == "the code on the back is [cvv], thanks"
    [cvv] = turn.redactions
    assert (cvv.start_s, cvv.end_s) == (6.0, 9.0)
    assert turn.text[cvv.start : cvv.end] == "[cvv]"


def test_masked_words_keep_their_times_and_lose_their_text() -> None:
    before = spoken("cvv one two three, thanks")
    turn = redact_utterance(before)
    assert [word.text for word in turn.words] == [" cvv", " [cvv]", " ", " ,", " thanks"]
    assert [word.start_s for word in turn.words] == [word.start_s for word in before.words]


def test_one_word_can_hold_two_values() -> None:
    turn = redact_utterance(spoken("card 4111-1111-1111-1111,11/28 ok"))
    assert turn.text == "card [card],[expiry] ok"
    assert "".join(word.text for word in turn.words) == " card [card],[expiry] ok"


def test_words_that_do_not_spell_the_text_are_masked_too() -> None:
    turn = spoken("cvv one two three thanks")
    other = msgspec.structs.replace(turn, text="CVV: 123. Thanks")
    answer = redact_utterance(other)
    assert answer.text == "CVV: [cvv]. Thanks"
    assert [word.text.strip() for word in answer.words] == ["cvv", "[cvv]", "", "", "thanks"]
    assert (answer.redactions[0].start_s, answer.redactions[0].end_s) == (1.0, 4.0)


def test_without_words_the_whole_turn_is_muted() -> None:
    answer = redact_utterance(spoken("cvv one two three", at=7, words=False))
    assert (answer.redactions[0].start_s, answer.redactions[0].end_s) == (7.0, 11.0)


def test_quoted_text_and_subject_are_redacted_and_party_identifiers_are_not() -> None:
    mail = Utterance(
        id="m",
        interaction="i",
        tenant="t",
        channel=Channel.EMAIL,
        at=START,
        party=Party(role=Role.CUSTOMER, identifiers=("email:ana@example.com",)),
        text="see below",
        quoted="my card: 4111 1111 1111 1111",
        subject="SSN 078-05-1120",
    )
    answer = redact_utterance(mail)
    assert (answer.quoted, answer.subject) == ("my card: [card]", "SSN [ssn]")
    assert answer.party.identifiers == ("email:ana@example.com",)
    assert answer.redactions == ()


def test_a_clean_utterance_comes_back_as_it_is() -> None:
    turn = spoken("my router has been offline since Monday")
    assert redact_utterance(turn) is turn


def test_the_agents_question_is_context_for_the_customers_answer() -> None:
    turns = [
        spoken("Two two five.", at=9),
        spoken("And the three digits on the back?", at=0, role=Role.AGENT),
    ]
    question, answer = redact_conversation(turns)
    assert question.role is Role.AGENT
    assert answer.text == "[cvv]."


def test_a_card_read_out_in_pieces_is_masked_piece_by_piece() -> None:
    turns = [
        spoken("What is the card number?", at=0, role=Role.AGENT),
        spoken("four one one one", at=10),
        spoken("okay", at=20, role=Role.AGENT),
        spoken("two two two two", at=30),
    ]
    assert [turn.text for turn in redact_conversation(turns)][1::2] == ["[card]", "[card]"]


def test_redacting_a_conversation_twice_changes_nothing() -> None:
    turns = [
        spoken("Your card number and the code on the back please", role=Role.AGENT),
        spoken("4111 1111 1111 1111, 123", at=20),
        spoken("And your email?", at=30, role=Role.AGENT),
        spoken("jane dot doe at example dot com", at=40),
    ]
    once = redact_conversation(turns)
    assert redact_conversation(once) == once


def test_a_stricter_policy_later_keeps_the_earlier_redactions_in_place() -> None:
    lenient = Policy(actions={Sensitive.EMAIL: Action.KEEP})
    turn = spoken("a@example.com and cvv 123")
    once = redact_utterance(turn, policy=lenient)
    assert once.text == "a@example.com and cvv [cvv]"
    twice = redact_utterance(once)
    assert twice.text == "[email] and cvv [cvv]"
    assert [twice.text[each.start : each.end] for each in twice.redactions] == ["[email]", "[cvv]"]
    assert [each.start_s for each in twice.redactions] == [0.0, 3.0]
