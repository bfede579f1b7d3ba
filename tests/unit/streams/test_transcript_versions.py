"""Transcribing again with another model: readers see the newest, whatever the order and crashes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from infra.admission import inbound_id
from infra.log.base import NewRecord
from infra.search.base import SearchRequest
from processors.query import parse
from schemas.answers import Answer, Ask, TextAnswer, TrackTranscript, TranscribeAsk, Transcript
from schemas.base import encode
from schemas.events import Channel, Event, Kind, Media, Party, Role, Track
from schemas.interaction import Interaction
from schemas.utterance import Tagged, Word
from streams.pipeline import PipelineRules, pipeline
from streams.runners.driver import WAYS, FinalState, TestDriver

AT = datetime(2026, 11, 2, tzinfo=UTC)


def spoken(text: str, at: float) -> tuple[Word, ...]:
    return tuple(
        Word(text=word, start_s=at + number * 0.3, end_s=at + number * 0.3 + 0.2, confidence=0.9)
        for number, word in enumerate(text.split())
    )


class Model:
    """An engine that hears what it was made to hear, with a long pause between the turns."""

    def __init__(self, name: str, *turns: str) -> None:
        self.name = name
        self.turns = turns

    def __call__(self, ask: Ask) -> Answer:
        if not isinstance(ask, TranscribeAsk):
            return TextAnswer(language="en")
        words = [word for n, turn in enumerate(self.turns) for word in spoken(turn, 10.0 * n)]
        track = TrackTranscript(words=tuple(words))
        return Transcript(engine=self.name, language="en", duration_s=60, tracks=(track,))


SMALL = Model("small", "good moaning", "how can I help", "thank you for watching")
LARGE = Model("large", "good morning", "how can I help you")


def calls(many: int = 4) -> list[NewRecord]:
    events = [
        Event(
            id=f"rec-{number}", tenant="acme", source="pbx", channel=Channel.VOICE,
            kind=Kind.RECORDING, interaction=f"call-{number}", occurred_at=AT,
            party=Party(role=Role.CUSTOMER, identifiers=("phone:+15550100",)),
            media=Media(tracks=(Track(blob="0" * 40, party=0),)),
        )
        for number in range(many)
    ]  # fmt: skip
    return [
        NewRecord("inbound", event.interaction or "", inbound_id(event), 0, encode(event))
        for event in events
    ]


def after(way: str, models: Sequence[Model], seed: int = 0) -> TestDriver:
    """Transcribe with one model after the other, as `replay --from transcribe --since` does."""
    driver = TestDriver(pipeline(PipelineRules()), way, seed=seed, answer=lambda ask: now[-1](ask))
    now: list[Model] = []
    for number, model in enumerate(models):
        now.append(model)
        if number:
            driver.store.rewind("transcribe", driver.log.positions_at(["recordings"], 0))
        else:
            driver.feed(calls())
        driver.run()
    return driver


def heard(driver: TestDriver) -> list[str]:
    """List what a search for everything finds."""
    page = driver.search.search(
        SearchRequest(tenant="acme", query=parse("channel:voice", AT), limit=99)
    )
    return sorted({hit.text for hit in page.hits})


def utterance_counts(state: FinalState) -> set[int]:
    from schemas.base import decode

    rows = state.rows["conversations"].values()
    return {decode(row, Interaction).utterances for row in rows}


@pytest.mark.parametrize("seed", range(4))
def test_a_newer_model_ends_the_same_three_ways(seed: int) -> None:
    states = [after(way, [SMALL, LARGE], seed).final_state() for way in WAYS]
    assert states[0] == states[1] == states[2]


@pytest.mark.parametrize("way", WAYS)
def test_what_the_newer_model_does_not_hear_is_gone_everywhere(way: str) -> None:
    driver = after(way, [SMALL, LARGE])
    assert heard(driver) == sorted(LARGE.turns)
    assert utterance_counts(driver.final_state()) == {2}


def test_going_back_to_the_first_model_shows_its_words_again() -> None:
    assert heard(after("in order", [SMALL, LARGE, SMALL])) == sorted(SMALL.turns)


def test_the_same_model_again_changes_nothing() -> None:
    once, twice = (after("in order", models).final_state() for models in ([SMALL], [SMALL, SMALL]))
    assert once == twice


def test_a_withdrawn_turn_keeps_nothing_of_its_text() -> None:
    driver = after("in order", [SMALL, LARGE])
    gone = [doc for doc in driver.search.documents() if doc.utterance.withdrawn]
    assert len(gone) == 4
    assert {(doc.utterance.text, doc.utterance.words) for doc in gone} == {("", ())}
    assert all(isinstance(doc, Tagged) for doc in gone)
