"""What people say of customers over HTTP and the command line, and how it is undone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.command_home import Command
from tests.e2e.http_home import START, Caller, Home, as_json, message
from threadline.cli.export import export

pytestmark = pytest.mark.e2e

NOON = START + timedelta(hours=3)
ANA, BOB = "email:ana@example.com", "email:bob@example.com"


def bob(number: int) -> dict[str, Any]:
    """Write one chat message of another customer, Bob."""
    party = {"role": "customer", "identifiers": [BOB, "phone:+12025550177"]}
    return message(number, "My bill is wrong", party=party)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.caller().post_lines(*(as_json(message(n)) for n in (1, 2)), as_json(bob(3)))
    home.run()
    return home


def state(home: Home, verdict: str) -> None:
    link = {"a": ANA, "b": BOB, "verdict": verdict, "by": "Kim"}
    assert home.caller().post("/v1/identity/links", json=link).status_code == 202
    home.run()


def test_a_former_id_leads_to_the_present_one_everywhere_and_back_when_undone(home: Home) -> None:
    caller = home.caller()
    before = {caller.get(f"/v1/customers/{one}").json()["id"] for one in (ANA, BOB)}
    state(home, "same")

    (now,) = {caller.get(f"/v1/customers/{one}").json()["id"] for one in (ANA, BOB)}
    (former,) = before - {now}
    for rest in ("", "/timeline?limit=2", "/conversations", "/card", f"/why?b={BOB}&a={ANA}"):
        moved = caller.get(f"/v1/customers/{former}{rest}")
        assert moved.status_code == 308
        assert moved.headers["location"] == f"/v1/customers/{now}{rest}"
        assert moved.headers["cache-control"] == "no-store"
        assert moved.json()["customer"] == now
        assert caller.get(moved.headers["location"]).status_code == 200
    for rest in ("", "?channel=chat", "/why"):
        page = caller.get(f"/customers/{former}{rest}")
        assert (page.status_code, page.headers["location"]) == (302, f"/customers/{now}{rest}")

    state(home, "different")
    assert caller.get(f"/v1/customers/{former}").json()["id"] == former
    assert caller.get(f"/customers/{former}").status_code == 200


def acting(home: Home) -> Caller:
    """Call an app whose pipeline runs as soon as something came in."""
    return home.caller(wake=home.run)


def read_all(home: Home, folder: Path) -> dict[str, bytes]:
    """Read every answer about customers at one time, byte by byte, and the export."""
    caller = home.caller(now=lambda: NOON)
    paths = [
        *(f"/v1/customers/{one}{rest}" for one in (ANA, BOB) for rest in _READS),
        f"/v1/customers/{ANA}/why?b={BOB}",
        f"/v1/search?q=customer:%22{ANA}%22",
        f"/v1/search?q=customer:%22{BOB}%22",
        "/v1/alerts",
    ]
    read = {path: caller.get(path).content for path in paths}
    export(home.wiring.lookup.views, folder, None, show=False)
    exported = {path.name: path.read_bytes() for path in folder.iterdir()}
    # The ledger accounts for every input, so also for what people said.
    lines = exported["ledger.ndjson"].splitlines()
    exported["ledger.ndjson"] = b"".join(one for one in lines if b'"counts":false' not in one)
    return read | exported


_READS = ("", "/timeline", "/conversations", "/card")


def test_a_merge_and_its_undo_leave_every_answer_byte_equal(home: Home, tmp_path: Path) -> None:
    before = read_all(home, tmp_path / "before")
    caller = acting(home)

    merge = {"does": "merge", "a": ANA, "b": BOB, "by": "Kim", "why": "same voice"}
    merged = caller.post("/v1/identity/acts", json=merge)
    assert (merged.status_code, merged.json()["applied"]) == (200, True)
    assert len(merged.json()["customers"]) == 1
    during = read_all(home, tmp_path / "during")
    assert during != before
    assert b"bill is wrong" in during[f"/v1/customers/{ANA}/timeline"]
    assert b"bill is wrong" in during[f"/v1/search?q=customer:%22{ANA}%22"]

    (act,) = merged.json()["acts"]
    undo = {"does": "undo", "a": BOB, "act": act, "by": "Bo", "why": "wrong voice"}
    undone = caller.post("/v1/identity/acts", json=undo)
    assert len(undone.json()["customers"]) == 2
    after = read_all(home, tmp_path / "after")
    assert {
        path: (before[path], after[path]) for path in before if before[path] != after[path]
    } == {}
    refused = caller.post("/v1/identity/acts", json=undo)
    assert (refused.status_code, refused.json()["reason"]) == (422, "nothing_to_undo")

    again = {"does": "undo", "a": BOB, "act": undone.json()["acts"][0], "by": "Cy"}
    caller.post("/v1/identity/acts", json=again)
    customer = caller.get(f"/v1/customers/{BOB}").json()
    assert ANA in customer["identifiers"]
    told = caller.get(f"/v1/customers/{customer['id']}/history").json()["acts"]
    assert [(one["by"], one["of"], one.get("why")) for one in told] == [
        ("Cy", "Kim", None),
        ("Bo", "Kim", "wrong voice"),
        ("Kim", "Kim", "same voice"),
    ]
    assert [one.get("state", "stands") for one in told] == ["stands", "undone", "undone"]


def test_what_a_machine_saw_is_set_aside_and_taken_up_again(home: Home) -> None:
    caller, phone = acting(home), "phone:+12025550177"
    before = caller.get(f"/v1/customers/{BOB}").json()
    (link,) = caller.get(f"/v1/customers/{BOB}/why?b={phone}").json()["chain"]
    aside = {
        "does": "withdraw", "a": BOB, "b": phone, "statement": link["id"],
        "by": "Kim", "why": "a kiosk",
    }  # fmt: skip
    done = caller.post("/v1/identity/acts", json=aside).json()
    assert (done["applied"], len(done["customers"])) == (True, 2)
    caller.post_lines(as_json(bob(4)))
    home.run()
    assert caller.get(f"/v1/customers/{BOB}").json()["identifiers"] == [BOB]
    page = caller.get(f"/customers/{BOB}/why").text
    assert "what was seen of" in page
    assert "because a kiosk" in page
    refused = caller.post("/v1/identity/acts", json=aside)
    assert (refused.status_code, refused.json()["reason"]) == (422, "nothing_to_undo")
    undo = {"does": "undo", "a": BOB, "act": done["acts"][0], "by": "Bo"}
    assert len(caller.post("/v1/identity/acts", json=undo).json()["customers"]) == 1
    assert caller.get(f"/v1/customers/{BOB}").json() == before
    assert f'data-statement="{link["id"]}"' in caller.get(f"/customers/{BOB}/why").text


def test_customers_act_by_their_ids_and_why_they_are_two_is_told(home: Home) -> None:
    caller = acting(home)
    one, other = (caller.get(f"/v1/customers/{who}").json()["id"] for who in (ANA, BOB))
    assert caller.get(f"/v1/customers/{one}/why?b={other}").json()["reason"] == "no path"

    deny = {"does": "deny", "a": one, "b": other, "by": "Kim"}
    assert caller.post("/v1/identity/acts", json=deny).json()["applied"]
    why = caller.get(f"/v1/customers/{one}/why?b={other}").json()
    assert (why["reason"], why["broken_at"]["said_by"]) == ("different", "Kim")


def test_an_action_that_is_not_applied_yet_tells_where_to_look(home: Home) -> None:
    merge = {"does": "merge", "a": ANA, "b": BOB, "by": "Kim"}
    noted = home.caller(patience_s=0).post("/v1/identity/acts", json=merge)

    assert (noted.status_code, noted.json()["applied"]) == (202, False)
    look = noted.json()["history"]
    assert home.caller().get(look).json()["acts"] == []
    home.run()
    moved = home.caller().get(look)
    moved = home.caller().get(moved.headers.get("location", look))
    assert [one["id"] for one in moved.json()["acts"]] == noted.json()["acts"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"does": "undo"}, "missing_field"),
        ({"does": "undo", "act": "none"}, "nothing_to_undo"),
        ({"does": "split", "b": BOB}, "nothing_to_undo"),
        ({"does": "unmerge", "b": BOB}, "nothing_to_undo"),
        ({"does": "withdraw", "b": BOB}, "nothing_to_undo"),
        ({"does": "merge"}, "missing_field"),
        ({"does": "merge", "b": ANA}, "invalid_identifier"),
    ],
)
def test_an_action_that_changes_nothing_is_refused(
    home: Home, change: dict[str, str], reason: str
) -> None:
    answer = home.caller().post("/v1/identity/acts", json={"a": ANA, "by": "Kim", **change})

    assert (answer.status_code, answer.json()["reason"]) == (422, reason)


def test_the_command_line_splits_and_undoes_and_tells_the_history(
    home: Home, tmp_path: Path
) -> None:
    command = Command(tmp_path / "home")
    told = command.quick("identity", "explain", ANA, "handle:x:ana").stdout
    assert "one customer" in told
    command.quick("identity", "split", ANA, "handle:x:ana", "--by", "Kim", "--why", "two people")
    assert command.here("identity", "explain", ANA, "handle:x:ana")["reason"] == "different"

    (split,) = command.here("identity", "history", ANA)["acts"]
    assert (split["by"], split["why"]) == ("Kim", "two people")
    assert split["id"] in command.quick("identity", "history", ANA).stdout
    command.quick("identity", "undo", ANA, split["id"], "--by", "Bo")
    assert command.here("identity", "explain", ANA, "handle:x:ana")["together"]
    shown = command.quick("identity", "history", ANA).stdout
    assert "Bo took back what Kim said" in shown
    for verb, done in (("merge", "now one"), ("unmerge", "now 2"), ("deny", "now 2")):
        assert done in command.quick("identity", verb, ANA, BOB, "--by", "Kim").stdout
    assert "now 2" in command.quick("identity", "withdraw", ANA, BOB, "--by", "Kim").stdout
    assert "nobody has said" in command.refused("identity", "withdraw", ANA, BOB, code=1)
