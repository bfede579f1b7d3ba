"""The console in a real browser: what people click, type and read, on a home of its own."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from models.fetch import located
from schemas.alert import Alert, Window
from schemas.topics import ALERTS
from tests.e2e.browser_site import faults, opened_browser, served
from tests.e2e.command_home import MODELS, SPEECH, Command
from tests.e2e.small_company import START, write_company, write_settings
from threadline.settings import load_settings
from threadline.wiring import Wiring

pytestmark = pytest.mark.e2e

WAVES = "document.querySelector('#wave > div > div')?.shadowRoot"
HOSTILE = '<img src="x" onerror="document.title=1"> & "quoted" refund'
ARABIC = "الإنترنت لا يعمل منذ يوم الاثنين"
NARROWED = re.compile(r"^plan after:2025-03-\d\d before:2025-03-\d\d$")
SPOKEN = located(SPEECH, MODELS) is not None or bool(os.getenv("CI"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with opened_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Fill a home, serve it by the command line, and give its address."""
    folder = tmp_path_factory.mktemp("console")
    command = Command(folder / "home")
    write_settings(command.home)
    write_company(folder / "company")
    for call in (folder / "company").glob("call-*"):
        if not (SPOKEN and call.stem == "call-01"):
            call.unlink()
    lines = "".join(json.dumps(event) + "\n" for event in _more_events())
    (folder / "company/more.jsonl").write_text(lines, "utf-8")
    command("ingest", str(folder / "company"))
    command("run", "--until-idle")
    _keep_alert(Wiring(load_settings(command.home, environ={})))
    with served(command) as address:
        yield address


def _more_events() -> Iterator[dict[str, Any]]:
    """Give one customer more contacts than a page holds, and one text that must be escaped."""
    for number in range(45):
        yield {
            "id": f"dee-{number}",
            "source": "test",
            "channel": "sms",
            "kind": "message",
            "interaction": f"sms-dee-{number}",
            "occurred_at": (START + timedelta(hours=7 * number)).isoformat(),
            "party": {"role": "customer", "name": "Dee", "identifiers": ["phone:+13035550119"]},
            "body": {"text": HOSTILE if number == 44 else f"note number {number} about my plan"},
        }

    yield {
        "id": "eli-1",
        "source": "test",
        "channel": "sms",
        "kind": "message",
        "interaction": "sms-eli",
        "occurred_at": (START + timedelta(hours=1)).isoformat(),
        "party": {"role": "customer", "name": "Eli", "identifiers": ["phone:+13035550120"]},
        "body": {"text": ARABIC},
    }


def _keep_alert(wiring: Wiring) -> None:
    window = Window(
        minutes=60,
        contacts=30,
        negatives=20,
        expected_negatives=4.0,
        expected_share=0.2,
        count_p=2e-7,
        share_p=0.0004,
    )
    interaction = next(iter(wiring.lookup.views.all_interactions("default")))
    alert = Alert(
        id="a1",
        tenant="default",
        rule="negative-spike",
        segment="queue=technical",
        started_at=START,
        fired_at=START + timedelta(minutes=20),
        windows=(window,),
        terms=("router", "offline"),
        examples=(interaction.id,),
    )
    store = wiring.backend().store
    with store.transaction():
        store.materialise(ALERTS, [alert])


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(8_000)
    yield page
    context.close()


def _first_call(page: Page, site: str) -> str:
    page.goto(f"{site}/search?q=channel:voice+speaker:customer")
    href = page.locator(".hit-head a").first.get_attribute("href")
    assert href is not None
    return href


def _until(page: Page, holds: str) -> None:
    """Wait for a JavaScript condition; the page's policy forbids the browser to poll it itself."""
    for _ in range(100):
        if page.evaluate(holds):
            return
        page.wait_for_timeout(80)
    raise AssertionError(holds)


@pytest.mark.speech
@pytest.mark.skipif(not SPOKEN, reason=f"{SPEECH} is not in THREADLINE_MODELS")
def test_a_hit_opens_the_second_of_the_call_and_a_word_plays_from_there(
    page: Page, site: str
) -> None:
    href = _first_call(page, site)
    page.locator(".hit-head a").first.click()
    _until(page, "document.getElementById('audio').readyState >= 1")
    second = float(href.partition("?t=")[2].partition("#")[0])
    _until(page, f"Math.abs(document.getElementById('audio').currentTime - {second}) < 1")
    _until(page, f"{WAVES}?.querySelectorAll('.canvases canvas').length === 2")

    word = page.locator(".w").last
    word.click()

    at = float(word.get_attribute("data-at") or "-1")
    _until(page, f"document.getElementById('audio').currentTime >= {at - 0.05}")
    page.wait_for_selector(".w.now, .line.now")
    assert page.locator(".line").count() > 1


