"""A folder of anything becomes records and refusals, and every file is counted once."""

from __future__ import annotations

import base64
import os
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from infra.sources.folder import Arrival, Rejection
from processors.normalise.event import normalise_event
from processors.normalise.vcon import normalise_vcon
from schemas.events import Channel, Event, Kind, Payload, Role
from tests.unit.infra.sources.made_folder import (
    COMPANY,
    NOW,
    START,
    Folder,
    event,
    only,
    sha512,
    tone,
    vcon,
)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


# Events files.


def test_each_line_is_an_input_and_a_bad_one_harms_no_other(folder: Folder) -> None:
    folder.put("a.jsonl", b"\n".join([event(), b"{broken", b"", event(id="e2", channel="pigeon")]))
    good, broken, wrong = folder.read()
    assert isinstance(good, Arrival)
    assert (good.name, good.record.id) == ("a.jsonl:1", "e1")
    assert isinstance(broken, Rejection)
    assert (broken.name, broken.reason, broken.line) == ("a.jsonl:2", "invalid_json", 2)
    assert broken.data is not None
    assert broken.data.strip() == b"{broken"
    assert isinstance(wrong, Rejection)
    assert (wrong.reason, wrong.field, wrong.line) == ("invalid_field", "$.channel", 4)


def test_lines_are_known_by_content_whatever_the_name(folder: Folder) -> None:
    folder.put("export.json", event() + b"\n" + event(id="e2"))
    assert [e.id for e in folder.events()] == ["e1", "e2"]


def test_one_event_and_an_array_of_events_are_read(folder: Folder) -> None:
    folder.put("array.json", b"[" + event() + b"," + event(id="e2") + b"]")
    folder.put("one.json", event(id="e3"))
    assert [outcome.name for outcome in folder.read()] == [
        "array.json[0]",
        "array.json[1]",
        "one.json",
    ]


def test_a_file_of_blank_lines_is_refused_once(folder: Folder) -> None:
    folder.put("blank.jsonl", "\n\n")
    assert folder.refusals() == {"blank.jsonl": "empty_file"}


def test_an_event_names_the_audio_file_beside_it(folder: Folder) -> None:
    folder.put("call.wav", tone())
    media = {"tracks": [{"blob": "call.wav"}]}
    folder.put("e.jsonl", event(kind="recording", channel="voice", body=None, media=media))
    arrival = only(folder.read())
    assert arrival.parts == ("call.wav",)
    assert isinstance(arrival.record, Event)
    assert arrival.record.media is not None
    assert folder.blobs.holds(arrival.record.media.tracks[0].blob)


def test_an_event_whose_audio_is_nowhere_is_refused(folder: Folder) -> None:
    media = {"tracks": [{"blob": "../secret.wav"}]}
    folder.put("e.jsonl", event(kind="recording", channel="voice", body=None, media=media))
    assert folder.refusals() == {"e.jsonl:1": "missing_audio"}


# Recordings.


def test_a_lone_recording_is_a_call_of_an_unknown_customer(folder: Folder) -> None:
    path = folder.put("call.wav", tone())
    os.utime(path, (1_700_000_000, 1_700_000_000))
    (recording,) = folder.events()
    assert recording.kind is Kind.RECORDING
    assert recording.channel is Channel.VOICE
    assert recording.occurred_at == datetime.fromtimestamp(1_700_000_000, UTC)
    assert recording.attributes == {"time_from": "file", "unknown_customer": "true"}
    assert recording.media is not None
    assert recording.media.duration_s == pytest.approx(0.25)


def test_the_two_sides_of_stereo_are_two_unknown_parties(folder: Folder) -> None:
    folder.put("call.wav", tone(channels=2))
    (recording,) = folder.events()
    assert recording.media is not None
    assert [(t.channel, t.party) for t in recording.media.tracks] == [(0, 0), (1, 1)]
    parties = normalise_event(recording, COMPANY).recordings[0].parties
    assert [party.role for party in parties[:2]] == [Role.UNKNOWN, Role.UNKNOWN]


def test_an_unknown_customer_has_an_identifier_that_an_agent_can_link_later(
    folder: Folder,
) -> None:
    folder.put("call.wav", tone())
    (recording,) = folder.events()
    stand_in = recording.parties[-1]
    assert stand_in.role is Role.CUSTOMER
    assert stand_in.identifiers == (f"contact:{recording.id}",)
    assert recording.media is not None
    assert [track.party for track in recording.media.tracks] == [None]


