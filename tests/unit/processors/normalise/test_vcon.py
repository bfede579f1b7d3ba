"""vCons of every version and form become interactions, or are refused with a field."""

from __future__ import annotations

import base64
import gzip
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.normalise.result import Company, Normalised
from processors.normalise.vcon import check_vcon, normalise_vcon
from schemas.errors import InvalidEvent
from schemas.events import Channel, Format, Kind, Payload, Role
from schemas.identity import Strength

COMPANY = Company(domains=("northwind.example",))
NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
START = "2026-11-02T10:00:00.000+00:00"
ANA = {"tel": "+12025550143", "mailto": "ana@example.com", "name": "Ana"}
BO = {"tel": "+12025550199", "mailto": "mailto:bo@northwind.example", "name": "Bo"}


def vcon(**fields: Any) -> dict[str, Any]:
    return {"uuid": "u-1", "created_at": START, "parties": [ANA, BO], **fields}


def dialog(kind: str = "recording", **fields: Any) -> dict[str, Any]:
    return {"type": kind, "start": START, "parties": [0, 1], **fields}


def payload(document: Any, **fields: Any) -> Payload:
    data = document if isinstance(document, bytes) else msgspec.json.encode(document)
    return Payload(
        payload=Format.VCON, id="p", tenant="acme", source="test", name="n", data=data, **fields
    )


def normalised(document: Any, **fields: Any) -> Normalised:
    return normalise_vcon(payload(document, **fields), COMPANY, received_at=NOW)


def refusal(document: Any) -> InvalidEvent:
    data = document if isinstance(document, bytes) else msgspec.json.encode(document)
    with pytest.raises(InvalidEvent) as caught:
        check_vcon(data)
    return caught.value


def with_audio(item: dict[str, Any], channels: int = 1, **fields: Any) -> Normalised:
    document = vcon(dialog=[item], **fields)
    return normalised(document, media={"0": "blob"}, media_channels={"0": channels})


def tracks(result: Normalised) -> list[tuple[int, int | None]]:
    (recording,) = result.recordings
    return [(track.channel, track.party) for track in recording.media.tracks]


# The eight probes on which a public library and the official schema disagree; we follow the draft.


def test_probe_external_audio_needs_no_mediatype() -> None:
    item = dialog(url="https://files.example/audio/call.mp3?token=secret", content_hash="sha512-x")
    fact = normalised(vcon(dialog=[item])).facts[0]
    assert fact.kind is Kind.RECORDING
    assert fact.attributes["media_missing"] == "call.mp3"


def test_probe_channel_parties_name_who_speaks_on_which_channel() -> None:
    third = {"name": "Third"}
    result = with_audio(dialog(parties=[0, None, [1, 2]]), channels=3, parties=[ANA, BO, third])
    assert tracks(result) == [(0, 0), (2, None)]


def test_probe_a_recording_set_carries_no_audio() -> None:
    result = normalised(vcon(dialog=[dialog("recording-set", recordings=[1]), dialog()]))
    assert [fact.kind for fact in result.facts] == [Kind.STARTED, Kind.RECORDING]


def test_probe_a_single_party_index_is_read() -> None:
    assert tracks(with_audio(dialog(parties=0))) == [(0, 0)]


def test_probe_an_attachment_needs_no_purpose() -> None:
    item = {"start": START, "party": 0, "dialog": 0, "body": "x", "encoding": "none"}
    result = normalised(vcon(dialog=[dialog()], attachments=[item]))
    assert result.facts[1].attributes["attachment"] == "unnamed"


def test_probe_an_attachment_without_start_party_and_dialog_is_read_leniently() -> None:
    result = normalised(vcon(dialog=[dialog()], attachments=[{"type": "tags", "body": "x"}]))
    assert result.facts[1].attributes == {"attachment": "tags"}


def test_probe_an_analysis_may_lie_outside() -> None:
    item = {"type": "summary", "vendor": "v", "dialog": 0, "url": "https://x.example/a.json"}
    fact = normalised(vcon(dialog=[dialog()], analysis=[item])).facts[1]
    assert (fact.attributes["analysis"], fact.note) == ("summary", None)


def test_probe_a_mediatype_may_name_its_charset() -> None:
    item = dialog("text", mediatype="text/plain; charset=UTF-8", body="Hi", encoding="none")
    assert normalised(vcon(dialog=[item])).utterances[0].text == "Hi"


# Forms and versions.


def test_a_signed_vcon_is_read_and_marked_unverified() -> None:
    inner = base64.urlsafe_b64encode(msgspec.json.encode(vcon(dialog=[dialog()]))).decode()
    result = normalised({"payload": inner.rstrip("="), "signatures": [{"signature": "x"}]})
    assert {"signed": "unverified"} in [fact.attributes for fact in result.facts]
    plain = normalised(vcon(dialog=[dialog()]))
    assert plain.facts[0] == result.facts[0]