@pytest.mark.speech
@pytest.mark.skipif(not SPOKEN, reason=f"{SPEECH} is not in THREADLINE_MODELS")
def test_the_keyboard_plays_skips_and_changes_the_speed(page: Page, site: str) -> None:
    page.goto(site + _first_call(page, site).partition("?")[0])
    _until(page, "document.getElementById('audio').readyState >= 1")

    page.keyboard.press("ArrowRight")
    _until(page, "document.getElementById('audio').currentTime >= 5")
    page.keyboard.press(" ")
    _until(page, "!document.getElementById('audio').paused")
    page.keyboard.press(" ")
    page.keyboard.press(">")

    assert page.evaluate("document.getElementById('audio').paused")
    assert page.evaluate("document.getElementById('audio').playbackRate") == 1.25
    page.keyboard.press("l")
    expect(page.locator("#follow")).to_have_attribute("aria-pressed", "false")


def test_a_timeline_shows_the_channels_and_why_it_is_one_person(page: Page, site: str) -> None:
    page.goto(f"{site}/customers/email:ana@example.com")

    expect(page.locator("h1")).to_have_text("Ana")
    assert page.locator(".knot-chat").count() >= 1
    assert page.locator(".knot-email svg[aria-label=Email]").count() >= 1
    page.locator("#why summary").click()
    expect(page.locator(".evidence li").first).to_contain_text("customer's record")
    assert page.locator(".graph .node").count() == 3

    page.get_by_role("link", name="Chat").click()
    assert page.locator(".entry").count() == page.locator(".entry-chat").count() >= 1


def test_two_people_are_parted_by_a_word_and_rejoined_by_taking_it_back(
    page: Page, site: str
) -> None:
    page.goto(f"{site}/customers/email:bo@example.org#why")
    expect(page.locator(".graph .node")).to_have_count(3)
    page.locator("select[name=a]").select_option("email:bo@example.org")
    page.locator(".pair [name=b]").fill("handle:x:bo")
    page.locator(".pair [name=by]").fill("an analyst")

    page.get_by_role("button", name="Never merge").click()

    expect(page.locator(".kept")).to_contain_text("an analyst said", timeout=15_000)
    assert page.locator(".graph .node").count() < 3
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".graph .node")).to_have_count(3, timeout=15_000)


def test_a_long_timeline_goes_on_as_one_scrolls(page: Page, site: str) -> None:
    page.goto(f"{site}/customers/phone:+13035550119")
    assert page.locator(".entry").count() == 20

    for _ in range(8):
        page.keyboard.press("End")
        page.wait_for_timeout(150)
    expect(page.locator(".entry")).to_have_count(45)
    days = page.locator(".day").all_inner_texts()
    assert len(days) == len(set(days))


def test_what_customers_write_stays_text(page: Page, site: str) -> None:
    page.goto(f"{site}/search?q=refund+channel:sms+customer:%22phone:%2B13035550119%22")

    expect(page.locator(".hit-text")).to_contain_text(HOSTILE)
    expect(page.locator(".hit-text mark")).to_have_text("refund")
    assert page.locator(".hit-text img").count() == 0


def test_a_language_that_is_not_read_is_said_to_be_so_on_every_page(page: Page, site: str) -> None:
    page.goto(f"{site}/search?q=customer:%22phone:%2B13035550120%22")
    expect(page.locator(".hit .tags")).to_have_text("Not analysed")

    page.goto(f"{site}/customers/phone:+13035550120")
    expect(page.locator(".entry .tags")).to_contain_text("Not analysed (Arabic)")

    page.locator(".entry h3 a").click()
    expect(page.locator(".line .tags").first).to_contain_text("Not analysed (Arabic)")
    assert not faults(page)


def test_a_query_error_points_at_the_character(page: Page, site: str) -> None:
    page.goto(f"{site}/search?q=refund+speaker:custmer")

    expect(page.locator("#query-error")).to_contain_text("did you mean customer?")
    pointer = page.locator("#query-error pre").inner_text().splitlines()
    assert pointer[1].index("^") == pointer[0].index("custmer")


