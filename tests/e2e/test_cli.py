"""Every verb of the command line, in processes of its own, on one home."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.command_home import MODELS, ROOT, Command, need_speech
from tests.e2e.small_company import PEOPLE, write_company, write_settings
from threadline import __version__
from threadline.cli import VERBS

pytestmark = pytest.mark.e2e

ANA_MAIL, ANA_PHONE, ANA_HANDLE = PEOPLE["ana"]
CY_PHONE, CY_HANDLE = PEOPLE["cy"][1:]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write texts only: what is said in calls is in question elsewhere."""
    folder = tmp_path_factory.mktemp("company") / "documents"
    write_company(folder)
    for path in (*folder.glob("call-*.wav"), *folder.glob("call-*.json")):
        path.unlink()
    return folder


@pytest.fixture(scope="module")
def command(company: Path, tmp_path_factory: pytest.TempPathFactory) -> Command:
    home = tmp_path_factory.mktemp("cli") / "home"
    write_settings(home)
    command = Command(home)
    report = command.json("ingest", str(company))
    assert (report["accepted"], report["rejected"]) == (46, 0)
    assert "idle:" in command("run", "--until-idle").stdout
    return command


def customer_of(command: Command, identifier: str) -> dict[str, Any]:
    found: dict[str, Any] = command.here("timeline", identifier)["customer"]
    return found


def test_help_names_every_verb_and_imports_nothing_heavy() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "threadline", "--help"],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    for verb in VERBS:
        assert f"  {verb} " in done.stdout
    imported = {
        line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()
    }
    assert "click" in imported
    heavy = {
        "starlette",
        "transformers",
        "onnxruntime",
        "apsw",
        "numpy",
        "httpx",
        "msgspec",
        "rich",
    }
    assert not imported & heavy


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_explains_itself(command: Command, verb: str) -> None:
    assert command.quick(verb, "--help").stdout.startswith("Usage:")


def test_version_says_which(command: Command) -> None:
    assert command.json("version") == {"version": __version__}
    assert command("--version").stdout == f"threadline, version {__version__}\n"


def test_taking_in_the_same_again_changes_nothing(
    command: Command, company: Path, tmp_path: Path
) -> None:
    before = command.export(tmp_path / "before")
    report = command.here("ingest", str(company), str(company / "events.jsonl"))
    assert report == {"inputs": 46, "accepted": 0, "known": 46, "rejected": 0, "reasons": {}}
    command.quick("run", "--until-idle")
    assert command.export(tmp_path / "after") == before


def test_a_timeline_is_paged_and_a_customer_is_found_by_anything_they_are_known_by(
    command: Command,
) -> None:
    whole = command.json("timeline", ANA_MAIL)
    assert whole["next"] is None
    assert {one["channel"] for one in whole["interactions"]} == {"chat", "sms", "social", "email"}
    starts = [one["started_at"] for one in whole["interactions"]]
    assert starts == sorted(starts, reverse=True)
    for name in (whole["customer"]["id"], "+1 303-555-0111", "ANA@example.com", "x:ana"):
        assert command.here("timeline", name) == whole
    pages: list[Any] = []
    after: list[str] = []
    while True:
        page = command.here("timeline", ANA_MAIL, "--limit", "2", *after)
        pages += page["interactions"]
        if page["next"] is None:
            break
        after = ["--after", page["next"]]
    assert pages == whole["interactions"]


def test_people_can_read_what_is_printed(command: Command) -> None:
    assert "customer " in command.quick("timeline", "ana@example.com").stdout
    found = command.quick("search", '"cancel my account" speaker:customer', "--best").stdout
    assert "utterances" in found
    assert "cancel my account" in found
    assert command("alerts").stdout == "no alerts\n"
    assert command("dead-letters", "list").stdout == "no dead letters\n"


