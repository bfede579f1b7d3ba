"""A summary quotes the reason, the outcome and the promises, each with its place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.summary import LONGEST, MOST_PROMISES, Spoken, sentences_of, summary_of
from schemas.events import Channel, Party, Role
from schemas.summary import SummaryLine, SummaryPart
from schemas.utterance import Utterance, Word

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
AGENT, CUSTOMER = Role.AGENT, Role.CUSTOMER


def said(number: int, role: Role, text: str, words: tuple[Word, ...] = ()) -> Utterance:
    return Utterance(
        id=f"u{number}", interaction="i1", tenant="acme", channel=Channel.CHAT, text=text,
        at=AT + timedelta(minutes=number), party=Party(role=role), words=words,
        start_s=words[0].start_s if words else None,
    )  # fmt: skip


def summed(*turns: tuple[Role, str]) -> list[SummaryLine]:
    spoken = [said(at, role, text) for at, (role, text) in enumerate(turns)]
    return list(summary_of([Spoken(one.id, one.role, sentences_of(one)) for one in spoken]))


def parts(lines: list[SummaryLine], part: SummaryPart) -> list[str]:
    return [line.text for line in lines if line.part is part]


CHAT = (
    (AGENT, "Good morning, how can I help you?"),
    (CUSTOMER, "Hi, my name is Ana."),
    (CUSTOMER, "My order arrived without the charger. Can you help me with that?"),
    (AGENT, "I will check that for you. One moment please."),
    (AGENT, "I have ordered a new charger. You will receive it within three to five days."),
    (CUSTOMER, "Great, thanks. I will send you the photo by Friday."),
    (AGENT, "Is there anything else I can help you with?"),
)


def test_reason_outcome_and_promises_are_found_by_whom_and_until_when() -> None:
    reason, outcome, ours, theirs = summed(*CHAT)
    assert (reason.part, reason.text) == ("reason", "My order arrived without the charger.")
    assert (outcome.part, outcome.text) == ("outcome", "I have ordered a new charger.")
    assert (ours.role, ours.until) == (AGENT, "within three to five days")
    assert (theirs.role, theirs.until) == (CUSTOMER, "by Friday")
    assert [line.utterance for line in (reason, outcome, ours, theirs)] == ["u2", "u4", "u4", "u5"]


def test_a_quote_stands_where_it_says() -> None:
    for line in summed(*CHAT):
        text = CHAT[int(line.utterance[1:])][1]
        assert text[line.start : line.start + len(line.text)] == line.text


def test_greetings_names_and_offers_are_neither_reason_nor_promise() -> None:
    lines = summed(
        (AGENT, "Hello, I will be happy to help you. What is your name?"),
        (CUSTOMER, "Hello, my name is Ana Lopez."),
        (AGENT, "If you need anything, I will be here. Would you like me to call you?"),
    )
    assert lines == []


def test_a_refusal_is_an_outcome() -> None:
    lines = summed(
        (CUSTOMER, "I want to return a coat that I bought in May."),
        (AGENT, "Unfortunately we cannot accept it after 90 days."),
        (CUSTOMER, "That is a pity."),
    )
    assert parts(lines, SummaryPart.OUTCOME) == ["Unfortunately we cannot accept it after 90 days."]


def test_a_spoken_sentence_leads_to_its_second() -> None:
    text = "Hello there. My phone is broken since Monday."
    words = tuple(
        Word(text=word, start_s=10.0 + at, end_s=10.5 + at, confidence=0.9)
        for at, word in enumerate(text.split())
    )
    (found,) = sentences_of(said(0, CUSTOMER, text, words))
    assert (found.text, found.start_s) == ("My phone is broken since Monday.", 12.0)


def test_masks_stay_whole_and_are_no_words() -> None:
    assert sentences_of(said(0, CUSTOMER, "It is [card] [phone] [email] [name].")) == ()
    long = "I need a refund to my card " + "[card] " * 60
    (found,) = sentences_of(said(0, CUSTOMER, long))
    assert len(found.text) <= LONGEST + 2
    assert found.text.count("[") == found.text.count("]")


def test_the_last_promises_are_kept_and_none_twice() -> None:
    turns = [(AGENT, f"I will send you letter {name}.") for name in "abcdefgh"]
    texts = parts(summed(*turns, turns[-1]), SummaryPart.PROMISE)
    assert len(texts) == MOST_PROMISES
    assert texts[-1] == "I will send you letter h."


def test_in_another_language_there_is_a_reason_and_no_more() -> None:
    lines = summed(
        (CUSTOMER, "Guten Tag."),
        (CUSTOMER, "Mein Router ist seit Montag kaputt und niemand ruft mich an."),
        (AGENT, "Wir melden uns bis Freitag."),
    )
    assert [line.part for line in lines] == ["reason"]
    assert lines[0].utterance == "u1"


@given(st.lists(st.tuples(st.sampled_from(list(Role)), st.text(max_size=80)), max_size=8))
def test_every_line_of_any_dialogue_is_a_quote(turns: list[tuple[Role, str]]) -> None:
    for line in summed(*turns):
        role, text = turns[int(line.utterance[1:])]
        assert line.role is role
        assert text[line.start : line.start + len(line.text)] == line.text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "Where should I put the router? I did a factory reset.",
            "Where should I put the router?",
        ),
        (
            "I am switching to a different company at the end of the month.",
            "I am switching to a different company at the end of the month.",
        ),
        (
            "I took a day off and your engineer never turned up. By mistake, I lost a day of pay.",
            "I took a day off and your engineer never turned up.",
        ),
    ],
)
def test_the_first_need_is_the_reason_however_it_is_said(text: str, reason: str) -> None:
    lines = summed((CUSTOMER, text), (AGENT, "One moment."), (CUSTOMER, "Fine, how long is it?"))
    assert parts(lines, SummaryPart.REASON) == [reason]
