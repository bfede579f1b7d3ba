"""What contacts are about and how their sentiment went, over HTTP and on the pages."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

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
    message(6, "Mein Vertrag soll zum Ende des Monats gekündigt werden", interaction="three"),
)


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Caller:
    folder: Path = tmp_path_factory.mktemp("types")
    home = Home(folder)
    caller = home.caller(now=lambda: START + timedelta(days=2))
    answer = caller.post_lines(*(as_json(one) for one in SAID))
    assert answer.status_code == 202, answer.text
    home.run()
    return caller


def test_contacts_are_counted_by_type(caller: Caller) -> None:
    report = caller.get("/v1/contact-types").json()
    assert {one["type"]: one["contacts"] for one in report["types"]} == {
        "technical_fault": 1,
        "refund": 1,
    }
    assert (report["contacts"], report["others"]) == (3, 0)
    assert report["unknown"] + report["not_analysed"] == 1
    late = (START + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert caller.get(f"/v1/contact-types?since={late}").json()["contacts"] == 0
    assert caller.get("/v1/contact-types?since=soon").status_code == 422


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
