"""Real material through the whole pipeline: every file accounted for, every call searchable."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.e2e.command_home import Command, need_data, need_speech

pytestmark = [pytest.mark.e2e, pytest.mark.speech]

PARTS = (
    "vcon/ietf/examples",
    "vcon/interop",
    "speech/odd-and-broken",
    "payloads",
    "channels/email-spamassassin",
    "channels/email-mime",
)
INTEROP = "vcon/interop/vcon_interop_public/vcon_interop_1_assets"
ALICE = "+12345678901"
MAILS = 60


def files_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy what is to be taken in: all of each part, but a sample of the many mails."""
    folder = tmp_path_factory.mktemp("material")
    for part in PARTS:
        source = need_data(part)
        chosen = files_below(source)
        if part.endswith("spamassassin"):
            chosen = chosen[:: max(1, len(chosen) // MAILS)][:MAILS]
        if part.startswith("speech"):
            # Whole sentences take their time: a few of them will do, and all that is broken.
            chosen = [path for n, path in enumerate(chosen) if path.parent == source or n % 5 == 0]
        for path in chosen:
            target = folder / part / path.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    return folder


class Taken(NamedTuple):
    """A home that has taken in everything, and what it said of each part."""

    command: Command
    reports: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def taken(material: Path, tmp_path_factory: pytest.TempPathFactory) -> Taken:
    need_speech()
    command = Command(tmp_path_factory.mktemp("sources") / "home")
    reports = {}
    for part in PARTS:
        report = command.quick("ingest", str(material / part), "--json", code=None)
        reports[part] = json.loads(report.stdout)
    command("run", "--until-idle")
    return Taken(command, reports)


@pytest.mark.parametrize("part", PARTS)
def test_every_file_is_accepted_or_refused_and_counted_once(
    taken: Taken, material: Path, part: str
) -> None:
    report = taken.reports[part]
    files = files_below(material / part)
    assert report["accepted"] + report["known"] + report["rejected"] == report["inputs"]
    assert sum(report["reasons"].values()) == report["rejected"]
    assert report["inputs"] == len(files)
    assert report["accepted"] > 0
    assert "internal_error" not in report["reasons"]


def test_nothing_fails_inside_and_every_accepted_contact_is_complete(
    taken: Taken, tmp_path: Path
) -> None:
    letters = taken.command.here("dead-letters", "list", "--limit", "5000")
    refused = sum(report["rejected"] for report in taken.reports.values())
    assert [x["name"] for x in letters if x["reason"] == "internal_error"] == []
    inside = [(x["stage"], x["reason"]) for x in letters if x["stage"] != "ingest"]
    assert len(letters) - len(inside) <= refused
    states = [line["state"] for line in taken.command.lines(tmp_path / "out", "ledger")]
    assert states.count("open") == 0
    assert states.count("complete") > 0
    assert states.count("rejected") == len(letters)


def test_the_same_again_is_known(taken: Taken, material: Path) -> None:
    again = json.loads(
        taken.command.quick("ingest", str(material / PARTS[1]), "--json", code=1).stdout
    )
    first = taken.reports[PARTS[1]]
    assert (again["accepted"], again["known"]) == (0, first["accepted"] + first["known"])
    assert again["rejected"] == first["rejected"]


def test_a_phrase_spoken_in_a_call_is_found_with_its_second(taken: Taken) -> None:
    page = taken.command.here("search", "channel:voice", "--limit", "200")
    assert page["total"] > 0
    spoken = [hit for hit in page["hits"] if len(hit["text"].split()) >= 5]
    words = " ".join(spoken[0]["text"].split()[1:4]).strip(".,?!")
    found = taken.command.here("search", json.dumps(words) + " channel:voice")
    assert spoken[0]["utterance"] in {hit["utterance"] for hit in found["hits"]}
    assert all(hit["start_s"] is not None for hit in found["hits"])


def test_one_persons_call_mails_and_texts_stand_on_one_timeline(tmp_path: Path) -> None:
    need_speech()
    source = need_data(INTEROP)
    folder = tmp_path / "alice"
    folder.mkdir()
    for path in source.iterdir():
        if path.name == "call.wav" or path.suffix in (".eml", ".txt"):
            shutil.copyfile(path, folder / path.name)
    sidecar = {
        "occurred_at": "2023-06-12T15:00:00Z",
        "parties": [{"role": "customer", "name": "Alice", "identifiers": [f"phone:{ALICE}"]}],
    }
    (folder / "call.json").write_text(json.dumps(sidecar), "utf-8")
    command = Command(tmp_path / "home")
    report = command.here("ingest", str(folder))
    assert (report["inputs"], report["rejected"]) == (len(list(folder.iterdir())), 0)
    command.quick("run", "--until-idle")
    by_phone = command.here("timeline", ALICE)
    assert {one["channel"] for one in by_phone["interactions"]} == {"voice", "sms"}
    mailed = [
        name
        for customer in command.lines(tmp_path / "out", "customers")
        for name in customer["identifiers"]
        if name.startswith("email:")
    ]
    assert mailed
    command("identity", "same", f"phone:{ALICE}", mailed[0])
    whole = command.here("timeline", ALICE)
    assert {one["channel"] for one in whole["interactions"]} == {"voice", "sms", "email"}
    assert command.here("timeline", mailed[0]) == whole


def test_a_call_of_two_sides_in_one_file_is_transcribed(tmp_path: Path) -> None:
    need_speech()
    call = need_data("calls/audiohook")
    command = Command(tmp_path / "home")
    assert command.here("ingest", str(call))["accepted"] == 1
    command.quick("run", "--until-idle")
    page = command.here("search", "channel:voice", "--limit", "100")
    assert page["total"] > 3
    assert command.here("dead-letters", "list") == []
