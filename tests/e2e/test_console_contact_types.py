"""The page of contact types in a browser: what is new is shown, and leads to what was said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser_site import faults, opened_browser, served
from tests.e2e.command_home import Command

pytestmark = pytest.mark.e2e

USUAL, NEW = "My internet does not work since {}", "My router has a blinking light since {}"
MANY = 20
NARROW = 390


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with opened_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    command = Command(tmp_path_factory.mktemp("types") / "home")
    now = datetime.now(UTC)
    told = [(USUAL, now - timedelta(days=20)), (NEW, now - timedelta(days=2))]
    events = [_event(f"{at:%d}-{n}", text.format(n), at) for text, at in told for n in range(MANY)]
    file = command.home.parent / "events.jsonl"
    file.write_text("".join(json.dumps(event) + "\n" for event in events), "utf-8")
    command("ingest", str(file))
    command("run", "--until-idle")
    with served(command) as address:
        yield address


def _event(name: str, text: str, at: datetime) -> dict[str, Any]:
    return {
        "id": name,
        "source": "chat-widget",
        "channel": "chat",
        "kind": "message",
        "interaction": name,
        "occurred_at": at.isoformat(),
        "party": {"role": "customer", "identifiers": [f"email:c{name}@example.com"]},
        "body": {"text": text},
    }


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": NARROW, "height": 800})
    page = context.new_page()
    page.set_default_timeout(8_000)
    yield page
    context.close()


def test_keys_lead_to_what_is_said_more_than_before_and_on_to_who_said_it(
    page: Page, site: str
) -> None:
    page.goto(site)
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url("**/contact-types")
    expect(page.locator(".types tbody").first).to_contain_text("Technical fault")
    new = page.locator(".types .chip", has_text="blinking light")
    expect(new).to_contain_text("20 contacts, 100 %, before 0 %")

    page.keyboard.press("j")
    expect(page.locator(".types th a").first).to_be_focused()
    new.focus()
    page.keyboard.press("Enter")

    page.wait_for_url("**/search?q=*")
    expect(page.locator("main")).to_contain_text("20 hits")
    expect(page.locator(".hit mark").first).to_have_text("blinking light")


def test_the_page_has_no_accessibility_fault_and_fits_a_narrow_screen(
    page: Page, site: str
) -> None:
    for path in ("/contact-types", "/contact-types?days=28", "/contact-types?days=91"):
        page.goto(site + path)
        expect(page.get_by_text("Reading …")).to_have_count(0)
        assert not faults(page), path
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW, path
