from __future__ import annotations

from datetime import UTC, datetime

from msgspec.structs import replace

from processors.muting import hearing
from schemas.events import Channel, Party
from schemas.ledger import LedgerEntry
from schemas.utterance import Redaction, Utterance

SAID = Utterance(
    id="u",
    interaction="i",
    tenant="t",
    channel=Channel.VOICE,
    at=datetime(2026, 11, 2, tzinfo=UTC),
    party=Party(),
    text="[card] [cvv]",
    start_s=0.0,
    end_s=9.0,
    redactions=(
        Redaction(type="cvv", start=7, end=12, start_s=5.1, end_s=6.0),
        Redaction(type="card", start=0, end=6, start_s=1.0, end_s=5.0),
    ),
)
DONE = LedgerEntry(
    tenant="t", interaction="i", done={"normalised": 1, "transcribed": 1, "tagged": 1}
)


def test_what_is_hidden_is_muted_and_neighbours_become_one() -> None:
    assert hearing([SAID], DONE).muted == ((1.0, 6.0),)
    assert hearing([SAID], DONE).withheld == ""


def test_nothing_is_heard_while_a_step_is_owed_or_nobody_knows() -> None:
    for step in ("normalised", "transcribed", "tagged"):
        assert hearing([SAID], replace(DONE, missing={step: 1})).why == "transcribing"
    assert hearing([SAID], replace(DONE, done={"normalised": 1})).withheld
    assert hearing([SAID], None).withheld


def test_a_value_hidden_at_an_unknown_time_withholds_all_of_it() -> None:
    unknown = replace(SAID, redactions=(Redaction(type="card", start=0, end=6),))
    assert hearing([unknown], DONE).why == "unknown"


def test_a_recording_without_words_is_withheld_and_a_chat_beside_a_call_is_not_asked() -> None:
    assert hearing([], DONE).withheld
    chat = replace(
        SAID, channel=Channel.CHAT, start_s=None, redactions=(Redaction(type="x", start=0, end=1),)
    )
    assert hearing([SAID, chat], DONE).muted == ((1.0, 6.0),)
