"""The HTTP API over a real home: what goes in comes out again."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest

from tests.e2e.http_home import Caller, Home, as_json, message, tone

pytestmark = pytest.mark.e2e

ANA = quote("email:ana@example.com")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("api"))
    caller = home.caller()
    bodies = [message(n) for n in range(1, 6)]
    bodies.append(
        message(
            6,
            "thank you, goodbye",
            party={"role": "customer", "identifiers": ["phone:+12025550143", "handle:x:ana"]},
        )
    )
    bodies.append(message(7, "hello", tenant="acme"))
    answer = caller.post("/v1/events", json=bodies)
    assert answer.status_code == 202
    assert caller.post_lines(b"{broken").status_code == 422
    home.run()
    return home


@pytest.fixture(scope="module")
def caller(home: Home) -> Caller:
    return home.caller()


@pytest.fixture
def empty(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_a_customer_is_found_by_every_identifier_and_by_id(caller: Caller) -> None:
    found = caller.get(f"/v1/customers/{ANA}").json()

    assert set(found["identifiers"]) == {
        "email:ana@example.com",
        "handle:x:ana",
        "phone:+12025550143",
    }
    assert found["requested"] == "email:ana@example.com"
    for name in ("handle:x:ana", "phone:+12025550143", "+1 202 555 0143", "Ana@Example.com"):
        assert caller.get(f"/v1/customers/{quote(name, safe='')}").json()["id"] == found["id"]
    assert "requested" not in caller.get(f"/v1/customers/{found['id']}").json()


def test_a_timeline_is_read_page_by_page_newest_first(caller: Caller) -> None:
    seen: list[str] = []
    after = ""
    while True:
        page = caller.get(f"/v1/customers/{ANA}/timeline?limit=4{after}").json()
        seen += [one["reference"] for one in page["interactions"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"

    assert seen == [f"chat-{n}" for n in range(6, 0, -1)]


@pytest.mark.parametrize("after", ["", "x", "1", "²." + "a" * 24, "9" * 40 + "." + "a" * 24])
def test_a_cursor_that_is_none_of_ours_is_refused(caller: Caller, after: str) -> None:
    answer = caller.get(f"/v1/customers/{ANA}/timeline", params={"after": after})

    assert answer.status_code == 422
    assert answer.json()["field"] == "after"


def test_why_explains_two_identifiers_with_their_evidence(caller: Caller) -> None:
    answer = caller.get(f"/v1/customers/{ANA}/why", params={"b": "+1 202 555 0143"}).json()

    assert answer["together"] is True
    assert answer["reason"] == "linked"
    assert len(answer["chain"]) == 2


def test_an_interaction_comes_with_insights_and_without_vectors(caller: Caller) -> None:
    page = caller.get(f"/v1/customers/{ANA}/timeline?limit=1").json()
    answer = caller.get(f"/v1/interactions/{page['interactions'][0]['id']}").json()

    (said,) = answer["utterances"]
    assert said["utterance"]["text"] == "thank you, goodbye"
    assert said["insights"]["sentiment"]["positive"] > 0.5
    assert "vector" not in said["insights"]


def test_search_finds_words_and_marks_them(caller: Caller) -> None:
    answer = caller.get("/v1/search", params={"q": "offline router", "limit": 2}).json()

    assert answer["total"] == 5
    assert len(answer["hits"]) == 2
    assert answer["hits"][0]["highlights"]
    following = caller.get(
        "/v1/search", params={"q": "offline router", "limit": 2, "after": answer["next"]}
    ).json()
    assert following["hits"][0]["utterance"] not in {h["utterance"] for h in answer["hits"]}


def test_a_query_that_cannot_be_read_points_at_the_character(caller: Caller) -> None:
    answer = caller.get("/v1/search", params={"q": 'router AND "offline'})

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["position"] >= 11
    assert "^" in answer.json()["pointer"]


def test_one_tenant_never_sees_another_ones_customers(caller: Caller) -> None:
    own = caller.get(f"/v1/customers/{ANA}/timeline?tenant=acme").json()
    (only,) = own["interactions"]

    assert only["reference"] == "chat-7"
    assert caller.get(f"/v1/interactions/{only['id']}").status_code == 404
    assert caller.get(f"/v1/customers/{ANA}?tenant=nobody").status_code == 404
    assert caller.get("/v1/search?q=hello").json()["total"] == 0


def test_the_ledger_accounts_for_every_contact_in_pages(caller: Caller) -> None:
    first = caller.get("/v1/ledger?state=complete&limit=4").json()
    rest = caller.get(f"/v1/ledger?state=complete&limit=4&after={first['next']}").json()

    every = [entry["interaction"] for entry in first["entries"] + rest["entries"]]
    assert len(set(every)) == 6
    assert rest["next"] is None


def test_a_refused_event_stands_among_the_dead_letters_without_its_content(caller: Caller) -> None:
    letters = caller.get("/v1/dead-letters").json()["dead_letters"]

    (letter,) = [one for one in letters if one["name"] == "events:1"]
    assert letter["reason"] == "invalid_json"
    assert letter["size"] == len(b"{broken")
    assert "data" not in letter
    assert caller.get("/v1/dead-letters?tenant=acme").json() == {"dead_letters": []}


def test_what_is_not_there_is_a_problem_with_status_404(caller: Caller) -> None:
    for path in ("/v1/customers/nobody", "/v1/interactions/x", "/v1/alerts/x", "/v1/nothing"):
        answer = caller.get(path)
        assert answer.status_code == 404, path
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == 404


def test_an_unknown_parameter_is_refused_rather_than_ignored(caller: Caller) -> None:
    answer = caller.get("/v1/alerts?tennant=acme")

    assert answer.status_code == 422
    assert "tennant" in answer.json()["detail"]


def test_the_probes_and_the_metrics_tell_how_it_is_doing(caller: Caller) -> None:
    assert caller.get("/healthz").json() == {"status": "ok"}
    assert caller.get("/readyz").json() == {"ready": True, "wrong": []}
    caller.get(f"/v1/customers/{ANA}")
    caller.post_lines(b"nonsense")
    text = caller.get("/metrics").text
    assert 'threadline_records_waiting{stage="normalise"} 0.0' in text
    assert 'threadline_events_rejected_total{reason="invalid_json"} 1.0' in text
    assert 'route="/v1/customers/{identifier}"' in text


def test_readiness_says_what_stands_in_the_way(home: Home) -> None:
    answer = home.caller(backlog=lambda: 9, backlog_limit=9, last_error=lambda: "disk full").get(
        "/readyz"
    )

    assert answer.status_code == 503
    assert answer.json()["wrong"] == [
        "9 inputs wait, the limit is 9",
        "the pipeline stopped: disk full",
    ]


def test_good_events_go_in_beside_bad_ones_and_each_is_accounted_for(empty: Home) -> None:
    caller = empty.caller()
    lines = [as_json(message(1)), b"", b"{", as_json({**message(2), "occurred_at": "yesterday"})]
    caller.post_lines(as_json(message(3)))
    answer = caller.post_lines(*lines, as_json(message(3)), as_json(message(3, "other words")))

    taken = answer.json()
    assert answer.status_code == 202
    assert taken["accepted"] == ["evt-1"]
    assert taken["known"] == ["evt-3"]
    assert [(r["line"], r["reason"], r.get("id")) for r in taken["rejected"]] == [
        (3, "invalid_json", None),
        (4, "invalid_field", "evt-2"),
        (6, "id_reused", "evt-3"),
    ]
    assert taken["rejected"][1]["field"] == "$.occurred_at"
    assert len(caller.get("/v1/dead-letters").json()["dead_letters"]) == 3
    assert empty.woken == 2


def test_one_bad_event_alone_is_a_problem_that_names_its_field(empty: Home) -> None:
    answer = empty.caller().post("/v1/events", json={**message(1), "channel": "pigeon"})

    assert answer.status_code == 422
    assert answer.json()["reason"] == "invalid_field"
    assert answer.json()["field"] == "$.channel"


def test_parameters_fill_in_what_events_leave_out(empty: Home) -> None:
    event = message(1)
    del event["source"], event["channel"]
    answer = empty.caller().post("/v1/events?tenant=acme&source=form&channel=email", json=event)

    assert answer.status_code == 202
    (known,) = (
        empty.caller()
        .post(
            "/v1/events",
            json={**message(1), "tenant": "acme", "source": "form", "channel": "email"},
        )
        .json()["known"]
    )
    assert known == "evt-1"


def test_a_recording_whose_audio_was_never_sent_is_refused(empty: Home) -> None:
    call = message(1, kind="recording", channel="voice", media={"tracks": [{"blob": "a" * 40}]})
    answer = empty.caller().post("/v1/events", json=[call, message(2)])

    (refused,) = answer.json()["rejected"]
    assert (refused["index"], refused["reason"]) == (0, "missing_blob")
    assert refused["field"] == "$.media.tracks[0].blob"


def test_a_full_backlog_asks_the_sender_to_wait(home: Home) -> None:
    counted: list[int] = []

    def backlog() -> int:
        counted.append(1)
        return 50

    caller = home.caller(backlog=backlog, backlog_limit=50)
    answers = [caller.post("/v1/events", json=message(1)) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [429] * 3
    assert int(answers[0].headers["retry-after"]) > 0
    assert len(counted) < 3


def test_a_body_over_the_limit_is_refused_before_it_is_read(empty: Home) -> None:
    answer = empty.caller().post(
        "/v1/events",
        content=b"[" + b" " * (16 << 20) + b"]",
        headers={"content-type": "application/json"},
    )

    assert answer.status_code == 413


def test_a_statement_joins_two_customers_and_its_withdrawal_parts_them(empty: Home) -> None:
    caller = empty.caller()
    bo = {"role": "customer", "identifiers": ["email:bo@example.com"]}
    caller.post("/v1/events", json=[message(1), message(2, party=bo)])
    said = {"a": "ana@example.com", "b": "bo@example.com", "verdict": "same", "by": "Kim"}

    assert caller.post("/v1/identity/links", json=said).status_code == 202
    empty.run()
    joined = caller.get(f"/v1/customers/{ANA}").json()
    assert "email:bo@example.com" in joined["identifiers"]

    assert caller.post("/v1/identity/links", json={**said, "withdrawn": True}).status_code == 202
    empty.run()
    parted = caller.get(f"/v1/customers/{ANA}").json()
    assert "email:bo@example.com" not in parted["identifiers"]


@pytest.mark.parametrize(
    ("change", "field"),
    [({"a": "nobody at all"}, "$.a"), ({"verdict": "maybe"}, "$.verdict"), ({"b": ""}, "$.b")],
)
def test_a_statement_that_says_nothing_is_refused(
    empty: Home, change: dict[str, str], field: str
) -> None:
    said = {"a": "email:a@example.com", "b": "email:b@example.com", "verdict": "same", "by": "Kim"}
    answer = empty.caller().post("/v1/identity/links", json={**said, **change})

    assert answer.status_code == 422
    assert answer.json()["field"] == field


def test_a_recording_is_kept_with_its_sidecar_and_known_when_sent_again(empty: Home) -> None:
    caller = empty.caller()
    told = {
        "occurred_at": "2026-11-02T10:00:00Z",
        "parties": [{"role": "agent"}, {"identifiers": ["phone:+12025550143"]}],
        "tracks": [1, 0],
    }
    sent = {
        "files": [("audio", ("call.wav", tone(channels=2)))],
        "data": {"metadata": as_json(told).decode()},
    }
    first = caller.post("/v1/recordings", **sent)
    again = caller.post("/v1/recordings", **sent)

    assert first.status_code == again.status_code == 202
    assert again.json()["known"] == first.json()["accepted"]
    (blob,) = first.json()["blobs"]
    assert empty.services.blobs.holds(blob)


def test_the_same_audio_without_a_sidecar_is_known_when_sent_again(empty: Home) -> None:
    caller = empty.caller()
    files = [
        ("audio", ("7_caller.wav", tone(0.5))),
        ("audio", ("7_agent.wav", tone(0.6))),
    ]
    first = caller.post("/v1/recordings", files=files).json()
    again = caller.post("/v1/recordings", files=list(reversed(files))).json()

    assert len(first["blobs"]) == 2
    assert again["known"] == first["accepted"]
    assert again["blobs"] == first["blobs"]


def test_broken_audio_is_refused_with_the_reason(empty: Home) -> None:
    caller = empty.caller()
    answer = caller.post("/v1/recordings", files=[("audio", ("call.wav", b"RIFF nothing"))])

    assert answer.status_code == 422
    assert answer.json()["reason"] == "broken_audio"
    (letter,) = caller.get("/v1/dead-letters").json()["dead_letters"]
    assert letter["name"] == "call.wav"


@pytest.mark.parametrize(
    ("metadata", "field"), [("{", "metadata"), ('{"tracks": ["x"]}', "metadata.tracks[0]")]
)
def test_a_sidecar_that_cannot_be_read_is_named(empty: Home, metadata: str, field: str) -> None:
    answer = empty.caller().post(
        "/v1/recordings", files=[("audio", ("a.wav", tone()))], data={"metadata": metadata}
    )

    assert answer.status_code == 422
    assert answer.json()["field"] == field


def test_a_form_without_audio_is_refused(empty: Home) -> None:
    answer = empty.caller().post("/v1/recordings", files=[("other", ("a.wav", tone()))])

    assert answer.status_code == 422
    assert answer.json()["field"] == "audio"


def test_a_file_name_cannot_leave_its_folder(empty: Home) -> None:
    answer = empty.caller().post(
        "/v1/recordings", files=[("audio", ("../../..\\..//.hidden/é\x00.wav", tone()))]
    )

    assert answer.status_code == 202
