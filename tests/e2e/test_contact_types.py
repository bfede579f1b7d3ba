"""Contact types, as an analyst uses them: teach, apply to what is there, count, read the terms."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.command_home import Command

pytestmark = pytest.mark.e2e

TAUGHT = {
    "pool": (
        "The water in the pool is cold",
        "When does the swimming pool open?",
        "The pool is dirty today",
        "Is there a pool for children?",
        "Can I swim in the morning?",
    ),
    "parking": (
        "Where can I park my car?",
        "The parking lot is full",
        "How much is parking per day?",
        "Is there a garage for the car?",
        "Somebody parked in my space",
    ),
}
SAID = (
    "the swimming pool was closed again",
    "is the pool heated in winter",
    "there was no space in the car park",
    "my violin has a broken string",
)


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Command:
    command = Command(tmp_path_factory.mktemp("types") / "home")
    events = command.home.parent / "events.jsonl"
    lines = [
        {
            "v": 1, "id": f"e{n}", "source": "chat", "channel": "chat", "kind": "message",
            "interaction": f"chat-{n}", "occurred_at": f"2026-11-0{n + 1}T10:00:00Z",
            "party": {"role": "customer", "identifiers": [f"email:c{n}@example.com"]},
            "body": {"text": text},
        }
        for n, text in enumerate(SAID)
    ]  # fmt: skip
    events.write_text("".join(json.dumps(line) + "\n" for line in lines))
    table = command.home.parent / "types.csv"
    rows = [f'"{text}",{label}\n' for label, texts in TAUGHT.items() for text in texts]
    table.write_text("text,label\n" + "".join(rows))
    command("ingest", str(events))
    command("run", "--until-idle")
    return command


def test_taught_types_replace_those_that_ship_and_apply_after_a_replay(command: Command) -> None:
    table = command.home.parent / "types.csv"
    before = command.json("contact-types", "report")
    assert not {"pool", "parking"} & {one["type"] for one in before["types"]}
    about = command.json("contact-types", "train", str(table))
    assert about["en"]["types"]["pool"]["examples"] == 5
    command("replay", "--from", "tag")
    report = command.json("contact-types", "report")
    counted = {one["type"]: one["contacts"] for one in report["types"]}
    assert (counted, report["contacts"]) == ({"pool": 2, "parking": 1}, 4)
    assert (report["unknown"], report["unknown_share"]) == (1, 0.25)
    later = command.json("contact-types", "report", "--since", "2026-11-03")
    assert (later["contacts"], [one["type"] for one in later["types"]]) == (2, ["parking"])


def test_a_dry_run_keeps_nothing(tmp_path: Path, command: Command) -> None:
    table = command.home.parent / "types.csv"
    other = Command(tmp_path / "home")
    said = other("contact-types", "train", str(table), "--dry-run").stdout
    assert "accuracy" in said
    assert not (other.home / "contact-types.npz").exists()


def test_a_wrong_row_is_named_with_file_line_and_field(tmp_path: Path) -> None:
    table = tmp_path / "wrong.csv"
    table.write_text("text,label\nhello,a\nhello again,\n")
    done = Command(tmp_path / "home")("contact-types", "train", str(table), code=1)
    assert "wrong.csv: label is empty (line 3) at label" in done.stderr


def test_terms_need_something_to_compare_with(command: Command) -> None:
    assert "TYPE" in command("contact-types", "terms", code=2).stderr
    assert command.json("contact-types", "terms", "pool") == []
