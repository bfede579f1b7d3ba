"""Northwind Broadband: a company that does not exist, with four weeks of customer contact."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random

from processors.normalise.result import Company
from schemas.base import encode
from schemas.events import Channel, Event
from threadline.demo.calls import write_calls
from threadline.demo.conversations import Contact
from threadline.demo.emission import contact_events, link_events
from threadline.demo.mail import write_mailbox
from threadline.demo.outage import (
    days_of,
    ordinary_contacts,
    outage_contacts,
    outage_day,
    star_contacts,
)
from threadline.demo.people import COMPANY, Person, make_people
from threadline.demo.records import ShopRecord, crm_events, shop_events, shop_records
from threadline.demo.scripts import QUERY, SCRIPTS, STAR


@dataclass(frozen=True)
class Manifest:
    """What `write_company` has written, and what there is to see in it.

    `star` has contacts on all five channels, two recorded calls among them. `query` is said in the
    call `query_call`. The alert to expect is on `alert_segment` during `outage_day` (UTC).
    `households` name people who share a number and are not one customer. `shop` are records of
    people who are customers under other identifiers too, and of a namesake. `counts` hold
    `customers`, `interactions`, `events`, `mails`, `calls` and the interactions of each channel.
    """

    folder: Path
    first_day: date
    ends_on: date
    star: Person
    query: str
    query_call: str
    alert_segment: str
    outage_day: date
    people: tuple[Person, ...]
    households: dict[str, tuple[Person, ...]]
    shop: tuple[ShopRecord, ...]
    company: Company = COMPANY
    counts: dict[str, int] = field(default_factory=dict)


def write_company(folder: Path, *, ends_on: date, seed: int = 7) -> Manifest:
    """Write the company's four weeks into `folder`: `events.jsonl`, `mail/` and `calls/`.

    `ends_on` is the last day with contacts, in UTC, between 7:00 and 21:00. The same day and seed
    write the same bytes.
    """
    rng = Random(seed)  # noqa: S311  # a story is drawn here, no secret
    people = make_people(rng)
    contacts = _contacts(rng, people, ends_on)
    mail, calls = folder / "mail", folder / "calls"
    for place in (mail, calls):
        place.mkdir(parents=True, exist_ok=True)
    by_name = {person.name: person for person in people}
    events = [*crm_events(people, days_of(ends_on)), *link_events(people, ends_on)]
    events += shop_events(people, days_of(ends_on)[2])
    events += write_calls(rng, by_name, ends_on, calls)
    mailed = [contact for contact in contacts if contact.channel is Channel.EMAIL]
    mails = write_mailbox(rng, mailed, mail)
    for contact in contacts:
        if contact.channel is not Channel.EMAIL:
            events += contact_events(rng, contact, ends_on)
    _write_events(events, folder / "events.jsonl")
    return Manifest(
        folder=folder,
        first_day=days_of(ends_on)[0],
        ends_on=ends_on,
        star=by_name[STAR],
        query=QUERY,
        query_call="call-01",
        alert_segment="queue=technical",
        outage_day=outage_day(ends_on),
        people=people,
        households={
            name: tuple(person for person in people if person.shares == name)
            for name in ("student house", "family")
        },
        shop=shop_records(people),
        counts=_counts(people, contacts, len(events), mails),
    )


def _contacts(rng: Random, people: tuple[Person, ...], ends_on: date) -> list[Contact]:
    others = [person for person in people if person.name != STAR]
    contacts = star_contacts(rng, people, ends_on, 1)
    contacts += ordinary_contacts(rng, others, ends_on, len(contacts) + 1)
    contacts += outage_contacts(rng, others, ends_on, len(contacts) + 1)
    return contacts


def _write_events(events: list[Event], path: Path) -> None:
    in_time = sorted(events, key=lambda event: (event.occurred_at, event.id))
    path.write_bytes(b"".join(encode(event) + b"\n" for event in in_time))


def _counts(
    people: tuple[Person, ...], contacts: list[Contact], events: int, mails: int
) -> dict[str, int]:
    by_channel = Counter(str(contact.channel) for contact in contacts)
    by_channel["voice"] += len(SCRIPTS)
    return {
        "customers": len(people),
        "interactions": sum(by_channel.values()),
        "events": events,
        "mails": mails,
        "calls": len(SCRIPTS),
        **dict(sorted(by_channel.items())),
    }
