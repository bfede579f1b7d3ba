"""A few days of a made-up company over five channels, small enough to be killed often."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import threadline.demo.calls

START = datetime(2025, 3, 3, 9, tzinfo=UTC)
TOML = """
[tenants.default]
domains = ["northwind.example"]
numbers = ["+1 303 555 0100"]
handles = ["x:northwind"]
"""
PEOPLE = {
    "ana": ["email:ana@example.com", "phone:+13035550111", "handle:x:ana"],
    "bo": ["email:bo@example.org", "phone:+13035550112", "handle:x:bo"],
    "cy": ["email:cy@example.net", "phone:+13035550113", "handle:x:cy"],
}
KEY = {"chat": 0, "sms": 1, "social": 2}
TEXTS = [
    "My router has been offline since Monday and I am furious",
    "I want to cancel my account today",
    "thank you so much, that was very helpful",
    "still waiting for the refund you promised me",
    "please charge my card 4000 0566 5566 5556",
    "is there a faster plan for my street",
]
CALLS = {"call-01": "ana", "call-02": "bo", "call-03": "cy"}


def write_settings(home: Path) -> None:
    """Say who the company is."""
    home.mkdir(parents=True, exist_ok=True)
    home.joinpath("threadline.toml").write_text(TOML, "utf-8")


def write_company(folder: Path) -> int:
    """Write events, mails and calls; give the number of inputs."""
    folder.mkdir(parents=True)
    events = list(_events())
    lines = "".join(json.dumps(event) + "\n" for event in events)
    folder.joinpath("events.jsonl").write_text(lines, "utf-8")
    mails = list(_mails())
    for number, mail in enumerate(mails):
        folder.joinpath(f"mail-{number}.eml").write_bytes(mail.as_bytes())
    for name, person in CALLS.items():
        shutil.copyfile(threadline.demo.calls.AUDIO / f"{name}.wav", folder / f"{name}.wav")
        folder.joinpath(f"{name}.json").write_text(json.dumps(_sidecar(name, person)), "utf-8")
    return len(events) + len(mails) + 2 * len(CALLS)


def _events() -> Iterator[dict[str, Any]]:
    for number in range(36):
        person = sorted(PEOPLE)[number % 3]
        channel = ("chat", "sms", "social")[number // 3 % 3]
        agent = number % 5 == 4
        identifier = PEOPLE[person][KEY[channel]]
        party = {"role": "agent"} if agent else {"role": "customer", "identifiers": [identifier]}
        text = "let me look into that for you" if agent else TEXTS[number % len(TEXTS)]
        yield _event(
            f"message-{number}",
            number,
            channel=channel,
            interaction=f"{channel}-{person}-{number // 18}",
            party={**party, "name": "Tom" if agent else person.title()},
            body={"text": text},
        )
    for number, (person, identifiers) in enumerate(sorted(PEOPLE.items())[:2]):
        yield _event(
            f"profile-{person}",
            50 + number,
            kind="profile",
            interaction=f"crm-{person}",
            party={"role": "customer", "name": person.title(), "identifiers": identifiers},
        )
    yield _event(
        "link-1",
        60,
        kind="link",
        interaction="link-1",
        party={"name": "an analyst"},
        link={"a": PEOPLE["cy"][0], "b": PEOPLE["cy"][1], "verdict": "same"},
    )
    yield _event(
        "survey-1",
        61,
        kind="survey",
        interaction="chat-ana-0",
        survey={"metric": "csat", "score": 2},
    )


def _event(id: str, minute: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": id,
        "source": "test",
        "channel": "chat",
        "kind": "message",
        "occurred_at": (START + timedelta(minutes=11 * minute)).isoformat(),
        **fields,
    }


def _mails() -> Iterator[EmailMessage]:
    for number in range(6):
        person = sorted(PEOPLE)[number % 3]
        theirs = PEOPLE[person][0].removeprefix("email:")
        reply = number >= 3
        mail = EmailMessage()
        pair = (theirs, "help@northwind.example")
        mail["From"], mail["To"] = pair[::-1] if reply else pair
        mail["Subject"] = f"{'Re: ' if reply else ''}Invoice of {person}"
        mail["Date"] = format_datetime(START + timedelta(hours=30 + number))
        mail["Message-ID"] = f"<mail-{number}@northwind.example>"
        if reply:
            mail["In-Reply-To"] = f"<mail-{number - 3}@northwind.example>"
        mail.set_content(
            "We have credited the late fee."
            if reply
            else "I was charged twice, this is a disgrace."
        )
        yield mail


def _sidecar(name: str, person: str) -> dict[str, Any]:
    at = START + timedelta(hours=50 + sorted(CALLS).index(name))
    return {
        "id": f"recording-{name}",
        "interaction": name,
        "source": "telephony",
        "occurred_at": at.isoformat(),
        "parties": [
            {"role": "agent", "name": "Tom", "identifiers": ["phone:+13035550100"]},
            {"role": "customer", "name": person.title(), "identifiers": [PEOPLE[person][1]]},
        ],
        "tracks": [0, 1],
    }
