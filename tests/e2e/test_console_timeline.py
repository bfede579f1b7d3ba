"""The timeline in a real browser: narrowed, remarked on and stitched, by keyboard alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser_site import faults, opened_browser, served
from tests.e2e.command_home import Command
from tests.e2e.http_home import START, message

pytestmark = pytest.mark.e2e

ANA = "/customers/email:ana@example.com"
TEXTS = (
    ("sms", 0, "Where is my refund? It does not show up on my statement"),
    ("chat", 26, "My refund is not showing up on my statement, where is it?"),
    ("chat", 24 * 9, "Thank you, you are wonderful"),
    ("email", 24 * 20, "I would like to change the address on my account please"),
)


def events() -> Iterator[dict[str, Any]]:
    party = {"role": "customer", "name": "Ana", "identifiers": ["email:ana@example.com",
             "phone:+13035550119"]}  # fmt: skip
    for number, (channel, hours, text) in enumerate(TEXTS):
        yield message(number, text, channel=channel, party=party,
                      occurred_at=(START + timedelta(hours=hours)).isoformat())  # fmt: skip
    yield message(9, kind="consent", body=None, party=party, interaction="consent",
                  consent={"purpose": "recording", "granted": False})  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with opened_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("timeline")
    command = Command(folder / "home")
    (folder / "in").mkdir()
    lines = "".join(json.dumps(event) + "\n" for event in events())
    (folder / "in/events.jsonl").write_text(lines, "utf-8")
    command("ingest", str(folder / "in"))
    command("run", "--until-idle")
    with served(command) as address:
        yield address


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(8_000)
    yield page
    context.close()


def name_oneself(page: Page, name: str) -> None:
    page.locator("#reader input").fill(name)
    page.locator("#reader input").press("Enter")
    expect(page.locator("#reader input")).to_have_value(name)


def test_the_card_tells_time_consent_and_what_the_risk_is_made_of(page: Page, site: str) -> None:
    page.goto(site + ANA)

    card = page.locator("#card")
    expect(card).to_contain_text("Their time")
    expect(card.locator("[title='America/Denver']")).to_have_count(1)
    expect(card).to_contain_text("RecordingNo")
    card.get_by_text("What the risk is made of").click()
    expect(card).to_contain_text("Where everybody starts")


def test_filters_narrow_the_timeline_and_are_kept_beside_the_channel(page: Page, site: str) -> None:
    page.goto(site + ANA)
    expect(page.locator(".entry")).to_have_count(4)

    page.get_by_label("Sentiment").select_option("positive")
    page.get_by_role("button", name="Show").press("Enter")

    expect(page.locator(".entry")).to_have_count(1)
    page.get_by_role("link", name="SMS").click()
    expect(page.locator("main")).to_contain_text("No contacts like that")
    page.get_by_role("link", name="Show everything").click()
    page.get_by_label("Until the day").fill((START + timedelta(days=2)).date().isoformat())
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".entry")).to_have_count(2)


def test_a_note_is_written_and_withdrawn_by_keyboard_alone(page: Page, site: str) -> None:
    page.goto(site + ANA)
    name_oneself(page, "Bo")

    page.locator("main").focus()
    page.keyboard.press("j")
    page.keyboard.press("n")
    page.keyboard.type("calls back after five")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    note = page.locator(".entry .note-line")
    expect(note).to_contain_text("calls back after five", timeout=15_000)
    expect(note).to_contain_text("Bo")
    page.locator(".entry").first.locator("h3 a").focus()
    page.keyboard.press("p")
    expect(page.locator(".badge.pinned")).to_have_text("Pinned by Bo", timeout=15_000)
    page.goto(f"{site}{ANA}?pinned=1")
    expect(page.locator(".entry")).to_have_count(1)
    page.get_by_role("button", name="Withdraw the note of Bo").press("Enter")
    expect(note).to_have_count(0, timeout=15_000)
    page.locator(".entry h3 a").focus()
    page.keyboard.press("p")
    expect(page.locator(".badge.pinned")).to_have_count(0, timeout=15_000)


def test_issues_are_parted_and_the_word_is_taken_back(page: Page, site: str) -> None:
    page.goto(site + ANA)
    name_oneself(page, "Mia")
    expect(page.locator(".tag.issue")).to_have_count(2)
    page.locator(".tag.issue").first.click()
    expect(page.locator(".entry")).to_have_count(2)

    page.locator(".desk summary").first.press("Enter")
    page.get_by_role("button", name="Another issue").first.press("Enter")
    expect(page.locator(".entry")).to_have_count(1, timeout=15_000)
    page.goto(site + ANA)
    expect(page.locator(".tag.issue")).to_have_count(0)

    said = page.locator(".entry", has_text="not the issue of")
    said.locator(".desk summary").press("Enter")
    said.locator("[data-whole]").press("Enter")
    expect(page.locator(".tag.issue")).to_have_count(2, timeout=15_000)
    first = page.locator(".entry").first
    first.locator(".desk summary").press("Enter")
    first.get_by_label("Same issue as").select_option(index=1)
    first.get_by_role("button", name="Join").press("Enter")
    expect(page.locator(".tag.issue").first).to_contain_text("2 contacts", timeout=15_000)
    expect(page.locator(".tag.issue")).to_have_count(4)


def test_a_reader_sees_what_is_new_since_they_looked(page: Page, site: str) -> None:
    page.goto(site + ANA)
    name_oneself(page, "Kim")
    with page.expect_response("**/seen"):
        page.wait_for_load_state()
    page.wait_for_timeout(1500)
    page.reload()
    expect(page.locator(".since")).to_contain_text("Nothing new since you looked")

    more = message(77, "One more thing about my account", occurred_at="2030-01-01T00:00:00Z")
    answer = page.request.post(f"{site}/v1/events", data=more)
    assert answer.ok
    page.wait_for_timeout(2500)
    page.reload()

    expect(page.locator(".since")).to_contain_text("1 new since you looked")
    expect(page.locator(".entry .badge.new")).to_have_count(1)


def test_the_timeline_has_no_accessibility_fault_and_fits_a_narrow_screen(
    page: Page, site: str
) -> None:
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(site + ANA)
    for summary in page.locator(".desk summary, .card summary").all():
        summary.click()
    assert faults(page) == []
    page.set_viewport_size({"width": 360, "height": 720})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert complaints == []
