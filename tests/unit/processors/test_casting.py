"""Voices of one channel become parties, and identifiers go to the one who spoke."""

from __future__ import annotations

from datetime import UTC, datetime

from processors.turns import utterances
from schemas.answers import TrackTranscript, Transcript
from schemas.events import Channel, Media, Party, Role, Track
from schemas.interaction import Recording
from schemas.utterance import Utterance, Word

AGENT = Party(role=Role.AGENT, name="Bo", identifiers=("email:bo@example.com",))
CUSTOMER = Party(role=Role.CUSTOMER, identifiers=("phone:+12025550143",))
SCRIPT = (
    (0, "Thank you for calling Northwind. How can I help you?"),
    (1, "Hi, I'm calling about my bill. I was charged twice."),
    (0, "I'm sorry to hear that. May I have your account number?"),
    (1, "Sure, it's four five six seven eight."),
)


def heard(
    *parties: Party,
    script: tuple[tuple[int, str], ...] = SCRIPT,
    alike: float = 0.7,
    party: int | None = None,
) -> tuple[Utterance, ...]:
    words: list[Word] = []
    speakers: list[int] = []
    for voice, line in script:
        for text in line.split():
            at = len(words) * 0.4
            words.append(Word(text=text, start_s=at, end_s=at + 0.3, confidence=0.9))
            speakers.append(voice)
    track = TrackTranscript(words=tuple(words), speakers=tuple(speakers), alike=alike)
    recording = Recording(
        id="rec",
        interaction="call",
        tenant="acme",
        channel=Channel.VOICE,
        started_at=datetime(2026, 11, 2, tzinfo=UTC),
        media=Media(tracks=(Track(blob="b", party=party),)),
        parties=parties,
    )
    transcript = Transcript(engine="e/1", language="en", duration_s=60, tracks=(track,))
    return utterances(recording, transcript)


def test_a_change_of_voice_ends_the_turn_and_each_voice_has_a_role() -> None:
    turns = heard()
    assert [turn.text for turn in turns] == [line for _, line in SCRIPT]
    assert [turn.role for turn in turns] == [Role.AGENT, Role.CUSTOMER] * 2
    assert [turn.speaker for turn in turns] == [0, 1, 0, 1]
    assert all((turn.role_confidence or 0) > 0.9 for turn in turns)


def test_identifiers_go_to_the_voice_with_their_role() -> None:
    turns = heard(CUSTOMER, AGENT)
    assert [turn.party for turn in turns] == [AGENT, CUSTOMER] * 2


def test_of_two_parties_with_a_role_nobody_is_picked() -> None:
    turns = heard(CUSTOMER, Party(role=Role.CUSTOMER, identifiers=("phone:+12025550144",)), AGENT)
    assert turns[1].party == Party(role=Role.CUSTOMER)


def test_a_source_cannot_know_who_speaks_on_a_track_of_several() -> None:
    turns = heard(CUSTOMER, AGENT, party=0)
    assert [turn.party for turn in turns] == [AGENT, CUSTOMER] * 2


def test_what_the_source_says_of_a_single_voice_stands() -> None:
    turns = heard(CUSTOMER, AGENT, script=SCRIPT[:1], party=0)
    assert [(turn.party, turn.role_confidence) for turn in turns] == [(CUSTOMER, None)]


def test_voices_that_sound_alike_are_two_people_if_they_talk_so() -> None:
    assert [turn.speaker for turn in heard(alike=0.93)] == [0, 1, 0, 1]


def test_otherwise_they_are_one_person() -> None:
    story = ((0, "I ordered a lamp and it is broken."), (1, "I am really disappointed with it."))
    turns = heard(script=story, alike=0.93)
    assert {(turn.speaker, turn.role) for turn in turns} == {(None, Role.CUSTOMER)}


def test_voices_without_a_cue_are_apart_and_unknown() -> None:
    turns = heard(CUSTOMER, AGENT, script=((0, "It is late."), (1, "It is raining.")))
    assert [(turn.speaker, turn.party) for turn in turns] == [(0, Party()), (1, Party())]


def test_music_stands_at_the_turn_after_it() -> None:
    words = (
        Word(text="hello", start_s=0, end_s=1, confidence=1),
        Word(text="back", start_s=30, end_s=31, confidence=1),
    )
    music = ((2.0, 29.0), (32.0, 40.0))
    recording = Recording(
        id="rec",
        interaction="call",
        tenant="acme",
        channel=Channel.VOICE,
        started_at=datetime(2026, 11, 2, tzinfo=UTC),
        media=Media(tracks=(Track(blob="b"),)),
        parties=(),
    )
    track = TrackTranscript(words=words, music=music)
    transcript = Transcript(engine="e/1", language="en", duration_s=60, tracks=(track,))
    assert [turn.music for turn in utterances(recording, transcript)] == [(), music]
