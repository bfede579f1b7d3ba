"""Identity in a real browser: find a customer, see why, split, undo, merge, by keyboard alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser_site import faults, opened_browser, served
from tests.e2e.command_home import Command
from tests.e2e.http_home import message

pytestmark = pytest.mark.e2e

ANA, PHONE, HANDLE = "email:ana@example.com", "phone:+13035550119", "handle:x:ana"
BOB, BOB_PHONE = "email:bob@example.com", "phone:+13035550120"
BY_NUMBER = "(303) 555-0119"
SLOW_MS = 15_000


def events() -> Iterator[dict[str, Any]]:
    for number, identifiers in enumerate(([ANA, PHONE], [PHONE, HANDLE], [BOB, BOB_PHONE])):
        name = "Bob" if BOB in identifiers else "Ana"
        party = {"role": "customer", "name": name, "identifiers": identifiers}
        yield message(number, f"Where is order {number}?", party=party)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with opened_browser() as browser:
        yield browser


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("identity")
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
    page.set_default_timeout(SLOW_MS)
    yield page
    context.close()


def on(page: Page, name: str) -> None:
    """Reach a button by its name and press it, as a keyboard does."""
    button = page.get_by_role("button", name=name).first
    button.focus()
    page.keyboard.press("Enter")


def test_a_customer_is_found_explained_split_and_made_whole_again_by_keyboard(
    page: Page, site: str
) -> None:
    page.goto(f"{site}/customers")
    page.keyboard.type(BY_NUMBER)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Ana")
    page.locator("#why summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".graph .node")).to_have_count(3)
    expect(page.locator("#why .evidence li").first).to_contain_text("weakest link")
    assert faults(page) == []

    page.get_by_label("You are").last.focus()
    page.keyboard.type("Kim")
    page.keyboard.press("Tab")
    page.keyboard.type("two people")
    on(page, f"Split {HANDLE} and {PHONE}")
    expect(page.locator(".graph .node")).to_have_count(2, timeout=SLOW_MS)
    expect(page.locator("#said")).to_have_text("Done: these are 2 customers now.")
    expect(page.locator("#history li")).to_contain_text("because two people")
    expect(page.locator(".kept")).to_contain_text("Kim said")
    assert faults(page) == []

    on(page, "Undo: Kim said different")
    expect(page.locator(".graph .node")).to_have_count(3, timeout=SLOW_MS)
    expect(page.locator("#history li")).to_have_count(2)
    on(page, "Undo: Kim took back different")
    expect(page.locator(".graph .node")).to_have_count(2, timeout=SLOW_MS)
    expect(page.locator("#history li")).to_have_count(3)


def test_two_customers_are_compared_merged_and_the_former_id_leads_on(
    page: Page, site: str
) -> None:
    other = page.request.get(f"{site}/v1/customers/{BOB}").json()["id"]
    page.goto(f"{site}/customers/{ANA}#why")
    page.locator(".pair [name=a]").select_option("the whole customer")
    page.locator(".pair [name=b]").fill(other)
    page.keyboard.press("Enter")
    answer = page.locator(".answer")
    expect(answer).to_contain_text("Two customers: nothing was ever seen that connects them")
    assert faults(page) == []

    page.locator(".pair [name=by]").fill("Kim")
    on(page, "Merge")
    expect(page.locator("#why .graph .node").first).to_be_visible()
    expect(page.locator("h1 + p")).to_contain_text("5 identifiers")
    page.locator(".pair [name=a]").select_option(HANDLE)
    page.locator(".pair [name=b]").fill(BOB_PHONE)
    page.keyboard.press("Enter")
    expect(answer).to_contain_text("One customer: evidence leads from one to the other")
    chain = page.get_by_role("list", name="The chain, weakest link first")
    expect(chain.locator("li").first).to_contain_text("weakest link")
    expect(chain.locator("li")).to_have_count(4)
    assert faults(page) == []

    page.goto(f"{site}/customers/{other}")
    assert "/customers/c_" in page.url
    expect(page.locator("h1 + p")).to_contain_text("5 identifiers")