def test_search_finds_by_words_customer_channel_and_mood(command: Command) -> None:
    page = command.json("search", '"cancel my account" speaker:customer channel:chat')
    assert page["total"] == len(page["hits"]) > 0
    assert {hit["channel"] for hit in page["hits"]} == {"chat"}
    assert command.here("search", "customer:ana@example.com offline")["total"] > 0
    assert command.here("search", "customer:bo@example.org offline")["total"] == 0
    assert command.here("search", "offline sentiment:<-0.3")["total"] > 0
    assert command.here("search", "4000")["total"] == 0


def test_alerts_and_models_print_json(command: Command) -> None:
    assert command.json("alerts") == []
    names = {row["name"] for row in command.json("models", "list")}
    assert {"whisper-base", "whisper-tiny.en", "utterance-encoder"} <= names


def test_check_says_what_is_missing_and_ends_with_1(command: Command, tmp_path: Path) -> None:
    bare = Command(command.home, THREADLINE_MODELS=str(tmp_path))
    findings = {one["what"]: one for one in bare.json("check", code=1)}
    assert [what for what, one in findings.items() if not one["ok"]] == ["speech model"]
    assert "threadline models fetch whisper-tiny.en" in findings["speech model"]["detail"]
    if MODELS.joinpath("whisper-tiny.en").is_dir():
        assert "MISS" not in command.quick("check").stdout


def test_export_writes_every_kind_and_counts_its_lines(command: Command, tmp_path: Path) -> None:
    said = command("export", str(tmp_path / "out")).stdout
    for name in ("customers", "interactions", "alerts", "ledger"):
        lines = (tmp_path / "out" / f"{name}.ndjson").read_bytes().splitlines()
        assert re.search(rf"^ *{len(lines)} .*{name}\.ndjson$", said, re.MULTILINE)
        assert all(json.loads(line) for line in lines)
    states = {line["state"] for line in command.lines(tmp_path / "again", "ledger")}
    assert states == {"complete"}


@pytest.mark.parametrize("stage", ["tag", "resolve", "assemble", "index", "watch", "ledger"])
def test_a_replay_from_any_stage_derives_the_same(
    command: Command, tmp_path: Path, stage: str
) -> None:
    before = command.export(tmp_path / "before")
    found = command.here("search", "router")
    done = command.quick("replay", "--from", stage)
    assert stage in done.stderr.splitlines()[0]
    assert command.export(tmp_path / "after") == before
    assert command.here("search", "router") == found
    assert found["total"] > 0


def test_a_replay_from_the_start_derives_the_same(command: Command, tmp_path: Path) -> None:
    before = command.export(tmp_path / "before")
    assert "replayed:" in command("replay").stdout
    assert command.export(tmp_path / "after") == before


def test_what_an_analyst_joins_is_one_timeline_and_comes_apart_again(
    command: Command, tmp_path: Path
) -> None:
    before = command.lines(tmp_path / "before", "customers")
    apart = command.here("identity", "explain", CY_PHONE, CY_HANDLE)
    assert (apart["together"], apart["reason"]) == (False, "no path")
    command("identity", "same", CY_PHONE, CY_HANDLE, "--by", "ines")
    joined = command.here("timeline", CY_HANDLE)
    assert {CY_PHONE, CY_HANDLE} <= set(joined["customer"]["identifiers"])
    assert {"sms", "social", "email"} <= {one["channel"] for one in joined["interactions"]}
    why = command.here("identity", "explain", CY_PHONE, CY_HANDLE)
    assert why["together"]
    assert "ines" in json.dumps(why["chain"])
    command.quick("identity", "same", CY_PHONE, CY_HANDLE, "--by", "ines", "--withdraw")
    assert customer_of(command, CY_PHONE) != customer_of(command, CY_HANDLE)
    after = command.lines(tmp_path / "after", "customers")
    assert [_but_revision(one) for one in after] == [_but_revision(one) for one in before]


def _but_revision(customer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in customer.items() if name != "revision"}


