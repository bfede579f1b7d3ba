"""The demo, as a newcomer runs it: five channels, one timeline, one search, one alert."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from models.fetch import located
from threadline.demo.outage import outage_day

pytestmark = pytest.mark.e2e


def threadline(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "threadline", "--home", str(home), *arguments],
        capture_output=True,
        text=True,
        timeout=550,
        check=False,
        env={**os.environ, "THREADLINE_SPEECH_MODEL": "whisper-tiny.en"},
    )


def read(home: Path, *arguments: str) -> Any:
    done = threadline(home, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    models = Path(os.environ.get("THREADLINE_MODELS", "~/.cache/threadline/models")).expanduser()
    if located("whisper-tiny.en", models) is None:
        if os.environ.get("CI"):
            pytest.fail("CI needs the speech model: threadline models fetch whisper-tiny.en")
        pytest.skip("the speech model whisper-tiny.en is not here")
    folder = tmp_path_factory.mktemp("demo")
    done = threadline(folder, "demo", "--no-serve")
    assert done.returncode == 0, done.stderr
    assert "client meeting" in done.stdout
    assert "negative sentiment rose: queue=technical" in done.stdout
    return folder


def test_one_customer_stands_on_one_timeline_over_all_five_channels(home: Path) -> None:
    page = read(home, "timeline", "maya.lindqvist@example.com", "--limit", "100")
    channels = {interaction["channel"] for interaction in page["interactions"]}
    assert channels == {"voice", "chat", "email", "sms", "social"}
    assert "phone:+12065550110" in page["customer"]["identifiers"]


def test_a_phrase_said_in_a_call_is_found_with_its_second(home: Path) -> None:
    page = read(home, "search", '"client meeting" channel:voice')
    assert page["total"] == 1
    assert 0 < page["hits"][0]["start_s"] < 30


def test_the_alert_names_the_queue_and_the_day_of_the_outage(home: Path) -> None:
    ends_on = date.fromisoformat((home / "company" / "ends-on").read_text().strip())
    alerts = read(home, "alerts")
    assert any(alert["segment"] == "queue=technical" for alert in alerts)
    days = {date.fromisoformat(alert["fired_at"][:10]) for alert in alerts}
    assert days == {outage_day(ends_on)}


def test_people_who_share_a_phone_or_an_account_stay_apart(home: Path) -> None:
    family = {"leo.hartigan@example.net", "judith.hartigan@mailbox.example"}
    customers = {read(home, "timeline", email)["customer"]["id"] for email in family}
    assert len(customers) == 2
    house = {"noah.fairweather@example.net", "linus.tamarisk@example.org"}
    customers = {read(home, "timeline", email)["customer"]["id"] for email in house}
    assert len(customers) == 2


def test_every_customer_is_found_and_every_contact_is_complete(home: Path, tmp_path: Path) -> None:
    done = threadline(home, "export", str(tmp_path))
    assert done.returncode == 0, done.stderr
    customers = (tmp_path / "customers.ndjson").read_text().splitlines()
    with_crm = [line for line in customers if '"crm:C-' in line]
    assert len(with_crm) == 300
    ledger = [json.loads(line) for line in (tmp_path / "ledger.ndjson").read_text().splitlines()]
    assert {entry["state"] for entry in ledger} == {"complete"}


def test_who_stands_in_two_systems_is_proposed_and_nobody_else(home: Path) -> None:
    waiting = [one["proposal"] for one in read(home, "identity", "proposals", "list")]
    likely = [one for one in waiting if one["probability"] >= 0.9]
    assert len(likely) == 4
    assert all(one["a"].startswith("account:BR-") for one in likely)
    for one in likely:
        two = {read(home, "timeline", who)["customer"]["id"] for who in (one["a"], one["b"])}
        assert len(two) == 2


def test_a_spoken_card_number_is_nowhere_in_the_export(home: Path, tmp_path: Path) -> None:
    threadline(home, "export", str(tmp_path))
    text = (tmp_path / "interactions.ndjson").read_text()
    assert "[card]" in text
    assert "8282-8282" not in text


def test_a_second_run_takes_nothing_in_again(home: Path) -> None:
    done = threadline(home, "demo", "--no-serve")
    assert done.returncode == 0, done.stderr
    assert "0 inputs accepted" in done.stdout
