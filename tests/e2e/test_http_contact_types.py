"""What contacts are about and how their sentiment went, over HTTP and on the pages."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest

from schemas.ids import derive
from tests.e2e.http_home import START, Caller, Home, as_json, message

pytestmark = pytest.mark.e2e

SAID = (
    message(1, "My internet is down and the router has a red light", interaction="one"),
    message(2, "This is terrible, I am so angry", interaction="one"),
    message(3, "It works again, thank you so much!", interaction="one"),
    message(4, "You are wonderful", interaction="one"),
    message(5, "When will I get my refund?", interaction="two"),
    message(6, "Mijn contract moet aan het einde van de maand stoppen", interaction="three"),
    message(7, "Mein Vertrag soll zum Ende des Monats gekündigt werden", interaction="four"),
)
FAULTS = (
    "no internet",
    "internet is down",
    "the modem is broken",
    "router fault",
    "wifi fails",
) * 4
OLD = tuple(
    message(number - 60 * 100, f"My internet does not work, {what}")
    for number, what in enumerate(FAULTS)
)
NEW = tuple(
    message(number + 60 * 30, f"My router has a blinking light, {what}")
    for number, what in enumerate(FAULTS)
)
FIRST_DAY = "2026-11-02T00:00:00Z"
NEXT_DAY = "2026-11-03T09:00:00Z"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder: Path = tmp_path_factory.mktemp("types")
    home = Home(folder)
    answer = home.caller().post_lines(*(as_json(one) for one in (*OLD, *SAID, *NEW)))
    assert answer.status_code == 202, answer.text
    home.run()
    return home


@pytest.fixture(scope="module")
def caller(home: Home) -> Caller:
    return home.caller(now=lambda: START + timedelta(days=2))


def test_contacts_are_counted_by_type(caller: Caller) -> None:
    report = caller.get(f"/v1/contact-types?since={FIRST_DAY}&until={NEXT_DAY}").json()
    assert {one["type"]: one["contacts"] for one in report["types"]} == {
        "technical_fault": 1,
        "refund": 1,
        "cancellation": 1,
    }
    assert (report["contacts"], report["others"]) == (4, 0)
    assert report["unknown"] + report["not_analysed"] == 1
    assert caller.get(f"/v1/contact-types?since={NEXT_DAY}").json()["contacts"] == len(NEW)
    assert caller.get("/v1/contact-types?since=soon").status_code == 422


def test_what_customers_bring_up_more_than_before_is_told(caller: Caller) -> None:
    asked = f"/v1/contact-types/terms?since={NEXT_DAY}"
    found = caller.get(f"{asked}&type=technical_fault").json()
    assert (found["contacts"], found["baseline_contacts"]) == (len(NEW), len(OLD) + 1)
    assert "blinking light" in [one["term"] for one in found["terms"]]
    assert caller.get(f"{asked}&baseline_since={NEXT_DAY}").json()["baseline_contacts"] == 0
    elsewhere = caller.get("/v1/contact-types/terms?type=technical_fault").json()
    assert (elsewhere["contacts"], elsewhere["baseline_contacts"]) == (len(NEW) + len(OLD) + 1, 3)
    refused = caller.get("/v1/contact-types/terms")
    assert (refused.status_code, refused.json()["field"]) == (422, "type")


def test_the_page_of_contact_types_compares_with_the_days_before(home: Home) -> None:
    week_later = home.caller(now=lambda: START + timedelta(days=8))
    page = week_later.get("/contact-types").text
    assert "Technical fault" in page
    assert "/contact-types/terms?days=7&amp;type=technical_fault" in page
    terms = week_later.get("/contact-types/terms?days=7&type=technical_fault").text
    query = urlencode({"q": '"blinking light" NOT speaker:agent after:2026-11-03T09:00'})
    assert f'href="/search?{query}"' in terms
    assert week_later.get(f"/search?{query}").text.count('class="hit"') == len(NEW)


def test_the_page_of_contact_types_says_when_there_is_nothing_to_compare(caller: Caller) -> None:
    assert "so there is nothing to compare with" in caller.get("/contact-types?days=28").text
    assert "No contacts in these days" in caller.get("/contact-types?tenant=other").text


def test_the_sentiment_of_a_speaker_is_told_by_quarter(caller: Caller) -> None:
    id = derive("interaction", "default", "chat-widget", "chat", "one")
    (arc,) = caller.get(f"/v1/interactions/{id}").json()["interaction"]["arcs"]
    assert (arc["role"], arc["turns"], arc["trend"]) == ("customer", 4, "rising")
    assert arc["quarters"][0] < 0 < arc["quarters"][3]
    assert [
        abs(five - 5 * one) < 0.06
        for one, five in zip(arc["quarters"], arc["ratings"], strict=True)
    ] == [True] * 4
    page = caller.get(f"/interactions/{id}").text
    assert "Sentiment by quarter" in page
    assert "Rising" in page


def test_the_overview_shows_the_commonest_types(caller: Caller) -> None:
    assert 'hx-get="/overview/contact-types"' in caller.get("/").text
    part = caller.get("/overview/contact-types").text
    assert "Technical fault" in part
    assert "contact_type%3A%22refund%22" in part
