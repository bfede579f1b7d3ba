"""What people say of customers over HTTP and the command line, and how it is undone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.http_home import Home, as_json, message

pytestmark = pytest.mark.e2e

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