def test_what_an_analyst_parts_is_two_people_until_they_take_it_back(command: Command) -> None:
    command.quick("identity", "different", ANA_MAIL, ANA_HANDLE, "--by", "ines")
    assert customer_of(command, ANA_MAIL)["id"] != customer_of(command, ANA_HANDLE)["id"]
    said = command.quick("identity", "explain", ANA_MAIL, ANA_HANDLE).stdout
    assert "two customers: different" in said
    command.quick("identity", "different", ANA_MAIL, ANA_HANDLE, "--by", "ines", "--withdraw")
    assert set(PEOPLE["ana"]) == set(customer_of(command, ANA_HANDLE)["identifiers"])


def test_one_identifier_alone_is_explained_with_all_that_its_customer_has(command: Command) -> None:
    said = command.quick("identity", "explain", ANA_MAIL).stdout
    assert f"{ANA_MAIL} and {ANA_HANDLE} are one customer" in said
    refused = command.quick("identity", "explain", "nobody@example.com", code=1)
    assert "nobody is known as" in refused.stderr


def test_what_was_refused_is_listed_shown_and_dropped(command: Command, tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    folder.mkdir()
    folder.joinpath("naive.jsonl").write_text(
        json.dumps({"id": "n1", "source": "t", "channel": "chat", "kind": "message",
                    "interaction": "i", "occurred_at": "2025-03-03T09:00:00",
                    "body": {"text": "hi"}}) + "\n"
    )  # fmt: skip
    folder.joinpath("empty.eml").write_bytes(b"")
    done = command("ingest", str(folder), code=1)
    assert "naive.jsonl" in done.stderr
    assert "[naive_time]" in done.stderr
    command.quick("run", "--until-idle")
    letters = command.here("dead-letters", "list")
    reasons = {letter["reason"]: letter for letter in letters}
    assert set(reasons) == {"naive_time", "empty_file"}
    naive = reasons["naive_time"]
    assert "2025-03-03T09:00:00" in command.quick("dead-letters", "show", naive["id"]).stdout
    assert command.here("dead-letters", "show", naive["id"]) == naive
    assert "refused at the door" in command.refused("dead-letters", "retry", naive["id"], code=1)
    for letter in letters:
        command.quick("dead-letters", "drop", letter["id"])
    assert command.here("dead-letters", "list") == []
    assert command.refused("dead-letters", "drop", naive["id"], code=1).count("\n") == 0


def test_a_recording_that_was_lost_and_found_is_retried(tmp_path: Path) -> None:
    need_speech()
    company = tmp_path / "company"
    write_company(company)
    kept = {"call-02.wav", "call-02.json"}
    for path in company.iterdir():
        if path.name not in kept:
            path.unlink()
    home = tmp_path / "home"
    write_settings(home)
    command = Command(home)
    assert command.here("ingest", str(company))["accepted"] == 2
    (blob,) = (path for path in (home / "blobs").rglob("*") if path.is_file())
    hidden = blob.rename(tmp_path / "hidden")
    command.quick("run", "--until-idle")
    (letter,) = command.here("dead-letters", "list")
    assert (letter["stage"], letter["reason"]) == ("transcribe", "missing_blob")
    (entry,) = command.lines(tmp_path / "missing", "ledger")
    assert (entry["state"], entry["missing"]) == ("rejected", {"transcribed": 1})
    hidden.rename(blob)
    command.quick("dead-letters", "retry", letter["id"])
    assert command.here("dead-letters", "list") == []
    (entry,) = command.lines(tmp_path / "found", "ledger")
    assert "missing" not in entry
    page = command.here("search", "channel:voice bill")
    assert page["total"] > 0
    assert all(hit["start_s"] is not None for hit in page["hits"])


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["timeline", "nobody@example.com"], 1, "nobody is known as 'nobody@example.com'"),
        (["timeline", "ana@example.com", "--after", "yesterday"], 1, "invalid_cursor"),
        (["timeline", "ana@example.com", "--limit", "0"], 2, "--limit"),
        (["search", "router", "--after", "x"], 1, "invalid_cursor"),
        (["ingest", "nowhere/at/all"], 2, "there is no file or folder nowhere/at/all"),
        (["ingest"], 2, "Missing argument"),
        (["ingest", "--channel", "fax", "."], 2, "fax"),
        (["replay", "--from", "nothing"], 2, "there is no stage 'nothing'; there are normalise"),
        (["identity", "explain", "??", "a@example.com"], 1, "'??' is not an identifier"),
        (["dead-letters", "show", "none"], 1, "there is no dead letter 'none'"),
        (["models", "fetch", "no-such-model"], 2, "no-such-model"),
        (["fly"], 2, "No such command 'fly'"),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_said_in_clear_words(
    command: Command, words: list[str], code: int, says: str
) -> None:
    said = command.refused(*words, code=code)
    assert says in said
    assert re.search("^error: ", said, re.IGNORECASE | re.MULTILINE)