@pytest.mark.parametrize(
    ("first", "second", "roles"),
    [
        ("c_agent.wav", "c_caller.wav", [Role.AGENT, Role.CUSTOMER]),
        ("c-agent.wav", "c-Customer.wav", [Role.AGENT, Role.CUSTOMER]),
        ("c-L.wav", "c-R.wav", [Role.UNKNOWN, Role.UNKNOWN]),
    ],
)
def test_two_files_named_for_their_sides_are_one_call(
    folder: Folder, first: str, second: str, roles: list[Role]
) -> None:
    folder.put(first, tone())
    folder.put(second, tone(pitch=660))
    arrival = only(folder.read())
    record = arrival.record
    assert isinstance(record, Event)
    assert (arrival.name, arrival.parts) == (first, (second,))
    assert [party.role for party in record.parties[:2]] == roles
    assert record.media is not None
    assert [(t.channel, t.party) for t in record.media.tracks] == [(0, 0), (0, 1)]
    assert len({t.blob for t in record.media.tracks}) == 2


SIDECAR = {
    "id": "rec-1",
    "interaction": "call-1",
    "occurred_at": START,
    "parties": [
        {"role": "agent", "name": "Bo"},
        {"role": "customer", "identifiers": ["phone:+12025550143"]},
    ],
    "tracks": [1, 0],
    "attributes": {"queue": "support"},
}


@pytest.mark.parametrize("name", ["call.json", "call.wav.json"])
def test_a_sidecar_tells_who_speaks_where(folder: Folder, name: str) -> None:
    folder.put("call.wav", tone(channels=2))
    folder.put(name, msgspec.json.encode(SIDECAR))
    arrival = only(folder.read())
    record = arrival.record
    assert isinstance(record, Event)
    assert arrival.parts == (name,)
    assert (record.id, record.interaction) == ("rec-1", "call-1")
    assert record.attributes == {"queue": "support"}
    assert record.media is not None
    assert [t.party for t in record.media.tracks] == [1, 0]


def test_a_wrong_sidecar_refuses_itself_and_its_recording(folder: Folder) -> None:
    folder.put("call.wav", tone())
    folder.put("call.json", msgspec.json.encode({**SIDECAR, "occurred_at": "2026-11-02T10:00:00"}))
    assert folder.refusals() == {"call.wav": "invalid_sidecar", "call.json": "invalid_field"}


def test_tracks_that_do_not_fit_the_audio_are_refused(folder: Folder) -> None:
    folder.put("call.wav", tone(channels=1))
    folder.put("call.json", msgspec.json.encode(SIDECAR))
    assert folder.refusals() == {"call.wav": "invalid_sidecar", "call.json": "invalid_sidecar"}


def test_a_sidecar_without_recording_is_an_orphan(folder: Folder) -> None:
    folder.put("call.json", msgspec.json.encode(SIDECAR))
    assert folder.refusals() == {"call.json": "orphan_sidecar"}


def test_broken_audio_is_refused_with_its_reason(folder: Folder) -> None:
    folder.put("null.wav", tone()[:44])
    folder.put("noise.wav", b"this is no sound at all")
    assert folder.refusals() == {"null.wav": "empty_audio", "noise.wav": "broken_audio"}


# vCons.


def test_a_vcon_and_its_audio_are_one_record(folder: Folder) -> None:
    audio = tone(channels=2)
    folder.put("audio.wav", audio)
    url = "https://files.example/audio.wav?token=x"
    folder.put("call.vcon", vcon(url=url, content_hash=sha512(audio)))
    arrival = only(folder.read())
    assert arrival.parts == ("audio.wav",)
    assert isinstance(arrival.record, Payload)
    result = normalise_vcon(arrival.record, COMPANY, received_at=NOW)
    (recording,) = result.recordings
    assert [(t.channel, t.party) for t in recording.media.tracks] == [(0, 0), (1, 1)]


def test_audio_that_is_not_what_its_vcon_says_is_refused(folder: Folder) -> None:
    folder.put("audio.wav", tone())
    folder.put("call.vcon.json", vcon(filename="audio.wav", content_hash=sha512(b"other")))
    outcomes = {outcome.name: outcome for outcome in folder.read()}
    refused, kept = outcomes["audio.wav"], outcomes["call.vcon.json"]
    assert isinstance(refused, Rejection)
    assert refused.reason == "hash_mismatch"
    assert isinstance(kept, Arrival)
    assert isinstance(kept.record, Payload)
    fact = normalise_vcon(kept.record, COMPANY, received_at=NOW).facts[0]
    assert fact.attributes["media_missing"] == "audio.wav"


def test_the_old_form_of_the_hash_is_verified_too(folder: Folder) -> None:
    audio = tone()
    folder.put("audio.wav", audio)
    old = {"filename": "audio.wav", "alg": "SHA-512", "signature": sha512(audio)[7:]}
    folder.put("call.json", vcon(**old))
    assert only(folder.read()).parts == ("audio.wav",)


