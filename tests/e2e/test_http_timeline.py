"""Timelines, conversations, cards and remarks over HTTP, on a home of its own."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from schemas.ids import derive
from tests.e2e.http_home import START, Caller, Home, as_json, message

pytestmark = pytest.mark.e2e

ANA = "email:ana@example.com"
PATH = f"/v1/customers/{ANA}"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def caller(home: Home) -> Caller:
    clock = count()
    return home.caller(now=lambda: START + timedelta(days=2, milliseconds=next(clock)))


def interaction(number: int) -> str:
    return derive("interaction", "default", "chat-widget", "chat", f"chat-{number}")


def fill(home: Home, caller: Caller, *events: dict[str, Any]) -> None:
    answer = caller.post_lines(*(as_json(one) for one in events))
    assert answer.status_code == 202, answer.text
    home.run()


def told(home: Home, caller: Caller, path: str, **body: Any) -> str:
    answer = caller.post(path, json=body)
    assert answer.status_code == 202, answer.text
    home.run()
    id: str = answer.json()["id"]
    return id


def ids(caller: Caller, query: str) -> list[str]:
    answer = caller.get(f"{PATH}/timeline?{query}")
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["interactions"]]


def test_a_timeline_is_narrowed_and_begins_on_a_day(home: Home, caller: Caller) -> None:
    fill(
        home,
        caller,
        message(1, "My refund has still not arrived, this is a disgrace"),
        message(2, "Thank you so much, you are wonderful"),
        message(60 * 24, "Where is my refund? It does not show up on my statement", channel="sms"),
    )
    sms = derive("interaction", "default", "chat-widget", "sms", "chat-1440")
    assert ids(caller, "") == [sms, interaction(2), interaction(1)]
    assert ids(caller, "channel=sms") == [sms]
    assert ids(caller, "sentiment=positive") == [interaction(2)]
    assert ids(caller, f"on={START:%Y-%m-%d}") == [interaction(2), interaction(1)]
    assert ids(caller, "on=2026-01-01") == []
    assert caller.get(f"{PATH}/timeline?sentiment=angry").status_code == 422
    assert caller.get(f"{PATH}/timeline?on=yesterday").json()["reason"] == "invalid_parameter"
    kind = caller.get(f"/v1/interactions/{sms}").json()["interaction"]["contact_type"]
    assert sms in ids(caller, f"contact_type={kind}")


def test_what_went_on_since_a_reader_looked_is_new_to_that_reader_alone(
    home: Home, caller: Caller
) -> None:
    fill(home, caller, message(1))
    first = caller.get(f"{PATH}/timeline?reader=Bo").json()
    assert (first["seen_at"], first["new"]) == (None, [])
    told(home, caller, f"{PATH}/seen", by="Bo")
    later = 60 * 24 * 3
    fill(home, caller, message(later), message(later + 1, interaction="chat-1"))
    page = caller.get(f"{PATH}/timeline?reader=Bo").json()
    assert page["seen_at"].startswith("2026-11-04T09:00:00")
    assert page["new"] == [interaction(later), interaction(1)]
    assert caller.get(f"{PATH}/timeline?reader=Mia").json()["new"] == []


def test_notes_and_pins_are_shown_with_their_authors_until_they_are_withdrawn(
    home: Home, caller: Caller
) -> None:
    fill(home, caller, message(1))
    path = f"/v1/interactions/{interaction(1)}"
    note = told(home, caller, f"{path}/notes", by="Bo", text="paid with 4111 1111 1111 1111")
    pin = told(home, caller, f"{path}/pins", by="Mia")
    found = caller.get(path).json()["interaction"]
    assert [(one["id"], one["by"], one["does"]) for one in found["annotations"]] == [
        (note, "Bo", "note"),
        (pin, "Mia", "pin"),
    ]
    assert "4111" not in found["annotations"][0]["text"]
    assert [one["role"] for one in found["parties"]] == ["customer"]
    assert ids(caller, "pinned=true") == [interaction(1)]
    assert caller.get("/v1/search?q=paid").json()["total"] == 0
    for one in (note, pin):
        told(home, caller, f"{path}/withdrawals", by="Mia", remark=one)
    assert "annotations" not in caller.get(path).json()["interaction"]
    assert ids(caller, "pinned=true") == []


def test_contacts_are_parted_joined_and_as_before_when_that_is_taken_back(
    home: Home, caller: Caller
) -> None:
    fill(
        home,
        caller,
        message(1, "Where is my refund? It does not show up on my statement"),
        message(90, "My refund is not showing up on my statement, where is it?"),
        message(60 * 24 * 40, "Please change my address"),
    )
    before = caller.get(f"{PATH}/conversations").json()
    assert [len(one["interactions"]) for one in before["conversations"]] == [1, 2]
    assert before["repeats"][0] == {
        "days": 1, "contacts": 3, "issues": 2, "repeats": 1, "resolved_first": 0, "pending": 1,
    }  # fmt: skip
    first, second, third = (interaction(n) for n in (1, 90, 60 * 24 * 40))

    apart = told(
        home, caller, f"/v1/interactions/{second}/issues",
        by="Bo", other=first, verdict="different",
    )  # fmt: skip
    joined = told(
        home, caller, f"/v1/interactions/{third}/issues", by="Bo", other=first, verdict="same"
    )
    found = caller.get(f"{PATH}/conversations").json()["conversations"]
    assert [one["interactions"] for one in found] == [[first, third], [second]]
    assert found[0]["joints"][0]["by"] == "Bo"
    for where, what in ((second, apart), (third, joined)):
        told(home, caller, f"/v1/interactions/{where}/withdrawals", by="Mia", remark=what)
    assert caller.get(f"{PATH}/conversations").json() == before


def test_the_card_tells_contact_data_consent_notes_risk_and_the_time_where_the_customer_is(
    home: Home, caller: Caller
) -> None:
    party = {"role": "customer", "name": "Ana", "identifiers": [ANA, "phone:+13035550119"]}
    fill(
        home,
        caller,
        message(1, "I want to cancel my account, this is terrible", party=party),
        message(
            2, kind="consent", body=None, party=party, interaction="consent",
            consent={"purpose": "recording", "granted": True},
        ),
        message(
            3, kind="consent", body=None, party=party, interaction="consent",
            consent={"purpose": "recording", "granted": False},
        ),
        message(
            4, kind="profile", body=None, party=party, interaction="crm",
            attributes={"language": "en-US"},
        ),
    )  # fmt: skip
    note = told(home, caller, "/v1/customers/+13035550119/notes", by="Bo", text="prefers mail")
    card = caller.get(f"{PATH}/card").json()
    assert card["name"] == "Ana"
    assert card["contact_data"]["phone"] == ["+13035550119"]
    assert card["language"] == "en-US"
    assert [one["zone"] for one in card["local_times"]] == ["America/Denver"]
    assert card["local_times"][0]["at"].startswith("2026-11-04T02:00:00")
    assert [(c["channel"], c["contacts"], c["last"]) for c in card["channels"]] == [
        ("chat", 1, interaction(1))
    ]
    (consent,) = card["consents"]
    assert (consent["purpose"], consent["granted"]) == ("recording", False)
    assert [(one["id"], one["by"], one["text"]) for one in card["notes"]] == [
        (note, "Bo", "prefers mail")
    ]
    assert card["risk"]["interaction"] == interaction(1)
    assert card["risk"]["parts"]["cancel"] == 1.5
    assert card["risk"]["parts"]["intent"] > 0
    assert len(card["issues"]) == 1
    told(home, caller, f"{PATH}/withdrawals", by="Bo", remark=note)
    # It is taken back where it was said: a split does not bring it to light again.
    answer = caller.post(
        "/v1/identity/links",
        json={
            "a": ANA,
            "b": "phone:+13035550119",
            "verdict": "different",
            "by": "Bo",
        },
    )
    assert answer.status_code == 202
    home.run()
    card = caller.get("/v1/customers/+13035550119/card").json()
    assert (card["contact_data"], card["notes"]) == ({"phone": ["+13035550119"]}, [])
    assert caller.get(f"{PATH}/card").json()["notes"] == []


def test_remarks_on_what_is_not_there_or_that_say_nothing_are_refused(
    home: Home, caller: Caller
) -> None:
    fill(home, caller, message(1))
    path = f"/v1/interactions/{interaction(1)}"
    assert caller.post("/v1/interactions/none/pins", json={"by": "Bo"}).status_code == 404
    assert (
        caller.post("/v1/customers/email:no@example.com/seen", json={"by": "Bo"}).status_code == 404
    )
    body = {"by": "Bo", "other": "none", "verdict": "same"}
    assert caller.post(f"{path}/issues", json=body).status_code == 404
    itself = {**body, "other": interaction(1)}
    assert caller.post(f"{path}/issues", json=itself).status_code == 422
    assert caller.post(f"{path}/notes", json={"by": "Bo", "text": ""}).status_code == 422
    assert caller.post(f"{path}/pins", json={}).status_code == 422
    assert caller.get(f"{PATH}/conversations?x=1").status_code == 422
    assert caller.get("/v1/customers/email:no@example.com/card").status_code == 404


def test_a_merge_shows_in_conversations_at_once_and_its_undo_leaves_them_as_before(
    home: Home, caller: Caller
) -> None:
    other = {"role": "customer", "identifiers": ["phone:+13035550119"]}
    fill(
        home,
        caller,
        message(1, "Where is my refund? It does not show up on my statement"),
        message(90, "My refund is not showing up on my statement, where is it?", party=other),
    )

    def read() -> tuple[Any, Any]:
        found = caller.get(f"{PATH}/conversations").json()
        return found["conversations"], found["repeats"]

    before = read()
    said = {"a": ANA, "b": "phone:+13035550119", "verdict": "same", "by": "Bo"}
    for withdrawn in (False, True):
        answer = caller.post("/v1/identity/links", json={**said, "withdrawn": withdrawn})
        assert answer.status_code == 202, answer.text
        home.run()
        found = [one["interactions"] for one in read()[0]]
        expected = [[interaction(1)]] if withdrawn else [[interaction(1), interaction(90)]]
        assert found == expected
    assert read() == before
