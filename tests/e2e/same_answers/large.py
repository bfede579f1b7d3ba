"""A corpus of real material: the demo company, calls, mails, chats, posts, and what others wrap.

The material is found through THREADLINE_DATA and read where it lies; what is absent is named and
left out. Each part is a tenant of its own, so that no part hides what another part shows.
"""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby, islice
from pathlib import Path
from xml.etree import ElementTree

from schemas.events import Body, Channel, Event, Kind, Party, Role
from tests.e2e.command_home import DATA
from tests.e2e.same_answers.corpus import Batch, Corpus, write_events
from threadline.demo.company import write_company
from threadline.demo.settings import write_settings

START = datetime(2025, 1, 6, 8, tzinfo=UTC)
SERIAL_DAY = datetime(1899, 12, 30, 8, tzinfo=UTC)
"""Day 0 of a spreadsheet whose clock is eight hours behind UTC."""
DIALOGUES = 150
TEXTS = 3_000

READ_IN_PLACE = (
    ("calls", "calls/vcon-server"),
    ("calls", "calls/two-channel"),
    ("calls", "calls/audiohook"),
    ("calls", "speech/multilingual"),
    ("calls", "speech/odd-and-broken"),
    ("mails", "channels/email-spamassassin/easy-ham-2"),
    ("mails", "channels/email-mime"),
    ("mails", "channels/email-replies"),
    ("vcons", "vcon/ietf/examples"),
    ("vcons", "vcon/interop"),
    ("payloads", "payloads"),
)
LATE_IN_PLACE = (
    ("mails", "channels/email-spamassassin/hard-ham-1"),
    # The same mails in another mailbox.
    ("mails", "channels/email-mime"),
)

Events = Callable[[Path], Iterator[Event]]


def large_corpus(folder: Path) -> tuple[Corpus, list[str]]:
    """Write what has to be written into a new folder; name the parts that are not here."""
    now = datetime.now(UTC)
    manifest = write_company(folder / "company", ends_on=now.date() - timedelta(days=1))
    write_settings(folder / "threadline.toml", manifest.company)
    early, late = [Batch(folder / "company", source="northwind")], []
    left_out = [part for _, part in (*READ_IN_PLACE, *LATE_IN_PLACE) if not (DATA / part).exists()]
    early += [
        Batch(DATA / part, tenant=tenant, source=tenant)
        for tenant, part in READ_IN_PLACE
        if part not in left_out
    ]
    late += [
        Batch(DATA / part, tenant=tenant, source="archive")
        for tenant, part in LATE_IN_PLACE
        if part not in left_out
    ]
    for tenant, (part, events) in WRITTEN.items():
        if (DATA / part).exists():
            places = (folder / tenant / "early", folder / tenant / "late")
            write_events(*places, events(DATA / part))
            early.append(Batch(places[0], tenant=tenant))
            late.append(Batch(places[1], tenant=tenant))
        else:
            left_out.append(part)
    settings = (folder / "threadline.toml").read_text("utf-8")
    return Corpus(settings, tuple(early), tuple(late), now), left_out


def _posts(path: Path) -> Iterator[Event]:
    """Read posts to airlines at their real times: two days of storm among them."""
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            yield Event(
                id=f"post-{number}",
                tenant="posts",
                source="network",
                channel=Channel.SOCIAL,
                kind=Kind.MESSAGE,
                interaction=f"post-{row['tweet_id']}",
                occurred_at=SERIAL_DAY + timedelta(days=float(row["tweet_created"])),
                party=Party(role=Role.CUSTOMER, identifiers=(f"handle:x:{row['name']}",)),
                body=Body(text=row["text"]),
                attributes={"queue": row["airline"].lower().replace(" ", "-")},
            )


