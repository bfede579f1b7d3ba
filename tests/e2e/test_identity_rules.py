"""Rules of identity: a number passes to another holder, and a change is tried before it counts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.command_home import Command

pytestmark = pytest.mark.e2e

PHONE, ANA, BOB = "phone:+12025550100", "email:ana@example.com", "email:bob@example.com"


def started(n: int, at: str, *identifiers: str) -> str:
    return json.dumps(
        {
            "id": f"e{n}",
            "source": "pbx",
            "channel": "chat",
            "kind": "started",
            "interaction": f"chat-{n}",
            "occurred_at": at,
            "party": {"role": "customer", "identifiers": identifiers},
        }
    )


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Take in contacts of a number that was Ana's and, after years, is Bob's."""
    command = Command(tmp_path / "home")
    events = tmp_path / "contacts.ndjson"
    lines = [
        started(1, "2020-03-01T10:00:00Z", PHONE, ANA),
        started(2, "2020-04-01T10:00:00Z", PHONE),
        started(3, "2025-06-01T10:00:00Z", PHONE),
        started(4, "2025-06-02T10:00:00Z", PHONE, BOB),
    ]
    events.write_text("\n".join(lines) + "\n", "utf-8")
    command("ingest", str(events))
    command("run", "--until-idle")
    return command


def contacts(command: Command, identifier: str) -> list[str]:
    found = command.json("timeline", identifier)["interactions"]
    return [one["reference"] for one in found]


def found_in(command: Command, what: str) -> dict[str, object]:
    """Give one finding of `check`, whatever else it finds."""
    found = json.loads(command("check", "--json", code=None).stdout)
    (one,) = (finding for finding in found if finding["what"] == what)
    assert isinstance(one, dict)
    return one


def test_old_calls_stay_with_the_old_holder_of_a_number(command: Command) -> None:
    assert contacts(command, ANA) == ["chat-2", "chat-1"]
    assert contacts(command, BOB) == contacts(command, PHONE) == ["chat-4", "chat-3"]
    why = command.json("identity", "explain", ANA, BOB)
    assert (why["together"], why["reason"], why["about"]) == (False, "passed on", PHONE)


def test_other_rules_are_tried_before_they_are_applied(command: Command, tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text("[identity]\nsilent_months = 0\n", "utf-8")
    found = command.json("identity", "plan", str(rules))
    assert (found["customers_now"], found["customers_then"], found["merges"]) == (2, 1, 1)
    assert found["interactions_moved"] == 2
    assert contacts(command, BOB) == ["chat-4", "chat-3"]
    said = command("identity", "plan", str(rules)).stdout
    assert "threadline replay --from resolve" in said
    (command.home / "threadline.toml").write_text(rules.read_text("utf-8"), "utf-8")
    assert not found_in(command, "rules")["ok"]
    command("replay", "--from", "resolve")
    assert found_in(command, "rules")["ok"]
    command("run", "--until-idle")
    assert contacts(command, ANA) == ["chat-4", "chat-3", "chat-2", "chat-1"]
    assert command.json("identity", "plan", str(rules))["merges"] == 0


def test_a_rule_that_is_none_is_refused_by_name(command: Command, tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text("[identity]\nsilent_month = 0\n", "utf-8")
    done = command("identity", "plan", str(rules), code=2)
    assert "silent_month" in done.stderr
