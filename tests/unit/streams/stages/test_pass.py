"""The stages between a text and its document: transcribe, tag, assemble, index, ledger."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from processors.keywords import KeywordMatcher
from schemas.answers import (
    Answer,
    Ask,
    EncodeAsk,
    TextAnswer,
    TrackTranscript,
    TranscribeAsk,
    Transcript,
)
from schemas.events import Channel, Kind, Media, Party, Role, Track
from schemas.interaction import Fact, Interaction, Recording
from schemas.ledger import DeadLetter, LedgerEntry, Receipt, Step
from schemas.utterance import Insights, Tagged, Utterance, Word
from streams.stages.assemble import assemble
from streams.stages.index import index
from streams.stages.ledger import ledger
from streams.stages.tag import tag
from streams.stages.transcribe import transcribe
from tests.unit.streams.stages.stage_bench import ran, record

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
ANA = Party(role=Role.CUSTOMER, name="Ana", identifiers=("email:ana@example.com",))
RECORDING = Recording(
    id="rec1", interaction="i1", tenant="acme", channel=Channel.VOICE, started_at=AT,
    media=Media(tracks=(Track(blob="0" * 40, party=0),)), parties=(ANA,),
    attributes={"language": "en"},
)  # fmt: skip


def said(id: str = "u1", text: str = "cancel my account", version: int = 1) -> Utterance:
    return Utterance(
        id=id, interaction="i1", tenant="acme", channel=Channel.CHAT, at=AT, party=ANA, text=text,
        version=version, language="de",
    )  # fmt: skip


def tagged(id: str = "u1", version: int = 1) -> Tagged:
    return Tagged(utterance=said(id, version=version), insights=Insights(engine="test/1"))


def fact(id: str = "f1") -> Fact:
    return Fact(
        id=id, interaction="i1", reference="chat-1", tenant="acme", source="test",
        channel=Channel.CHAT, kind=Kind.MESSAGE, at=AT, parties=(ANA,),
    )  # fmt: skip


def hears(*words: str) -> Answer:
    spoken = tuple(
        Word(text=w, start_s=n * 0.4, end_s=n * 0.4 + 0.3, confidence=0.9)
        for n, w in enumerate(words)
    )
    track = TrackTranscript(words=spoken, speech_s=1.0)
    return Transcript(engine="test/1", language="en", duration_s=9.0, tracks=(track,))


def test_two_editions_of_one_utterance_in_a_batch_get_their_own_answers() -> None:
    def answer(ask: Ask) -> Answer:
        assert isinstance(ask, EncodeAsk)
        return TextAnswer(language="fr" if ask.text == "first" else "it")

    given = [said(text="first"), said(text="second", version=2)]
    records = [record("utterances", "i1", one.id, one) for one in given]
    bench = ran(tag(KeywordMatcher()), records, answer)
    found = bench.written("tagged", Tagged)
    assert [(one.utterance.text, one.insights.language) for one in found] == [
        ("first", "fr"),
        ("second", "it"),
    ]


def test_a_call_becomes_redacted_turns_and_tells_what_they_still_need() -> None:
    asked: list[Ask] = []

    def answer(ask: Ask) -> Answer:
        asked.append(ask)
        return hears(
            *["my", "card", "is", "four", "thousand", "zero", "five", "six", "six"],
            *["5566", "5566", "5556"],
        )

    bench = ran(transcribe(), [record("recordings", "i1", "rec1", RECORDING)], answer)
    assert asked == [
        TranscribeAsk(tracks=RECORDING.media.tracks, language="en", vocabulary=("Ana",))
    ]
    turns = bench.written("utterances", Utterance)
    assert turns
    assert {turn.party for turn in turns} == {ANA}
    assert all(turn.start_s is not None for turn in turns)
    (receipt,) = bench.written("receipts", Receipt)
    assert receipt.items == ("rec1",)
    assert receipt.awaits["tagged"] == tuple(turn.id for turn in turns)


def test_a_silent_call_is_complete_without_turns() -> None:
    bench = ran(transcribe(), [record("recordings", "i1", "rec1", RECORDING)], lambda ask: hears())
    (receipt,) = bench.written("receipts", Receipt)
    assert (receipt.items, receipt.awaits) == (("rec1",), {})
    assert bench.ids("utterances") == []


def test_a_stage_that_got_no_answer_does_not_pass_the_recording_over() -> None:
    bench = ran(transcribe(), [record("recordings", "i1", "rec1", RECORDING)])
    (letter,) = bench.written("dead-letters", DeadLetter)
    assert letter.reason == "internal_error"


@pytest.mark.parametrize("text", ["cancel my account", "   "])
def test_every_utterance_is_tagged_and_receipted_even_one_without_words(text: str) -> None:
    bench = ran(
        tag(KeywordMatcher()),
        [record("utterances", "i1", "u1", said(text=text))],
        lambda ask: TextAnswer(language="de"),
    )
    (found,) = bench.written("tagged", Tagged)
    assert found.insights.categories == (("cancel",) if text.strip() else ())
    (receipt,) = bench.written("receipts", Receipt)
    assert (receipt.step, receipt.items) == (Step.TAGGED, ("u1",))


def test_a_document_is_written_anew_with_what_arrives_and_not_for_a_repetition() -> None:
    records = [
        record("interactions", "i1", "f1", fact()),
        record("tagged", "i1", "u1", tagged()),
        record("tagged", "i1", "u1", tagged()),
    ]
    bench = ran(assemble(), records)
    (document,) = bench.written("conversations", Interaction)
    assert (document.utterances, document.revision) == (1, 2)
    bench.driver.feed(records)
    bench.driver.run()
    assert len(bench.ids("conversations")) == 1
    bench.driver.feed([record("tagged", "i1", "u2", tagged("u2"))])
    bench.driver.run()
    assert [d.revision for d in bench.written("conversations", Interaction)] == [2, 3]


def test_words_without_a_contact_wait_for_it() -> None:
    bench = ran(assemble(), [record("tagged", "i1", "u1", tagged())])
    assert bench.ids("conversations") == []
    (receipt,) = bench.written("receipts", Receipt)
    assert receipt.items == ("u1",)


def test_what_is_indexed_is_receipted_and_the_newest_version_is_found() -> None:
    records = [record("tagged", "i1", f"u1-{v}", tagged(version=v)) for v in (2, 1, 2)]
    bench = ran(index(), records)
    (document,) = bench.driver.search.documents()
    assert document.utterance.version == 2
    assert set(bench.ids("receipts")) == {bench.ids("receipts")[0]}
    assert bench.written("receipts", Receipt)[0].items == ("u1",)


def test_a_dead_letter_is_a_refusal_on_its_contacts_account() -> None:
    letter = DeadLetter(
        id="d1", tenant="acme", interaction="i1", stage="transcribe", topic="recordings", offset=1,
        reason="truncated_audio", error="it breaks off", attempt=1, data=b"",
    )  # fmt: skip
    receipt = Receipt(
        tenant="acme", interaction="i1", step=Step.NORMALISED, items=("in",),
        awaits={"transcribed": ("rec1",)},
    )  # fmt: skip
    nameless = DeadLetter(
        id="d2", stage="ingest", topic="", offset=0, reason="empty_file", error="", attempt=1,
        data=b"",
    )  # fmt: skip
    bench = ran(
        ledger(),
        [
            record("receipts", "i1", "r1", receipt),
            record("dead-letters", "d1", "d1", letter),
            record("dead-letters", "d2", "d2", nameless),
        ],
    )
    rows = bench.driver.store.rows["ledger"]
    found = {key: value for key, (_, value) in rows.items()}
    entry = found["acme/i1"]
    assert isinstance(entry, LedgerEntry)
    assert (entry.state, entry.reasons, entry.missing) == (
        "rejected", ("truncated_audio",), {"transcribed": 1},
    )  # fmt: skip
    assert set(found) == {"acme/i1", "default/input:d2"}