def _texts(path: Path) -> Iterator[Event]:
    """Read short messages out of their archive; nobody knows when they were sent."""
    with zipfile.ZipFile(path) as archive, archive.open(archive.namelist()[0]) as file:
        messages = (one for _, one in ElementTree.iterparse(file) if one.tag == "message")
        for number, message in enumerate(islice(messages, TEXTS)):
            sender = message.findtext("source/srcNumber", "unknown")
            yield _said("texts", Channel.SMS, sender, number, message.findtext("text", "-"))
            message.clear()


def _dialogues(folder: Path) -> Iterator[Event]:
    """Read chats of four collections, each with its own way to write them."""
    found = (
        *islice(_multidogo(folder / "multidogo"), 4 * DIALOGUES),
        *islice(_sgd(folder / "sgd/dev/dialogues_001.json"), DIALOGUES),
        *islice(_satisfaction(folder / "satisfaction/MWOZ.txt"), DIALOGUES),
        *_abcd(folder / "abcd/abcd_sample.json"),
    )
    number = 0
    for dialogue, turns in enumerate(found):
        for role, text in turns:
            number += 1
            yield _said("dialogues", Channel.CHAT, str(dialogue), number, text, role)


Turns = list[tuple[Role, str]]


def _multidogo(folder: Path) -> Iterator[Turns]:
    for path in sorted(folder.rglob("dev.tsv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file, delimiter="\t")
            for _, told in groupby(rows, key=lambda row: row["conversationId"]):
                yield [(Role.CUSTOMER, row["utterance"]) for row in told]


def _sgd(path: Path) -> Iterator[Turns]:
    for dialogue in json.loads(path.read_text("utf-8")):
        yield [
            (Role.CUSTOMER if turn["speaker"] == "USER" else Role.AGENT, turn["utterance"])
            for turn in dialogue["turns"]
        ]


def _satisfaction(path: Path) -> Iterator[Turns]:
    for dialogue in path.read_text("utf-8").split("\n\n"):
        lines = [line.split("\t") for line in dialogue.splitlines() if "\t" in line]
        yield [
            (Role.CUSTOMER if line[0] == "USER" else Role.AGENT, line[1])
            for line in lines
            if line[1] != "OVERALL"
        ]


def _abcd(path: Path) -> Iterator[Turns]:
    roles = {"customer": Role.CUSTOMER, "agent": Role.AGENT}
    for dialogue in json.loads(path.read_text("utf-8")):
        yield [(roles[who], text) for who, text in dialogue["original"] if who in roles]


def _people(path: Path) -> Iterator[Event]:
    """Read people of whom several records tell, with mistakes; some share an address."""
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            mail = (f"email:{row['email']}",) if row["email"] else ()
            yield Event(
                id=f"profile-{number}",
                tenant="people",
                source="crm",
                channel=Channel.CHAT,
                kind=Kind.PROFILE,
                interaction=f"profile-{number}",
                occurred_at=START + timedelta(minutes=number),
                party=Party(role=Role.CUSTOMER, identifiers=(f"crm:P{row['unique_id']}", *mail)),
            )


def _said(
    tenant: str,
    channel: Channel,
    interaction: str,
    number: int,
    text: str,
    role: Role = Role.CUSTOMER,
) -> Event:
    mine = (f"handle:{tenant}:{interaction}",) if role is Role.CUSTOMER else ()
    return Event(
        id=f"{tenant}-{number}",
        tenant=tenant,
        source=tenant,
        channel=channel,
        kind=Kind.MESSAGE,
        interaction=interaction,
        occurred_at=START + timedelta(minutes=number),
        party=Party(role=role, identifiers=mine),
        body=Body(text=text.strip() or "-"),
    )


WRITTEN: dict[str, tuple[str, Events]] = {
    "posts": ("sentiment/airline/tweets.csv", _posts),
    "texts": ("channels/sms-nus/smsCorpus_en_xml_2015.03.09_all.zip", _texts),
    "dialogues": ("dialogues", _dialogues),
    "people": ("identity/splink/fake_1000.csv", _people),
}