def test_an_error_of_the_process_itself_is_one_line_without_a_traceback(command: Command) -> None:
    done = command("timeline", "nobody@example.com", code=1)
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "nobody is known" in done.stderr


def test_a_query_that_cannot_be_read_is_shown_with_a_caret_under_the_place(
    command: Command,
) -> None:
    error, query, caret = command.refused("search", "router AND (offline", code=2).split("\n")
    assert error.startswith("error: ")
    assert query == "router AND (offline"
    assert caret.strip("^ ") == ""
    assert caret.index("^") <= len(query)


def test_a_home_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("not a folder")
    said = Command(file / "home").refused("alerts", code=2)
    assert str(file / "home") in said
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    damaged.joinpath("threadline.db").write_bytes(b"no database at all" * 99)
    said = Command(damaged).refused("alerts", code=2)
    assert "threadline.db" in said
    assert said.count("\n") == 0


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ("[tenants.default]\ndomains = 5\n", "$.tenants[...].domains"),
        ("[tenants.default]\nnumber = []\n", "number"),
        ("[tenants.default\n", "line 1"),
        ('[tenants.default]\nnumbers = ["twelve"]\n', "twelve"),
        ('[redaction.actions]\ncard = "burn"\n', "$.redaction.actions"),
    ],
)
def test_settings_that_are_wrong_are_named(tmp_path: Path, toml: str, says: str) -> None:
    home = tmp_path / "home"
    home.mkdir()
    home.joinpath("threadline.toml").write_text(toml)
    said = Command(home).refused("check", code=2)
    assert says in said
    assert said.count("\n") == 0


def test_an_environment_variable_that_is_wrong_is_named(tmp_path: Path) -> None:
    said = Command(tmp_path / "home", THREADLINE_PORT="many").refused("check", code=2)
    assert "THREADLINE_PORT" in said


def test_serving_beyond_this_machine_needs_a_token(command: Command) -> None:
    assert "THREADLINE_TOKEN" in command.refused("serve", "--host", "0.0.0.0", code=2)


def test_tenants_do_not_see_each_other(command: Command) -> None:
    assert "nobody" in command.refused("timeline", ANA_MAIL, "--tenant", "other", code=1)
    assert command.here("search", "router", "--tenant", "other")["total"] == 0


def test_a_timeline_is_narrowed_and_told_by_issue(command: Command) -> None:
    every = command.here("timeline", ANA_MAIL)["interactions"]
    mails = command.here("timeline", ANA_MAIL, "--channel", "email")["interactions"]
    assert mails == [one for one in every if one["channel"] == "email"]
    assert 0 < len(mails) < len(every)
    assert command.here("timeline", ANA_MAIL, "--on", "2001-01-01")["interactions"] == []
    told = command.here("timeline", ANA_MAIL, "--conversations")
    assert {id for one in told["conversations"] for id in one["interactions"]} == {
        one["id"] for one in every
    }
    assert "solved at first contact" in command("timeline", ANA_MAIL, "--conversations").stdout
