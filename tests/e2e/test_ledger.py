"""The ledger as people meet it: on the command line, over HTTP, and in the console."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser_site import faults, opened_browser, served
from tests.e2e.command_home import Command
from tests.e2e.http_home import Caller, Home
from tests.e2e.ledger_home import lossy_home

pytestmark = pytest.mark.e2e


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return lossy_home(tmp_path)


def stuck_of(command: Command) -> dict[str, Any]:
    (stuck,) = [one for one in command.here("ledger")["unfinished"] if one["state"] == "stuck"]
    assert isinstance(stuck, dict)
    return stuck


def test_a_lost_contact_is_named_alerted_and_put_back(command: Command) -> None:
    standing = command.here("ledger", "--until", "2026-11-02")
    (day,) = standing["days"]
    assert (day["source"], day["received"], day["searchable"], day["stuck"]) == (
        "chat-widget", 4, 3, 1,
    )  # fmt: skip
    assert standing["sentence"] == (
        "75.00 % of 2026-11-02's 4 contacts are searchable; 1 is not: 1 stuck, not tagged."
    )
    (alert,) = command.here("alerts")
    assert (alert["rule"], alert["segment"]) == ("ledger-gap", "step=tagged")
    assert alert["examples"] == [stuck_of(command)["interaction"]]

    put = command.here("ledger", "redrive")
    assert (put["contacts"], put["records"], put["lost"]) == (1, 1, [])
    assert [one["stuck"] for one in command.here("ledger", "--until", "2026-11-02")["days"]] == [0]
    assert command.here("search", "hello")["total"] == 4
    (alert,) = command.here("alerts")
    assert alert["state"] == "cleared"
    assert command.here("ledger", "redrive")["contacts"] == 0


def test_a_lost_contact_is_put_back_by_itself(tmp_path: Path) -> None:
    command = lossy_home(tmp_path, redrives=2)
    assert stuck_of(command)["state"] == "stuck"
    command.quick("run", "--until-idle")
    assert command.here("search", "hello")["total"] == 4
    (day,) = command.here("ledger", "status", "--until", "2026-11-02")["days"]
    assert day["searchable"] == day["received"] == 4


def test_an_account_shows_every_step_and_what_went_wrong(command: Command) -> None:
    stuck = stuck_of(command)["interaction"]
    shown = command.quick("ledger", "show", stuck).stdout
    assert re.search(r"tagged +0 done +1 missing past its deadline", shown)
    assert "received         1 done" in shown
    (refused,) = [o for o in command.here("ledger")["unfinished"] if o["state"] == "rejected"]
    shown = command.quick("ledger", "show", refused["interaction"]).stdout
    assert "refused: invalid_json" in shown
    assert "unknown_contact" in command.refused("ledger", "show", "nobody", code=1)
    assert "unknown_contact" in command.refused("ledger", "redrive", "nobody", code=1)


def test_the_first_lines_are_for_people(command: Command) -> None:
    shown = command.quick("ledger", "--days", "3660").stdout.splitlines()
    assert "contacts are searchable" in shown[0]
    assert shown[1].split() == [
        "day", "source", "received", "searchable", "open", "stuck", "failed", "rejected",
    ]  # fmt: skip
    assert command.refused("ledger", "--until", "soon", code=2)


def test_what_the_source_had_is_compared_both_ways(command: Command, tmp_path: Path) -> None:
    listed = tmp_path / "calls.csv"
    listed.write_text(
        "id,start\nchat-0,2026-11-02T09:00:00Z\nchat-1,2026-11-02T09:01:00Z\n"
        "chat-2,2026-11-02T09:02:00Z\nchat-7,2026-11-02T09:02:30Z\n",
        "utf-8",
    )
    asked = ["ledger", "reconcile", "--cdr", str(listed), "--map", "reference=id,at=start"]
    found = command.json(*asked, "--channel", "chat", "--alert", code=1)
    assert found["matched"] == 3
    assert [one["reference"] for one in found["missing_here"]] == ["chat-7"]
    assert [one["reference"] for one in found["missing_there"]] == ["chat-3"]
    assert [one["reference"] for one in found["unfinished"]] == ["chat-1"]
    command.json(*asked, "--channel", "chat", "--alert", code=1)
    alerts = [one for one in command.here("alerts") if one["rule"] == "ledger-reconcile"]
    assert len(alerts) == 1
    days = tmp_path / "days.csv"
    days.write_text("day,calls\n2026-11-02,4\n", "utf-8")
    asked = ["ledger", "reconcile", "--cdr", str(days), "--map", "day=day,count=calls"]
    assert command.json(*asked, "--channel", "chat")["days"] == []
    assert command.json(*asked, "--channel", "voice", code=1)["days"][0]["here"] == 0
    assert "invalid_cdr" in command.refused("ledger", "reconcile", "--cdr", str(days), code=1)


def test_a_schedule_reads_the_list_anew_and_outlives_its_absence(
    command: Command, tmp_path: Path
) -> None:
    listed = tmp_path / "calls.csv"
    listed.write_text("id,start\nchat-0,2026-11-02T09:00:00Z\n", "utf-8")
    asked = ["--cdr", str(listed), "--map", "reference=id,at=start", "--channel", "chat"]
    with closing(command.spoken("ledger", "reconcile", *asked, "--every", "0.0001")) as lines:
        assert next(lines).startswith("1 match, 0 are missing here")
        listed.unlink()
        assert any("the file cannot be read" in line for line in lines)
        listed.write_text("id,start\nchat-7,2026-11-02T09:00:00Z\n", "utf-8")
        assert any(line.startswith("0 match, 1 are missing here") for line in lines)


@pytest.fixture(scope="module")
def lossy(tmp_path_factory: pytest.TempPathFactory) -> Command:
    return lossy_home(tmp_path_factory.mktemp("ledger"))


@pytest.fixture(scope="module")
def caller(lossy: Command) -> Caller:
    return Home(lossy.home.parent).caller()


def test_the_api_tells_how_days_stand_and_each_account(caller: Caller) -> None:
    standing = caller.get("/v1/ledger/standing?until=2026-11-02&days=3").json()
    assert standing["days"][0]["received"] == 4
    assert {lag["step"] for lag in standing["lags"]} >= {"normalised", "tagged", "searchable"}
    (stuck,) = caller.get("/v1/ledger?state=stuck").json()["entries"]
    assert caller.get(f"/v1/ledger/{stuck['interaction']}").json() == stuck
    assert caller.get("/v1/ledger/nobody").status_code == 404
    assert caller.get("/v1/ledger/standing?until=soon").status_code == 422
    states = [one["state"] for one in caller.get("/v1/ledger?limit=1000").json()["entries"]]
    assert sorted(states) == ["complete"] * 4 + ["rejected", "stuck"]
    scraped = caller.get("/metrics").text
    assert 'threadline_ledger_contacts{state="stuck",step="tagged"} 1.0' in scraped


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with opened_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def site(lossy: Command) -> Iterator[str]:
    with served(lossy) as address:
        yield address


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(8_000)
    yield page
    context.close()


def test_the_console_leads_from_the_days_to_the_fault_by_keyboard(page: Page, site: str) -> None:
    page.goto(site)
    page.keyboard.press("g")
    page.keyboard.press("l")
    page.wait_for_url("**/ledger")
    page.goto(f"{site}/ledger?until=2026-11-02")
    expect(page.locator(".sentence")).to_contain_text("1 is not")
    page.get_by_role("link", name="1 stuck on 2026-11-02").focus()
    page.keyboard.press("Enter")
    expect(page.locator("h2", has_text="Stuck on 2026-11-02")).to_be_visible()
    page.get_by_role("link", name="chat-1").focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("chat-1")
    expect(page.locator("tr", has_text="Tagged")).to_contain_text("past its deadline")
    expect(page.locator("main")).to_contain_text("threadline ledger redrive")


@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_on_the_ledger(page: Page, site: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    for path in ("/ledger", "/ledger?until=2026-11-02", "/ledger?state=stuck", "/alerts"):
        page.goto(site + path)
        assert faults(page) == []
        overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(overflow) <= 0
    page.goto(f"{site}/ledger?until=2026-11-02&day=2026-11-02&state=stuck")
    page.locator("tbody th a").last.click()
    assert faults(page) == []
    page.goto(f"{site}/alerts")
    page.locator("tbody th a").first.click()
    expect(page.locator("main")).to_contain_text("1 contact not tagged in time")
    assert faults(page) == []


def test_a_contact_that_nobody_knows_is_told_in_words(page: Page, site: str) -> None:
    answer = page.goto(f"{site}/ledger/nobody")
    assert answer is not None
    assert answer.status == 404
    expect(page.locator("main")).to_contain_text("no such contact")