def test_audio_is_found_by_the_vcons_own_name(folder: Folder) -> None:
    folder.put("call.wav", tone())
    folder.put("call.vcon.json", vcon())
    assert only(folder.read()).parts == ("call.wav",)


def test_audio_inside_a_vcon_is_kept_and_its_copy_beside_is_a_part(folder: Folder) -> None:
    audio = tone()
    body = base64.urlsafe_b64encode(audio).decode().rstrip("=")
    folder.put("call.vcon", vcon(body=body, encoding="base64url", filename="copy.wav"))
    folder.put("copy.wav", audio)
    arrival = only(folder.read())
    assert arrival.parts == ("copy.wav",)
    assert isinstance(arrival.record, Payload)
    assert folder.blobs.path(arrival.record.media["0"]).read_bytes() == audio


def test_broken_audio_inside_a_vcon_refuses_it_with_the_field(folder: Folder) -> None:
    body = base64.urlsafe_b64encode(b"no sound").decode()
    folder.put("call.vcon", vcon(body=body, encoding="base64url"))
    (refused,) = folder.read()
    assert isinstance(refused, Rejection)
    assert (refused.reason, refused.field) == ("broken_audio", "$.dialog[0].body")


def test_audio_that_two_vcons_name_is_counted_once(folder: Folder) -> None:
    folder.put("audio.wav", tone())
    folder.put("a.vcon", vcon(filename="audio.wav"))
    folder.put("b.vcon", vcon(filename="audio.wav"))
    assert [o.parts for o in folder.read() if isinstance(o, Arrival)] == [("audio.wav",), ()]


# Messages and mail.


def test_message_files_of_a_folder_are_one_sms_thread(folder: Folder) -> None:
    folder.put("SMS1_Ana_+12025550143.txt", "Is it windy?\n")
    folder.put("SMS2_Bo_+12025550199.txt", "Very.\n")
    first, second = folder.events()
    assert first.interaction == second.interaction
    assert (first.channel, first.body and first.body.text) == (Channel.SMS, "Is it windy?")
    assert first.party is not None
    assert first.party.identifiers == ("phone:+12025550143",)
    assert [party.name for party in first.parties] == ["Ana", "Bo"]
    assert first.occurred_at < second.occurred_at
    assert first.attributes == {"time_from": "file"}


def test_mail_is_known_by_its_headers_whatever_the_name(folder: Folder) -> None:
    mail = (
        "From: Ana <ana@example.com>\r\nTo: help@northwind.example\r\nSubject: Router\r\n"
        "Date: Mon, 02 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@example.com>\r\n\r\nOffline.\r\n"
    )
    folder.put("00012.txt", mail)
    record = only(folder.read()).record
    assert isinstance(record, Payload)
    assert record.payload.value == "email"


def test_each_mail_of_a_mailbox_is_an_input(folder: Folder) -> None:
    mails = "".join(
        f"From ana@example.com Mon Nov  2 10:00:0{n} 2026\nFrom: ana@example.com\n"
        f"To: help@northwind.example\nSubject: Router\nMessage-ID: <{n}@example.com>\n\nHi.\n\n"
        for n in (1, 2)
    )
    folder.put("mail/inbox.mbox", mails)
    assert [outcome.name for outcome in folder.read()] == [
        "mail/inbox.mbox#1",
        "mail/inbox.mbox#2",
    ]
    assert not folder.refusals()


def test_a_maildir_file_is_the_same_mail_when_it_has_been_read(folder: Folder) -> None:
    mail = "From: ana@example.com\nTo: b@example.com\nSubject: x\n\nHello\n"
    unread = only(folder.read(folder.put("cur/1.host:2,", mail)))
    read = only(folder.read(folder.put("cur/1.host:2,S", mail)))
    assert unread.record == read.record


def test_a_whatsapp_webhook_becomes_messages(folder: Folder) -> None:
    value = {
        "metadata": {"display_phone_number": "12025550100"},
        "contacts": [{"profile": {"name": "Ana"}, "wa_id": "12025550143"}],
        "messages": [
            {"from": "12025550143", "id": "w1", "timestamp": "1793614443", "type": "text",
             "text": {"body": "Hello"}},
            {"from": "12025550143", "id": "w2", "timestamp": "1793614444", "type": "image"},
        ],
    }  # fmt: skip
    change = {"field": "messages", "value": value}
    webhook = {"object": "whatsapp_business_account", "entry": [{"changes": [change]}]}
    folder.put("hook.json", msgspec.json.encode(webhook))
    (message,) = folder.events()
    assert (message.channel, message.id) == (Channel.SOCIAL, "w1")
    assert message.party is not None
    assert message.party.name == "Ana"
    assert "phone:+12025550143" in message.party.identifiers