def test_a_gzipped_vcon_is_read() -> None:
    assert normalised(gzip.compress(msgspec.json.encode(vcon(dialog=[dialog()])))).facts


def test_an_encrypted_vcon_is_refused_as_such() -> None:
    assert refusal({"ciphertext": "x", "recipients": []}).reason == "encrypted_vcon"


def test_an_unknown_critical_extension_forbids_reading() -> None:
    assert refusal(vcon(critical=["quantum"])).reason == "unsupported_critical"
    assert refusal(vcon(must_support=["quantum"])).reason == "unsupported_critical"
    check_vcon(msgspec.json.encode(vcon(critical=["CC"], dialog=[])))


def test_names_of_older_versions_are_understood() -> None:
    party = {"tel": "tel:+12025550143", "email": "ana@example.com", "meta": {"role": "customer"}}
    item = dialog(
        mimetype="audio/mp3", start="2024-03-16T16:09:20.701736", alg="SHA-512", signature="x"
    )
    result = normalised(
        {"vcon": "0.0.1", "uuid": "u", "redacted": {}, "group": [], "parties": [party, BO],
         "dialog": [item]},
        media={"0": "blob"},
    )  # fmt: skip
    (recording,) = result.recordings
    assert recording.media.mediatype == "audio/mp3"
    assert recording.started_at == datetime(2024, 3, 16, 16, 9, 20, 701736, tzinfo=UTC)
    assert recording.parties[0].role is Role.CUSTOMER
    assert recording.parties[0].identifiers == ("phone:+12025550143", "email:ana@example.com")


# Meaning.


def test_a_call_and_texts_of_one_vcon_are_two_interactions() -> None:
    texts = dialog("text", body="Good day!", parties=[1, 0])
    parties = [{"tel": "+12025550143"}, {"tel": "+12025550199"}]
    result = normalised(vcon(dialog=[dialog(), texts], parties=parties))
    assert [fact.channel for fact in result.facts] == [Channel.VOICE, Channel.SMS]
    assert len({fact.interaction for fact in result.facts}) == 2
    assert result.utterances[0].party.identifiers == ("phone:+12025550199",)


def test_the_payloads_channel_overrides_all() -> None:
    result = normalised(vcon(dialog=[dialog("text", body="x")]), channel=Channel.CHAT)
    assert {fact.channel for fact in result.facts} == {Channel.CHAT}


def test_a_mail_body_loses_its_wrapping_and_the_quoted_reply() -> None:
    body = (
        "--b\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\nStill broken.\r\n\r\n"
        "> Did you restart?\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>no</p>\r\n--b--\r\n"
    )
    item = dialog("text", mediatype='multipart/alternative; \n\tboundary="b"', body=body)
    (utterance,) = normalised(vcon(dialog=[item], subject="Router")).utterances
    assert (utterance.channel, utterance.text) == (Channel.EMAIL, "Still broken.")
    assert utterance.quoted is not None
    assert utterance.subject == "Router"


def test_two_messages_with_one_message_id_stay_two() -> None:
    items = [dialog("text", body=text, message_id="<same@x.example>") for text in ("one", "two")]
    assert len({u.id for u in normalised(vcon(dialog=items)).utterances}) == 2


def test_the_originator_is_who_speaks() -> None:
    item = dialog("text", body="Hi", originator=1)
    utterance = normalised(vcon(dialog=[item])).utterances[0]
    assert utterance.party.name == "Bo"
    assert utterance.role is Role.AGENT


def test_a_customers_own_identifiers_are_joined_and_an_agents_are_not() -> None:
    evidence = normalised(vcon(dialog=[dialog()])).evidence
    assert [(item.a, item.b, item.strength) for item in evidence] == [
        ("email:ana@example.com", "phone:+12025550143", Strength.STATED)
    ]


def test_somebody_elses_transcript_is_a_note_and_never_an_utterance() -> None:
    body = [{"speaker": "Agent", "message": "Hello"}, {"speaker": "Customer", "message": "Hi"}]
    item = {"type": "transcript", "vendor": "acme-speech", "dialog": 0, "body": body}
    result = normalised(vcon(dialog=[dialog()], analysis=[item]))
    assert result.utterances == ()
    note = result.facts[1]
    assert note.kind is Kind.NOTE
    assert note.note == "Agent: Hello\nCustomer: Hi"
    assert note.attributes == {"analysis": "transcript", "vendor": "acme-speech"}


def test_a_wtf_transcript_gives_its_text() -> None:
    item = {"type": "wtf_transcription", "vendor": "v", "body": {"transcript": {"text": "Hello"}}}
    assert normalised(vcon(dialog=[dialog()], analysis=[item])).facts[1].note == "Hello"


