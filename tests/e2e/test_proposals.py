"""Proposals from end to end: told by profiles, found, decided on, undone; nobody merged alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from infra.review import queue
from processors.identity.linkage.table import Record
from schemas.person import Person
from tests.e2e.browser_site import faults, opened_browser, served
from tests.e2e.command_home import DATA, Command
from tests.e2e.http_home import Home
from tests.unit.processors.identity.linkage.people import people
from threadline.proposing import propose_anew
from threadline.settings import load_settings
from threadline.wiring import Wiring

pytestmark = pytest.mark.e2e

ANA = Person(name="Ana Silva", born="1971-06-24", street="7 Elm Road", city="Lanton")
ANNA = Person(name="Silva, Ana", born="1971-06-42", street="7 Elm Raod", city="Lanton")
PAUL = Person(name="Paul Silva", born="1969-11-02", street="7 Elm Road", city="Lanton")


def _profiles(path: Path, count: int = 120) -> Path:
    """Write a crowd of records, a few of them twice, and a family of whom one is told of twice."""
    records, _ = people(count, 0.25)
    records += [Record(f"silva-{n}", person, ()) for n, person in enumerate((ANA, ANNA, PAUL))]
    lines = (json.dumps(_profile(record)) for record in records)
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def _profile(record: Record) -> dict[str, object]:
    fields = ("name", "given_name", "family_name", "born", "street", "postcode", "city")
    told = {name: getattr(record.person, name) for name in fields}
    return {
        "id": f"crm-{record.id}",
        "source": "crm",
        "channel": "email",
        "kind": "profile",
        "interaction": f"crm-{record.id}",
        "occurred_at": "2026-03-01T00:00:00Z",
        "party": {"role": "customer", "identifiers": [f"crm:{record.id}"]},
        "person": {name: text for name, text in told.items() if text},
    }


@pytest.fixture
def command(tmp_path: Path) -> Command:
    command = Command(tmp_path / "home")
    command.quick("ingest", str(_profiles(tmp_path / "crm.jsonl")))
    command.quick("run", "--until-idle")
    return command


def _exported(command: Command, kind: str) -> str:
    folder = command.home.parent / "export"
    command.quick("export", str(folder))
    return (folder / f"{kind}.ndjson").read_text("utf-8")


def _proposal(command: Command, *pair: str) -> str:
    listed = command.here("identity", "proposals", "list", "--limit", "1000")
    found = [one["proposal"] for one in listed]
    return next(str(one["id"]) for one in found if {one["a"], one["b"]} == set(pair))


def test_similar_customers_are_proposed_and_never_merged_by_themselves(command: Command) -> None:
    before = _exported(command, "customers")
    told = command.here("identity", "propose")
    pairs = {(one["a"], one["b"]): one["probability"] for one in told["proposals"]}
    assert pairs["crm:silva-0", "crm:silva-1"] > 0.9
    assert pairs.get(("crm:silva-0", "crm:silva-2"), 0) < 0.5
    assert _exported(command, "customers") == before


def test_who_comes_later_is_proposed_within_a_tick_by_the_model_of_the_last_run(
    command: Command, tmp_path: Path
) -> None:
    told = command.here("identity", "propose")
    views = Wiring(load_settings(command.home, command.environ)).lookup.views
    assert views.news("default") == ()
    later = Person(name="Ana Silva", born="1971-06-24", street="7 Elm Road", city="Lanton")
    line = json.dumps(_profile(Record("silva-9", later, ())))
    (tmp_path / "later.jsonl").write_text(line + "\n", "utf-8")
    command.quick("ingest", str(tmp_path / "later.jsonl"))
    command.quick("run", "--until-idle")
    listed = [one["proposal"] for one in command.here("identity", "proposals", "list")]
    found = {(one["a"], one["b"]): one["probability"] for one in listed}
    assert found["crm:silva-0", "crm:silva-9"] > 0.9
    assert ("crm:silva-0", "crm:silva-9") not in {(p["a"], p["b"]) for p in told["proposals"]}
    anew = command.here("identity", "propose")
    pairs = {(one["a"], one["b"]): one["probability"] for one in anew["proposals"]}
    assert pairs["crm:silva-0", "crm:silva-9"] == pytest.approx(
        found["crm:silva-0", "crm:silva-9"], abs=0.05
    )


def test_an_accepted_proposal_makes_one_customer_and_says_who_and_why(command: Command) -> None:
    command.quick("identity", "propose")
    id = _proposal(command, "crm:silva-0", "crm:silva-1")
    done = command.quick("identity", "proposals", "accept", id, "--by", "Bo", "--why", "same home")
    assert done.stdout.strip() == "accepted 1"
    why = command.here("identity", "explain", "crm:silva-0", "crm:silva-1")
    assert why["together"]
    assert (why["chain"][0]["said_by"], why["chain"][0]["why"]) == ("Bo", "same home")
    listed = command.here("identity", "proposals", "list", "--limit", "1000")
    assert id not in {one["proposal"]["id"] for one in listed}
    command.quick("identity", "same", "crm:silva-0", "crm:silva-1", "--by", "Bo", "--withdraw")
    assert not command.here("identity", "explain", "crm:silva-0", "crm:silva-1")["together"]


def test_a_rejected_proposal_does_not_come_back(command: Command) -> None:
    command.quick("identity", "propose")
    id = _proposal(command, "crm:silva-0", "crm:silva-1")
    command.quick("identity", "proposals", "reject", id, "--by", "Bo")
    command.quick("identity", "propose")
    listed = command.here("identity", "proposals", "list", "--limit", "1000")
    assert id not in {one["proposal"]["id"] for one in listed}
    assert (
        command.here("identity", "explain", "crm:silva-0", "crm:silva-1")["reason"] == "different"
    )


def test_many_are_accepted_above_an_expected_precision(command: Command) -> None:
    command.quick("identity", "propose")
    refused = command.refused("identity", "proposals", "accept", code=2)
    assert "--above" in refused
    done = command.quick("identity", "proposals", "accept", "--above", "0.99", "--yes")
    assert "expected precision" in done.stdout
    assert int(done.stdout.split()[-1]) >= 10
    # What nobody looked at does not make the model any surer.
    views = Wiring(load_settings(command.home, environ={})).lookup.views
    assert views.decided("default") == []


def test_what_a_source_says_of_a_person_is_not_on_the_timeline_or_in_an_export(
    command: Command,
) -> None:
    for kind in ("customers", "interactions"):
        exported = _exported(command, kind)
        assert ("silva-0" in exported) == (kind == "customers")
        assert "Elm Road" not in exported
    assert "Elm Road" not in command.quick("timeline", "crm:silva-0", "--json").stdout


def test_proposals_are_decided_on_over_http(tmp_path: Path) -> None:
    command = Command(tmp_path / "home")
    command.quick("ingest", str(_profiles(tmp_path / "crm.jsonl")))
    home = Home(tmp_path)
    home.run()
    propose_anew(home.wiring, "default")
    caller = home.caller()
    page = caller.get("/v1/identity/proposals?limit=1000").json()
    assert page["open"] >= len(page["proposals"]) > 10
    best = page["proposals"][0]
    assert best["sides"][0]["names"]
    assert best["so_far"]["proposals"] == 1
    url = f"/v1/identity/proposals/{best['id']}"
    assert caller.send("POST", url, json={"verdict": "reject", "by": "Bo"}).json()["accepted"] == 1
    home.run()
    after = caller.get("/v1/identity/proposals").json()
    assert best["id"] not in {one["id"] for one in after["proposals"]}
    bulk = {"above": 0.5, "at_most": 1, "by": "Bo"}
    assert caller.send("POST", "/v1/identity/proposals", json=bulk).status_code == 409
    bulk["at_most"] = 1000
    taken = caller.send("POST", "/v1/identity/proposals", json=bulk)
    assert (taken.status_code, taken.json()["accepted"] > 5) == (202, True)
    assert caller.send("POST", "/v1/identity/proposals/none", json={}).status_code == 422
    missing = caller.send(
        "POST", "/v1/identity/proposals/none", json={"verdict": "accept", "by": "Bo"}
    )
    assert missing.status_code == 404


@pytest.mark.parametrize("folder", ["vcon/interop", "vcon/ietf"])
def test_people_of_one_name_in_other_peoples_examples_are_not_merged(
    tmp_path: Path, folder: str
) -> None:
    if not (DATA / folder).is_dir():
        pytest.skip(f"{DATA / folder} is absent: set THREADLINE_DATA")
    command = Command(tmp_path / "home")
    command.quick("ingest", str(DATA / folder), code=None)
    command.quick("run", "--until-idle", "--stages", "", code=None)
    wiring = Wiring(load_settings(command.home, environ={}))
    found = propose_anew(wiring, "default")
    assert all(one.probability < 0.9 for one in found.proposals)
    assert queue(wiring.lookup.views, "default", 0, 50).size == len(found.proposals)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with opened_browser() as browser:
        yield browser


@pytest.fixture
def site(command: Command) -> Iterator[str]:
    command.quick("identity", "propose")
    with served(command) as address:
        yield address


def test_proposals_are_decided_on_by_keyboard_alone(browser: Browser, site: str) -> None:
    page = browser.new_context(reduced_motion="reduce").new_page()
    page.set_default_timeout(8_000)
    page.goto(f"{site}/")
    page.keyboard.press("g")
    page.keyboard.press("p")
    expect(page.locator("h1")).to_have_text("Proposals")
    left = int(page.locator("#open").inner_text())
    page.keyboard.press("j")
    page.keyboard.press("y")
    expect(page.locator("#said")).to_contain_text("Write your name first")
    page.keyboard.type("Bo")
    page.keyboard.press("Tab")
    page.keyboard.type("saw both")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    page.keyboard.press("y")
    first = page.locator(".proposal").first
    expect(first.locator(".outcome")).to_have_text("One person, says Bo.")
    page.keyboard.press("n")
    second = page.locator(".proposal").nth(1)
    expect(second.locator(".outcome")).to_have_text("Two people, says Bo.")
    expect(page.locator("#open")).to_have_text(str(left - 2))
    page.keyboard.press("k")
    page.keyboard.press("u")
    expect(second.locator(".done")).to_be_hidden()
    page.wait_for_timeout(2500)
    page.reload()
    expect(page.locator("#open")).to_have_text(str(left - 1))


def test_axe_finds_nothing_on_proposals_in_either_theme_and_nothing_is_cut_off(
    browser: Browser, site: str
) -> None:
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.extend([said.text] * (said.type == "error")))
    page.goto(f"{site}/proposals")
    assert not faults(page)
    page.set_viewport_size({"width": 360, "height": 720})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_role("textbox", name="Your name").fill("Bo")
    page.locator("[data-above]").first.click()
    assert not faults(page)
    page.get_by_role("button", name="Cancel").click()
    page.goto(f"{site}/proposals?tenant=nobody")
    expect(page.locator("main")).to_contain_text("Nobody has looked yet")
    assert not complaints