def test_days_that_are_brushed_narrow_the_query(page: Page, site: str) -> None:
    page.goto(f"{site}/search?q=plan")
    box = page.locator(".u-over").bounding_box()
    assert box is not None
    y = box["y"] + 20

    page.mouse.move(box["x"] + box["width"] * 0.3, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, y, steps=4)
    page.mouse.up()

    page.wait_for_url("**after%3A2025-03-*")
    expect(page.locator("#q")).to_have_value(NARROWED)


def test_more_hits_follow_and_the_order_can_be_changed(page: Page, site: str) -> None:
    page.goto(f"{site}/search?q=plan")
    assert page.locator(".hit").count() == 25

    page.get_by_text("More hits").click()

    expect(page.locator(".hit").nth(40)).to_be_visible()
    page.get_by_role("link", name="Best first").click()
    assert "order=best" in page.url


def test_an_alert_says_how_we_know_and_leads_to_what_is_said(page: Page, site: str) -> None:
    page.goto(f"{site}/alerts")
    page.get_by_role("link", name="Queue: technical").click()

    expect(page.locator(".sentence")).to_contain_text("20 of 30 contacts were negative")
    expect(page.locator(".tests")).to_contain_text("about once in 5,000,000 windows")
    expect(page.locator(".tests")).to_contain_text("about once in 2,500 windows")
    page.get_by_role("link", name="router").click()
    expect(page.locator("#q")).to_have_value(
        '"router" sentiment:<-0.3 after:2025-03-03T08:20 before:2025-03-03T10:20'
    )
    assert page.locator("#query-error").count() == 0


def test_keys_lead_everywhere_unless_they_are_switched_off(page: Page, site: str) -> None:
    page.goto(site)
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "find"
    page.keyboard.type("router?")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=router%3F")

    page.locator("main").focus()
    page.keyboard.press("?")
    expect(page.locator("dialog")).to_be_visible()
    page.locator("#use-keys").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("dialog")).not_to_be_visible()
    page.evaluate("localStorage.clear()")
    page.keyboard.press("g")
    page.keyboard.press("t")
    page.wait_for_url("**/customers")


def test_the_theme_that_was_chosen_is_remembered(page: Page, site: str) -> None:
    page.goto(site)
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")

    page.locator("#switch-theme").click()
    page.reload()

    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light


def test_the_overview_refreshes_and_says_what_to_type_when_there_is_nothing(
    page: Page, site: str
) -> None:
    with page.expect_response("**/overview/state"):
        page.goto(site)
    expect(page.locator(".ledger")).to_contain_text("are complete")
    expect(page.locator(".stages li").first).to_contain_text("Normalise")

    page.goto(f"{site}/?tenant=nobody")

    expect(page.locator("main")).to_contain_text("threadline ingest")


def test_what_is_not_there_is_told_in_words(page: Page, site: str) -> None:
    for path in ("/customers/email:nobody@example.com", "/interactions/none", "/alerts/none"):
        answer = page.goto(site + path)
        assert answer is not None
        assert answer.status == 404
        expect(page.locator("h1")).to_be_visible()


def test_no_page_has_an_accessibility_fault_in_light_or_dark_or_breaks_the_policy(
    page: Page, site: str
) -> None:
    complaints: list[str] = []
    page.on("console", lambda said: complaints.extend(_complaint(said)))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{site}/search?q=charged+channel:email")
    mail = page.locator(".hit-head a").first.get_attribute("href")
    call = _first_call(page, site) if SPOKEN else "/search?q=router"
    timeline = "/customers/email:ana@example.com#why"
    for path in ("/", "/search", "/search?q=plan", "/customers", "/contact-types", timeline, mail,
                 call, "/alerts", "/alerts/a1", "/alerts/none"):  # fmt: skip
        page.emulate_media(color_scheme="light")
        page.goto(f"{site}{path}")
        page.wait_for_timeout(350)
        assert not faults(page), path
    assert not complaints


def _complaint(said: ConsoleMessage) -> list[str]:
    expected = "the server responded with a status of 404"
    return [said.text] if said.type in ("error", "warning") and expected not in said.text else []


def test_a_narrow_screen_scrolls_in_one_direction_only(browser: Browser, site: str) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 720})
    page = context.new_page()
    call = _first_call(page, site) if SPOKEN else "/search"
    for path in ("/", "/search?q=plan", "/customers/email:ana@example.com#why", call, "/alerts/a1",
                 "/contact-types", "/ledger"):  # fmt: skip
        page.goto(site + path)
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
    context.close()
