"""The recording of a call over HTTP: whole, in ranges, muted, or not at all."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import numpy as np
import pytest

from infra.audio import probe
from models.fetch import located
from schemas.events import Channel, Media, Party, Role, Track
from schemas.interaction import Interaction
from schemas.ledger import LedgerEntry
from schemas.topics import CONVERSATIONS, LEDGER, TAGGED
from schemas.utterance import Insights, Redaction, Tagged, Utterance
from tests.e2e.http_home import START, Home, tone

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
SPEECH = "whisper-tiny.en"
CARD = Redaction(type="card", start=6, end=12, start_s=0.1, end_s=0.3)


@pytest.fixture
def empty(tmp_path: Path) -> Home:
    return Home(tmp_path)


def keep_call(
    home: Home,
    *tracks: Track,
    mediatype: str | None = None,
    hidden: tuple[Redaction, ...] = (),
    transcribed: bool = True,
) -> str:
    call = Interaction(
        id="c" * 24,
        tenant="default",
        reference="call-1",
        source="pbx",
        channel=Channel.VOICE,
        started_at=START,
        ended_at=START,
        revision=1,
        parties=(Party(role=Role.CUSTOMER),),
        media=Media(tracks=tracks, mediatype=mediatype),
    )
    said = Utterance(
        id="u" * 24,
        interaction=call.id,
        tenant=call.tenant,
        channel=call.channel,
        at=START,
        party=Party(role=Role.CUSTOMER),
        text="it is [card]" if hidden else "hello",
        start_s=0.0,
        end_s=0.4,
        redactions=hidden,
    )
    account = LedgerEntry(
        tenant=call.tenant,
        interaction=call.id,
        done={"normalised": 1, "transcribed": 1} if transcribed else {"normalised": 1},
        revision=1,
    )
    store = home.wiring.backend().store
    with store.transaction():
        store.materialise(CONVERSATIONS, [call])
        store.materialise(TAGGED, [Tagged(utterance=said, insights=Insights(engine="none"))])
        store.materialise(LEDGER, [account])
    return call.id


def samples(data: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    with wave.open(io.BytesIO(data)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), np.int16)


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def test_what_the_transcript_hides_is_silent_and_the_rest_is_as_it_was(empty: Home) -> None:
    data = tone()
    id = keep_call(empty, Track(blob=empty.services.blobs.put(data)), hidden=(CARD,))
    caller = empty.caller()

    answer = caller.get(f"/v1/interactions/{id}/audio")
    heard, said = samples(answer.content), samples(data)
    assert answer.headers["content-type"] == "audio/wav"
    assert not heard[800:2400].any()
    assert (heard[:800] == said[:800]).all()
    assert (heard[2400:] == said[2400:]).all()
    part = caller.get(f"/v1/interactions/{id}/audio", headers={"range": "bytes=1644-4843"})
    assert part.status_code == 206
    assert not any(part.content)


def test_the_wave_shows_nothing_of_what_is_muted(empty: Home) -> None:
    id = keep_call(empty, Track(blob=empty.services.blobs.put(tone())), hidden=(CARD,))
    (row,) = empty.caller().get(f"/v1/interactions/{id}/peaks?buckets=10").json()
    assert row[3:5] == [0, 0]
    assert min(row[:2] + row[6:]) > 0.4


def test_both_channels_are_muted_and_joined_tracks_too(empty: Home) -> None:
    tracks = [Track(blob=empty.services.blobs.put(tone(length))) for length in (0.5, 0.6)]
    id = keep_call(empty, *tracks, hidden=(CARD,))
    heard = samples(empty.caller().get(f"/v1/interactions/{id}/audio").content).reshape(-1, 2)
    assert not heard[1600:4800].any()
    assert heard[4900:7000].any(axis=0).all()


def test_only_the_token_for_it_opens_what_is_muted(empty: Home) -> None:
    data = tone()
    id = keep_call(empty, Track(blob=empty.services.blobs.put(data)), hidden=(CARD,))
    caller = empty.caller(token="agents", token_unredacted="auditors")  # made up
    path = f"/v1/interactions/{id}/audio"

    assert caller.get(path).status_code == 401
    assert caller.get(f"{path}?unredacted=true", headers=bearer("agents")).status_code == 403
    muted = caller.get(path, headers=bearer("auditors")).content
    assert muted == caller.get(path, headers=bearer("agents")).content != data
    whole = caller.get(f"{path}?unredacted=true", headers=bearer("auditors"))
    assert whole.content == data
    peaks = f"/v1/interactions/{id}/peaks?buckets=5&unredacted=true"
    assert caller.get(peaks, headers=bearer("agents")).status_code == 403
    assert min(caller.get(peaks, headers=bearer("auditors")).json()[0]) > 0.4


def test_on_loopback_without_a_token_nobody_hears_what_is_muted(empty: Home) -> None:
    id = keep_call(empty, Track(blob=empty.services.blobs.put(tone())), hidden=(CARD,))
    refused = empty.caller().get(f"/v1/interactions/{id}/audio?unredacted=true")
    assert refused.status_code == 403


def test_a_recording_is_not_heard_before_its_transcript_is_there(empty: Home) -> None:
    id = keep_call(empty, Track(blob=empty.services.blobs.put(tone())), transcribed=False)
    caller = empty.caller()
    answer = caller.get(f"/v1/interactions/{id}/audio")
    assert answer.status_code == 409
    assert "not transcribed yet" in answer.json()["detail"]
    assert caller.get(f"/v1/interactions/{id}/peaks").status_code == 409


def test_the_page_says_what_is_muted_and_offers_the_original_to_whom_may_hear_it(
    empty: Home,
) -> None:
    id = keep_call(empty, Track(blob=empty.services.blobs.put(tone())), hidden=(CARD,))
    caller = empty.caller(token="agents", token_unredacted="auditors")
    ordinary = caller.get(f"/interactions/{id}", headers=bearer("agents")).text
    assert "1 stretch is muted" in ordinary
    assert "Hear the original" not in ordinary
    allowed = caller.get(f"/interactions/{id}", headers=bearer("auditors")).text
    assert "Hear the original" in allowed
    original = caller.get(f"/interactions/{id}?original=1", headers=bearer("auditors")).text
    assert f"/v1/interactions/{id}/audio?unredacted=true" in original
    tried = caller.get(f"/interactions/{id}?original=1", headers=bearer("agents")).text
    assert "unredacted=true" not in tried


def test_the_page_of_a_call_that_is_being_transcribed_has_no_player(empty: Home) -> None:
    id = keep_call(empty, Track(blob=empty.services.blobs.put(tone())), transcribed=False)
    page = empty.caller().get(f"/interactions/{id}").text
    assert "Being transcribed" in page
    assert "<audio" not in page


def test_what_was_hidden_at_an_unknown_time_withholds_the_recording(empty: Home) -> None:
    hidden = (Redaction(type="card", start=6, end=12),)
    id = keep_call(empty, Track(blob=empty.services.blobs.put(tone())), hidden=hidden)
    assert empty.caller().get(f"/v1/interactions/{id}/audio").status_code == 403


def test_audio_is_sent_whole_in_ranges_and_by_head(empty: Home) -> None:
    caller, data = empty.caller(), tone()
    path = f"/v1/interactions/{keep_call(empty, Track(blob=empty.services.blobs.put(data)))}/audio"

    whole = caller.get(path)
    assert whole.content == data
    assert whole.headers["content-type"] == "audio/wav"
    part = caller.get(path, headers={"range": "bytes=10-19"})
    assert part.status_code == 206
    assert part.content == data[10:20]
    assert part.headers["content-range"] == f"bytes 10-19/{len(data)}"
    beyond = caller.get(path, headers={"range": f"bytes={len(data)}-"})
    assert beyond.status_code == 416
    head = caller.send("HEAD", path)
    assert head.headers["content-length"] == str(len(data))
    assert head.content == b""


def test_two_mono_files_are_two_tracks(empty: Home) -> None:
    caller, sides = empty.caller(), (tone(0.5), tone(0.7))
    tracks = [Track(blob=empty.services.blobs.put(side)) for side in sides]
    id = keep_call(empty, *tracks)

    assert caller.get(f"/v1/interactions/{id}/audio?track=1").content == sides[1]
    assert caller.get(f"/v1/interactions/{id}/audio?track=2").status_code == 404
    both = probe(caller.get(f"/v1/interactions/{id}/audio").content)
    assert (both.channels, round(both.duration_s, 1)) == (2, 0.7)
    assert len(caller.get(f"/v1/interactions/{id}/peaks?buckets=10").json()) == 2
    (one,) = caller.get(f"/v1/interactions/{id}/peaks?buckets=10&track=1").json()
    assert len(one) == 10


def test_a_stereo_file_is_drawn_once_with_both_channels(empty: Home) -> None:
    blob = empty.services.blobs.put(tone(channels=2))
    id = keep_call(empty, Track(blob=blob, channel=0), Track(blob=blob, channel=1))

    left, right = empty.caller().get(f"/v1/interactions/{id}/peaks?buckets=20").json()
    assert max(left) > 1.5 * max(right)


def test_a_stated_media_type_that_is_no_audio_is_not_believed(empty: Home) -> None:
    track = Track(blob=empty.services.blobs.put(tone()))
    id = keep_call(empty, track, mediatype="text/html")

    assert empty.caller().get(f"/v1/interactions/{id}/audio").headers["content-type"] == "audio/wav"


def test_erased_audio_is_not_found(empty: Home) -> None:
    blob = empty.services.blobs.put(tone())
    id = keep_call(empty, Track(blob=blob))
    caller = empty.caller()
    assert caller.get(f"/v1/interactions/{id}/peaks").status_code == 200
    empty.services.blobs.remove(blob)

    assert caller.get(f"/v1/interactions/{id}/audio").status_code == 404
    assert caller.get(f"/v1/interactions/{id}/peaks").status_code == 404


def listening(folder: Path) -> Home:
    """Open a home that can hear."""
    models = ROOT / ".cache/models"
    if located(SPEECH, models) is None:
        pytest.skip(f"{SPEECH} is absent: run `threadline models fetch {SPEECH}`")
    return Home(folder, THREADLINE_MODELS=str(models), THREADLINE_SPEECH_MODEL=SPEECH)


@pytest.mark.speech
def test_a_call_that_is_sent_is_transcribed_and_can_be_heard(tmp_path: Path) -> None:
    home = listening(tmp_path)
    caller = home.caller()
    call = ROOT / "threadline/demo/audio/call-01.wav"
    taken = caller.post("/v1/recordings", files=[("audio", ("call-01.wav", call.read_bytes()))])
    home.run()

    answer = caller.get(f"/v1/interactions/{taken.json()['interaction']}").json()
    assert any(said["utterance"].get("words") for said in answer["utterances"])
    heard = caller.get(f"/v1/interactions/{answer['interaction']['id']}/audio")
    assert heard.content == call.read_bytes()


@pytest.mark.speech
def test_a_card_read_out_in_a_call_is_hidden_and_silent(tmp_path: Path) -> None:
    home = listening(tmp_path)
    caller = home.caller()
    call = ROOT / "threadline/demo/audio/call-02.wav"
    taken = caller.post("/v1/recordings", files=[("audio", ("call-02.wav", call.read_bytes()))])
    id = taken.json()["interaction"]
    home.run()

    said = [one["utterance"] for one in caller.get(f"/v1/interactions/{id}").json()["utterances"]]
    assert any("[card]" in one["text"] for one in said)
    assert not any(sum(map(str.isdigit, one["text"])) > 4 for one in said)
    (start, end) = next(
        (hidden["start_s"], hidden["end_s"])
        for one in said
        for hidden in one.get("redactions", ())
        if hidden["type"] == "card"
    )
    assert end - start > 4
    heard = samples(caller.get(f"/v1/interactions/{id}/audio").content).reshape(-1, 2)
    assert not heard[int(start * 8000) + 1 : int(end * 8000)].any()
    assert heard[: int(start * 8000)].any()
    assert heard[int(end * 8000) + 8000 :].any()
