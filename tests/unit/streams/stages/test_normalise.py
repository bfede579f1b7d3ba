"""Normalise: nothing leaves unredacted, everything is receipted, ids do not change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from infra.log.base import NewRecord
from processors.normalise.key import key_of
from schemas.events import Body, Channel, Event, Format, Kind, Media, Party, Payload, Track
from schemas.identity import Evidence
from schemas.interaction import Fact, Recording
from schemas.ledger import DeadLetter, Receipt
from schemas.utterance import Utterance
from streams.stages.normalise import NormaliseRules, normalise
from tests.unit.streams.stages.stage_bench import inbound, ran, record

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
ANA = Party(name="Ana", identifiers=("email:ana@example.com", "phone:+12025550143"))
CARD = "4000 0566 5566 5556"


def event(id: str, text: str = "hello", minute: int = 0, **fields: Any) -> Event:
    base: dict[str, Any] = {
        "source": "test", "channel": Channel.CHAT, "kind": Kind.MESSAGE, "interaction": "chat-1",
        "party": ANA, "body": Body(text=text),
    }  # fmt: skip
    return Event(id=id, occurred_at=AT + timedelta(minutes=minute), **{**base, **fields})


def mailed(id: str, mark: str = "") -> NewRecord:
    """Write a mail of one thread as the door does: a question, or with a mark the reply."""
    mail = EmailMessage()
    mail["From"], mail["Message-ID"] = "ana@example.com", f"<{id}@example.com>"
    mail["Date"] = format_datetime(AT + timedelta(hours=len(mark)))
    mail["Subject"] = f"{mark}Your account"
    if mark:
        mail["In-Reply-To"] = "<q@example.com>"
    mail.set_content("4 8 1 5" if mark else "What is your PIN please?")
    value = Payload(payload=Format.EMAIL, id=id, source="mail", name=id, data=mail.as_bytes())
    return record("inbound", key_of(value), id, value)


def test_a_message_becomes_fact_utterance_evidence_and_a_receipt_that_names_them() -> None:
    bench = ran(normalise(NormaliseRules()), [inbound(event("m1"))])
    (fact,) = bench.written("interactions", Fact)
    (said,) = bench.written("utterances", Utterance)
    (receipt,) = bench.written("receipts", Receipt)
    assert {e.a for e in bench.written("evidence", Evidence)} <= set(ANA.identifiers)
    assert said.interaction == fact.interaction == receipt.interaction
    assert set(receipt.awaits["assembled"]) == {fact.id, said.id}
    assert receipt.awaits["tagged"] == receipt.awaits["indexed"] == (said.id,)
    assert receipt.at == AT


def test_a_card_is_masked_in_text_subject_and_note() -> None:
    given = [
        event("m1", f"my card is {CARD}"),
        event("n1", kind=Kind.NOTE, body=Body(text=f"paid with {CARD}")),
        event("m2", body=Body(text="hi", subject=f"card {CARD}"), channel=Channel.EMAIL),
    ]
    bench = ran(normalise(NormaliseRules()), [inbound(one) for one in given])
    everything = b"".join(
        r.value for t in ("interactions", "utterances", "receipts", "evidence")
        for r in bench.driver.log.read([t], {}, 100)
    )  # fmt: skip
    assert b"5566" not in everything
    assert everything.count(b"[card]") >= 3


def test_a_question_before_tells_what_the_digits_of_the_answer_are() -> None:
    question = event("m1", "What is your PIN please?", party=Party(name="Tom"))
    reply = event("m2", "4 8 1 5", 1)
    said = ran(normalise(NormaliseRules()), [inbound(question), inbound(reply)])
    texts = {u.text for u in said.written("utterances", Utterance)}
    assert "4 8 1 5" not in texts


def test_a_question_by_mail_tells_what_the_digits_of_the_reply_are() -> None:
    said = ran(normalise(NormaliseRules()), [mailed("q"), mailed("a", "Re: ")])
    texts = {u.text.strip() for u in said.written("utterances", Utterance)}
    assert texts == {"What is your PIN please?", "[pin]"}


def test_what_another_key_tells_changes_no_text() -> None:
    # A producer of its own that writes each mail under its own key: nobody knows which is first.
    question, reply = mailed("q"), mailed("a", "Re: ")._replace(key="elsewhere")
    orders = [[question, reply], [reply, question]]
    texts = [
        {u.text for u in ran(normalise(NormaliseRules()), order).written("utterances", Utterance)}
        for order in orders
    ]
    assert texts[0] == texts[1]


def test_a_recording_waits_for_its_words() -> None:
    call = event("r1", kind=Kind.RECORDING, body=None, media=Media(tracks=(Track(blob="0" * 40),)))
    bench = ran(normalise(NormaliseRules()), [inbound(call)])
    (recording,) = bench.written("recordings", Recording)
    (receipt,) = bench.written("receipts", Receipt)
    assert receipt.awaits["transcribed"] == (recording.id,)
    assert bench.ids("utterances") == []


def test_the_same_input_gives_the_same_ids_alone_or_in_company() -> None:
    alone = ran(normalise(NormaliseRules()), [inbound(event("m1"))])
    company = ran(normalise(NormaliseRules()), [inbound(event(f"m{n}")) for n in (0, 1, 2, 1)])
    for topic in ("interactions", "utterances", "receipts"):
        assert set(alone.ids(topic)) <= set(company.ids(topic))
        assert len(set(company.ids(topic))) == 3


def test_a_document_that_cannot_be_read_is_a_dead_letter_with_its_name() -> None:
    broken = Payload(payload=Format.VCON, id="v1", source="test", name="a.vcon", data=b"{}")
    bench = ran(normalise(NormaliseRules()), [record("inbound", "k", "v1", broken)])
    (letter,) = bench.written("dead-letters", DeadLetter)
    assert (letter.stage, letter.name) == ("normalise", "a.vcon")
    assert letter.reason != "internal_error"
    assert bench.ids("receipts") == []