def test_a_plain_list_of_parties_names_the_channels_of_stereo_audio() -> None:
    assert tracks(with_audio(dialog(), channels=2)) == [(0, 0), (1, 1)]


def test_a_plain_list_of_parties_shares_the_one_channel_of_mono_audio() -> None:
    assert tracks(with_audio(dialog(), channels=1)) == [(0, None)]


def test_a_call_that_failed_says_how() -> None:
    fact = normalised(vcon(dialog=[dialog("incomplete", disposition="busy")])).facts[0]
    assert fact.kind is Kind.ENDED
    assert fact.ended is not None
    assert fact.ended.disposition == "busy"


def test_parties_without_dialog_tell_who_they_are() -> None:
    result = normalised(vcon())
    assert [fact.kind for fact in result.facts] == [Kind.PROFILE]
    assert result.evidence


def test_a_dialog_that_was_redacted_away_leaves_the_indices_right() -> None:
    result = normalised(vcon(dialog=[{}, dialog("text", body="Hi")]))
    assert [fact.kind for fact in result.facts] == [Kind.MESSAGE]


def test_the_same_vcon_gives_the_same_ids_whenever_it_comes() -> None:
    first = normalise_vcon(payload(vcon(dialog=[dialog()])), COMPANY, received_at=NOW)
    later = normalise_vcon(
        payload(vcon(dialog=[dialog()])), COMPANY, received_at=NOW.replace(year=2027)
    )
    assert first == later


@pytest.mark.parametrize(
    ("document", "reason", "field"),
    [
        (b"{", "invalid_json", None),
        ([], "not_vcon", None),
        ({"text": "x", "subject": "y"}, "not_vcon", None),
        (vcon(parties={}), "invalid_vcon", "$.parties"),
        (vcon(parties=["Ana"]), "invalid_vcon", "$.parties[0]"),
        (vcon(parties=[{"tel": []}]), "invalid_vcon", "$.parties[0].tel"),
        (vcon(dialog="x"), "invalid_vcon", "$.dialog"),
        (vcon(dialog=[dialog(), {"start": START}]), "invalid_vcon", "$.dialog[1].type"),
        (vcon(dialog=[dialog(parties=[0, 2])]), "invalid_vcon", "$.dialog[0].parties[1]"),
        (vcon(dialog=[dialog(parties=[0, [1, -1]])]), "invalid_vcon", "$.dialog[0].parties[1][1]"),
        (vcon(dialog=[dialog(parties=True)]), "invalid_vcon", "$.dialog[0].parties"),
        (vcon(dialog=[dialog(originator=9)]), "invalid_vcon", "$.dialog[0].originator"),
        (vcon(dialog=[dialog(start="yesterday")]), "invalid_vcon", "$.dialog[0].start"),
        (vcon(dialog=[dialog(duration="long")]), "invalid_vcon", "$.dialog[0].duration"),
        (vcon(dialog=[dialog(body="!", encoding="base64url")]), "invalid_vcon", "$.dialog[0].body"),
        (vcon(analysis=[{"type": "x", "dialog": 3}]), "invalid_vcon", "$.analysis[0].dialog"),
        (vcon(attachments=[{"party": 7}]), "invalid_vcon", "$.attachments[0].party"),
        ({"payload": "%%", "signatures": []}, "invalid_vcon", "$.payload"),
    ],
)
def test_what_is_wrong_is_named_with_its_field(document: Any, reason: str, field: str) -> None:
    error = refusal(document)
    assert (error.reason, error.field) == (reason, field)


FIELDS = [
    "uuid", "parties", "dialog", "analysis", "attachments", "type", "start", "originator", "body",
    "encoding", "mediatype", "content_hash", "tel", "mailto", "meta", "role", "critical",
    "duration", "url", "filename", "subject", "transcript", "payload", "signatures", "party",
]  # fmt: skip
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 3)
    | st.floats()
    | st.sampled_from(["text", "recording", "none", "base64url", START, "multipart/mixed; b", ""])
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=5)
    ),
    max_leaves=20,
)


@given(st.fixed_dictionaries({"dialog": st.lists(st.dictionaries(st.sampled_from(FIELDS), JSON))},
    optional={"parties": JSON, "analysis": JSON, "attachments": JSON, "subject": JSON},
))  # fmt: skip
def test_random_json_raises_nothing_but_invalid_event(document: Any) -> None:
    data = msgspec.json.encode(document)
    try:
        check_vcon(data)
    except InvalidEvent:
        return
    # What the check lets in can be normalised, and stored.
    result = normalise_vcon(payload(data), COMPANY, received_at=NOW)
    assert msgspec.json.encode([*result.facts, *result.utterances, *result.evidence])


@given(st.binary(max_size=200))
def test_random_bytes_raise_nothing_but_invalid_event(data: bytes) -> None:
    assert refusal(data).reason in ("invalid_json", "not_vcon", "invalid_vcon")
