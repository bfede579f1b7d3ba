from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from processors.turns import utterances
from schemas.answers import TrackTranscript, Transcript
from schemas.events import Channel, Media, Party, Role, Track
from schemas.interaction import Recording
from schemas.utterance import Utterance, Word

STARTED = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
AGENT = Party(role=Role.AGENT, name="Agent")
CUSTOMER = Party(role=Role.CUSTOMER, identifiers=("phone:+15550100",))

RECORDING = Recording(
    id="rec-1",
    interaction="call-1",
    tenant="acme",
    channel=Channel.VOICE,
    started_at=STARTED,
    media=Media(tracks=(Track(blob="b", channel=0, party=0), Track(blob="b", channel=1, party=1))),
    parties=(AGENT, CUSTOMER),
)


def said(text: str, at: float, *, confidence: float = 0.9, pace: float = 0.5) -> tuple[Word, ...]:
    return tuple(
        Word(
            text=word,
            start_s=round(at + index * pace, 3),
            end_s=round(at + index * pace + pace * 0.8, 3),
            confidence=confidence,
        )
        for index, word in enumerate(text.split())
    )


def turns(*tracks: Sequence[Word], recording: Recording = RECORDING) -> tuple[Utterance, ...]:
    transcript = Transcript(
        engine="test/1",
        language="en",
        duration_s=600,
        tracks=tuple(TrackTranscript(words=tuple(words)) for words in tracks),
    )
    return utterances(recording, transcript)


def test_a_silence_of_more_than_a_second_ends_a_turn() -> None:
    words = said("good morning", 0) + said("are you there", 3)
    assert [turn.text for turn in turns(words, ())] == ["good morning", "are you there"]


def test_a_short_pause_does_not() -> None:
    words = said("good morning", 0) + said("how are you", 1.5)
    assert [turn.text for turn in turns(words, ())] == ["good morning how are you"]


def test_parties_take_turns_in_time_whatever_track_they_are_on() -> None:
    agent = said("how can I help", 0) + said("since when", 6)
    customer = said("my router is dead", 3)
    heard = turns(agent, customer)
    assert [(turn.role, turn.text) for turn in heard] == [
        (Role.AGENT, "how can I help"),
        (Role.CUSTOMER, "my router is dead"),
        (Role.AGENT, "since when"),
    ]


def test_a_turn_ends_where_the_other_party_answers_in_a_pause() -> None:
    agent = said("your name please", 0) + said("thank you", 2.3)
    customer = said("Kim", 1.6)
    assert [turn.text for turn in turns(agent, customer)] == [
        "your name please",
        "Kim",
        "thank you",
    ]


def test_talking_over_somebody_does_not_cut_their_turn() -> None:
    agent = said("let me explain how the tariff works for you", 0)
    customer = said("mhm", 1.6)
    assert next(turn.text for turn in turns(agent, customer)).endswith("for you")


def test_a_long_turn_ends_with_its_sentence() -> None:
    words = said(("word " * 19 + "end. ") * 4, 0)
    heard = turns(words, ())
    assert len(heard) == 2
    assert all(turn.text.endswith("end.") for turn in heard)


def test_a_turn_without_any_pause_ends_after_all() -> None:
    heard = turns(said("word " * 400, 0), ())
    assert all(turn.end_s - turn.start_s <= 46 for turn in heard if turn.end_s and turn.start_s)


def test_a_turn_knows_its_time_track_words_and_engine() -> None:
    customer = said("my router is dead", 3)
    (turn,) = turns((), customer)
    assert turn.at == STARTED + timedelta(seconds=3)
    assert (turn.start_s, turn.end_s, turn.track) == (3.0, customer[-1].end_s, 1)
    assert turn.words == customer
    assert turn.party == CUSTOMER
    assert (turn.engine, turn.language, turn.channel) == ("test/1", "en", Channel.VOICE)


def test_a_track_without_a_party_gets_one_of_unknown_role() -> None:
    recording = Recording(
        id="rec-2",
        interaction="call-2",
        tenant="acme",
        channel=Channel.VOICE,
        started_at=STARTED,
        media=Media(tracks=(Track(blob="b"),)),
        parties=(AGENT,),
    )
    (turn,) = turns(said("hello", 0), recording=recording)
    assert turn.party == Party(role=Role.UNKNOWN)


def test_a_language_without_spaces_is_written_without() -> None:
    transcript = Transcript(
        engine="test/1",
        language="ja",
        duration_s=5,
        tracks=(TrackTranscript(words=said("お 電話", 0)), TrackTranscript()),
    )
    assert utterances(RECORDING, transcript)[0].text == "お電話"


def test_words_that_bled_into_the_other_track_are_kept_once() -> None:
    agent = said("may I have your order number", 0)
    bled = said("may I have your order number", 0.1, confidence=0.5)
    customer = said("yes it is here", 5)
    assert [(turn.role, turn.text) for turn in turns(agent, bled + customer)] == [
        (Role.AGENT, "may I have your order number"),
        (Role.CUSTOMER, "yes it is here"),
    ]
    assert [turn.role for turn in turns(bled, agent)] == [Role.CUSTOMER]


def test_two_people_who_say_thank_you_at_once_are_both_heard() -> None:
    assert len(turns(said("thank you", 0), said("thank you", 0.1))) == 2


def test_the_same_words_later_are_no_bleed() -> None:
    assert len(turns(said("that is all right", 0), said("that is all right", 2))) == 2


speech = st.lists(
    st.tuples(st.sampled_from(["yes", "no", "router", "dead.", "okay"]), st.floats(0, 3)),
    max_size=30,
)


def _timed(parts: list[tuple[str, float]]) -> tuple[Word, ...]:
    words, now = [], 0.0
    for text, gap in parts:
        now = round(now + gap, 3)
        words.append(Word(text=text, start_s=now, end_s=round(now + 0.3, 3), confidence=0.8))
        now += 0.3
    return tuple(words)


@given(speech, speech)
def test_turns_are_in_order_and_have_ids_of_their_own(
    agent: list[tuple[str, float]], customer: list[tuple[str, float]]
) -> None:
    tracks = _timed(agent), _timed(customer)
    heard = turns(*tracks)
    assert heard == turns(*tracks)
    assert [turn.at for turn in heard] == sorted(turn.at for turn in heard)
    assert len({turn.id for turn in heard}) == len(heard)


@given(speech)
def test_no_word_is_lost_without_a_second_speaker(parts: list[tuple[str, float]]) -> None:
    words = _timed(parts)
    assert tuple(word for turn in turns(words, ()) for word in turn.words) == words
