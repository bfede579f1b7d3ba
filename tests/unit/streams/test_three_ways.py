"""The whole pipeline: in order = shuffled = duplicated with crashes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from infra.admission import inbound_id
from infra.log.base import NewRecord
from processors.normalise.key import key_of
from processors.normalise.result import Company
from schemas.alert import Tick
from schemas.answers import (
    Answer,
    Ask,
    ContactAnswer,
    Encoding,
    TextAnswer,
    TrackTranscript,
    TranscribeAsk,
    Transcript,
)
from schemas.base import encode
from schemas.events import (
    Body,
    Channel,
    Event,
    Format,
    HandlingState,
    Kind,
    Link,
    Media,
    Party,
    Payload,
    Segment,
    Survey,
    Track,
)
from schemas.ids import derive
from schemas.utterance import Sentiment, Word
from streams.pipeline import PipelineRules, pipeline
from streams.runners.driver import FinalState, run_three_ways

START = datetime(2026, 11, 2, 9, tzinfo=UTC)
PEOPLE = [
    ("email:ana@example.com", "phone:+15550100"),
    ("email:bo@example.com", "phone:+15550101"),
    ("phone:+15550101", "handle:x:bo"),
    ("cookie:c-1", "email:ana@example.com"),
    ("email:cy@example.org",),
]
TEXTS = [
    "My router has been offline since Monday",
    "thank you, very helpful",
    "I want to cancel my account",
    "my card is 4000 0566 5566 5556",
    "still waiting for a refund",
]


def answer(ask: Ask) -> Answer:
    """Answer as an engine would: the same for the same ask."""
    if isinstance(ask, TranscribeAsk):
        words = tuple(
            Word(text=w, start_s=n * 0.4, end_s=n * 0.4 + 0.3, confidence=0.9)
            for n, w in enumerate(["please", "close", "my", "account", "today"])
        )
        track = TrackTranscript(words=words, speech_s=2.0)
        return Transcript(engine="test/1", language="en", duration_s=4.0, tracks=(track,))
    negative = 0.8 if "offline" in ask.text or "waiting" in ask.text else 0.1
    return TextAnswer(
        language="en",
        encoding=Encoding(
            engine="test/1",
            sentiment=Sentiment(negative=negative, neutral=0.1, positive=0.9 - negative),
            emotion="anger" if negative > 0.5 else "joy",
            emotion_confidence=0.7,
            complaint=negative,
            vector=bytes(8),
        ),
        contact=ContactAnswer(engine="types/1", type="outage", confidence=0.9),
    )


@st.composite
def events(draw: st.DrawFn) -> Event:
    number = draw(st.integers(0, 60))
    kind = draw(
        st.sampled_from(
            [Kind.MESSAGE] * 5
            + [Kind.SEGMENT, Kind.SURVEY, Kind.PROFILE, Kind.RECORDING, Kind.LINK]
        )
    )
    party = Party(name="Ana", identifiers=draw(st.sampled_from(PEOPLE)))
    at = START + timedelta(minutes=draw(st.integers(0, 600)))
    return Event(
        id=f"{kind}-{number}",
        tenant="acme",
        source="test",
        channel=draw(st.sampled_from([Channel.CHAT, Channel.SMS, Channel.VOICE])),
        kind=kind,
        interaction=f"i-{draw(st.integers(0, 6))}",
        occurred_at=at,
        party=party,
        body=Body(text=draw(st.sampled_from(TEXTS))) if kind is Kind.MESSAGE else None,
        segment=Segment(state=HandlingState.TALK, started_at=at) if kind is Kind.SEGMENT else None,
        survey=Survey(metric="csat", score=4) if kind is Kind.SURVEY else None,
        media=Media(tracks=(Track(blob="0" * 40),)) if kind is Kind.RECORDING else None,
        link=Link(
            a="email:ana@example.com",
            b=draw(st.sampled_from(["email:bo@example.com", "phone:+15550101"])),
            verdict=draw(st.sampled_from(["same", "different"])),
            withdrawn=draw(st.booleans()),
        )
        if kind is Kind.LINK
        else None,
        attributes={"queue": draw(st.sampled_from(["sales", "technical"]))},
    )


def record(event: Event) -> NewRecord:
    return NewRecord("inbound", event.interaction, inbound_id(event), 0, encode(event))


def tick(hours: int) -> NewRecord:
    now = START + timedelta(hours=hours)
    return NewRecord("ticks", "tick", f"tick-{hours}", 0, encode(Tick(now=now, idle=True)))


def final_states(given_events: list[Event], seed: int) -> dict[str, FinalState]:
    topology = pipeline(PipelineRules(companies={"acme": Company(domains=("acme.example",))}))
    unique = {event.id: event for event in given_events}
    inputs = [record(event) for event in unique.values()]
    return run_three_ways(topology, [inputs, [tick(12)]], seed=seed, answer=answer)


@settings(max_examples=25, deadline=None)
@given(st.lists(events(), max_size=25), st.integers(0, 1000))
def test_order_duplicates_and_crashes_change_nothing_that_people_read(
    given_events: list[Event], seed: int
) -> None:
    states = final_states(given_events, seed)
    assert states["shuffled"] == states["in order"]
    assert states["duplicated with crashes"] == states["in order"]


@st.composite
def mails(draw: st.DrawFn) -> Payload:
    """Write a mail of one of two threads, copies in another mailbox and late ones among them."""
    number, thread = draw(st.integers(0, 6)), draw(st.integers(0, 1))
    mail = EmailMessage()
    mail["From"] = draw(st.sampled_from(["ana@example.com", "help@acme.example"]))
    mail["To"] = draw(st.sampled_from(["help@acme.example", "bo@example.com"]))
    mail["Message-ID"] = f"<{thread}-{number}@example.com>"
    mail["Subject"] = "Re: Your account" if number else "Your account"
    if number:
        mail["References"] = f"<{thread}-0@example.com>"
    if draw(st.booleans()):
        mail["Date"] = format_datetime(START + timedelta(hours=number))
    mail.set_content(draw(st.sampled_from(["What is your PIN please?", "4815", "thank you"])))
    source = draw(st.sampled_from(["support", "archive"]))
    data = mail.as_bytes()
    return Payload(
        payload=Format.EMAIL,
        id=derive(data.decode(), source),
        tenant="acme",
        source=source,
        name="mail",
        data=data,
    )


@settings(max_examples=25, deadline=None)
@given(st.lists(st.one_of(mails(), events()), max_size=20), st.integers(0, 1000))
def test_mails_of_one_thread_are_read_alike_on_any_partition(
    given_inputs: list[Payload | Event], seed: int
) -> None:
    topology = pipeline(PipelineRules(companies={"acme": Company(domains=("acme.example",))}))
    unique = {value.id: value for value in given_inputs}
    inputs = [
        NewRecord("inbound", key_of(value), inbound_id(value), 0, encode(value))
        for value in unique.values()
    ]
    states = run_three_ways(topology, [inputs, [tick(12)]], seed=seed, answer=answer)
    assert states["shuffled"] == states["in order"]
    assert states["duplicated with crashes"] == states["in order"]


def test_a_contact_passes_every_step_and_its_card_is_never_stored() -> None:
    said = Event(
        id="m1",
        tenant="acme",
        source="test",
        channel=Channel.CHAT,
        kind=Kind.MESSAGE,
        interaction="i-1",
        occurred_at=START,
        party=Party(name="Ana", identifiers=PEOPLE[0]),
        body=Body(text="my card is 4000 0566 5566 5556, cancel my account"),
    )
    state = final_states([said], 1)["in order"]
    ((_, document),) = state.rows["conversations"].items()
    ((_, entry),) = state.rows["ledger"].items()
    assert b'"cancel"' in document
    assert b'"complete"' in entry
    assert len(state.rows["customers"]) == 1
    everything = b"".join(v for rows in state.rows.values() for v in rows.values())
    assert b"5566" not in everything
    assert len(state.documents) == 1