def test_a_postmark_webhook_becomes_the_mail_it_was(folder: Folder) -> None:
    webhook = {
        "MessageStream": "inbound", "MessageID": "m-1", "FromFull": {}, "ToFull": [],
        "From": "ana@example.com", "To": "help@northwind.example", "Subject": "Router",
        "Date": "Mon, 02 Nov 2026 10:00:00 +0000", "TextBody": "Offline.",
    }  # fmt: skip
    folder.put("hook.json", msgspec.json.encode(webhook))
    record = only(folder.read()).record
    assert isinstance(record, Payload)
    assert b"Subject: Router" in record.data


# Refusals and accounting.


def test_what_nobody_reads_is_refused_and_said_to_look_like_what_it_is(folder: Folder) -> None:
    folder.put(".gitattributes", "* text")
    folder.put("empty.wav", b"")
    folder.put("notes.txt", "Just words.")
    folder.put("photo.png", b"\x89PNG\r\n\x1a\n0000")
    folder.put("tweets.json", b'{"id_str": "1", "created_at": "x", "user": {}}')
    folder.put("schema.json", b'{"title": "x"}')
    outcomes = {o.name: o for o in folder.read() if isinstance(o, Rejection)}
    assert {name: outcome.reason for name, outcome in outcomes.items()} == {
        ".gitattributes": "unknown_format",
        "empty.wav": "empty_file",
        "notes.txt": "unknown_format",
        "photo.png": "unknown_format",
        "tweets.json": "unsupported_payload",
        "schema.json": "unknown_format",
    }
    assert "PNG" in outcomes["photo.png"].message
    assert "Twitter" in outcomes["tweets.json"].message


def test_links_are_refused_and_never_followed(folder: Folder, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("Secret words")
    (folder.path / "link.txt").symlink_to(secret)
    (folder.path / "loop").symlink_to(folder.path)
    assert folder.refusals() == {"link.txt": "not_a_file", "loop": "not_a_file"}


def test_a_path_that_is_not_there_is_refused(folder: Folder) -> None:
    (outcome,) = folder.read(folder.path / "nowhere.wav")
    assert isinstance(outcome, Rejection)
    assert outcome.reason == "unreadable"


def test_a_refusal_keeps_no_more_than_a_mebibyte(folder: Folder) -> None:
    folder.put("big.bin", b"\0" * (3 << 20))
    (outcome,) = folder.read()
    assert isinstance(outcome, Rejection)
    assert outcome.data is not None
    assert 0 < len(outcome.data) <= 1 << 20


def fill(folder: Folder) -> int:
    folder.put("calls/a_agent.wav", tone())
    folder.put("calls/a_caller.wav", tone(pitch=500))
    folder.put("calls/b.wav", tone(channels=2))
    folder.put("calls/b.json", msgspec.json.encode(SIDECAR))
    folder.put("vcon/c.vcon", vcon(filename="c.wav"))
    folder.put("vcon/c.wav", tone())
    folder.put("sms/SMS1_Ana_+12025550143.txt", "Hello")
    folder.put("x.bin", b"\0\1")
    return 8


def test_every_file_is_counted_once(folder: Folder) -> None:
    files = fill(folder)
    outcomes = folder.read()
    assert sum(outcome.inputs for outcome in outcomes) == files
    named = Counter(
        name
        for outcome in outcomes
        for name in (outcome.name, *(outcome.parts if isinstance(outcome, Arrival) else ()))
    )
    assert set(named.values()) == {1}


def test_the_same_files_give_the_same_records_wherever_they_lie(tmp_path: Path) -> None:
    records = []
    for place in ("here", "there"):
        (tmp_path / place).mkdir()
        folder = Folder(tmp_path / place)
        fill(folder)
        for file in folder.path.rglob("*"):
            os.utime(file, (1_700_000_000, 1_700_000_000))
        records.append([o.record for o in folder.read() if isinstance(o, Arrival)])
    assert records[0] == records[1]


def test_a_file_asked_for_twice_is_read_once(folder: Folder) -> None:
    file = folder.put("a.json", event())
    assert len(folder.read(file, folder.path, file)) == 1


def test_files_named_one_by_one_still_belong_together(folder: Folder) -> None:
    audio = folder.put("call.wav", tone(channels=2))
    sidecar = folder.put("call.json", msgspec.json.encode(SIDECAR))
    assert only(folder.read(sidecar, audio)).parts == ("call.json",)
