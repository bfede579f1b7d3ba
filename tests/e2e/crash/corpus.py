"""What goes through the crash suite: five days of three companies, made up from a seed.

Most is said in German, which the text encoder does not analyse, so that tagging costs little; the
complaints that make an alert are English and do go through it. There are no recordings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random

from infra.admission import Door, inbound_id
from infra.log.base import Log, NewRecord
from processors.normalise.key import key_of
from schemas.base import encode
from schemas.events import (
    Body,
    Channel,
    Ending,
    Event,
    Format,
    HandlingState,
    Kind,
    Link,
    Party,
    Payload,
    Role,
    Segment,
    Survey,
)
from schemas.ids import derive
from schemas.topics import INBOUND

TENANTS = ("acme", "acme", "bolt", "cove")  # the first has half of everything
STORMY = TENANTS[0]
DAYS = 5
FIRST_DAY = datetime(2025, 3, 3, tzinfo=UTC)
STORM = FIRST_DAY + timedelta(days=DAYS - 1, hours=13)
STORM_MINUTES = 90
_ARRIVAL_MS = int(STORM.timestamp() * 1000)
WRITTEN = (Channel.CHAT, Channel.SMS, Channel.SOCIAL, Channel.EMAIL)
SAID_BY = {
    Channel.CHAT: "email",
    Channel.SMS: "phone",
    Channel.SOCIAL: "handle",
    Channel.EMAIL: "email",
    Channel.VOICE: "phone",
}
QUESTIONS = (
    "Guten Tag, ich habe eine Frage zu meiner Rechnung mit der Nummer {n}",
    "Seit gestern Abend funktioniert der Anschluss in meiner Wohnung nicht mehr",
    "Können Sie mir bitte sagen, wann der Techniker zu mir kommt?",
    "Ich möchte meinen Vertrag zum Ende des Monats ändern",
    "Meine Kartennummer ist 4000 0566 5566 5556, bitte buchen Sie ab",
    "Wie lange dauert die Lieferung der Bestellung {n} noch?",
)
ANSWERS = (
    "Vielen Dank für Ihre Nachricht, ich sehe sofort für Sie nach",
    "Das ist inzwischen erledigt, kann ich sonst noch etwas für Sie tun?",
    "Bitte nennen Sie mir dazu noch Ihre Kundennummer",
    "ja, gern",
)
COMPLAINTS = (
    "Nothing works since this morning and nobody answers, this is a disgrace",
    "I am furious, my connection is dead again and I want my money back",
    "This is the worst service I have ever had, completely useless",
    "Terrible. I have been waiting for hours and nobody helps me",
)


@dataclass(frozen=True)
class Copy:
    """A record written straight into `inbound`, beside the door."""

    record: NewRecord


Entry = Event | Payload | Copy


@dataclass(frozen=True)
class Corpus:
    """Inputs in the order in which they come in."""

    entries: Sequence[Entry]

    @property
    def events(self) -> int:
        """Count the records that this puts into `inbound`."""
        return len(self.entries)

    def feed(self, door: Door, log: Log, chunk: int = 500) -> None:
        """Put everything in: through the door what is new, beside it what a door would not let in.

        Each chunk goes through the door first, so a copy always comes after what it copies.
        """
        left = iter(self.entries)
        while batch := list(islice(left, chunk)):
            door.admit([one for one in batch if not isinstance(one, Copy)])
            log.append([one.record for one in batch if isinstance(one, Copy)])


def make_corpus(events: int, seed: int) -> Corpus:
    """Make about `events` records for `inbound`, with an interaction for every five of them."""
    rng = Random(seed)
    told = sorted(_events(rng, events), key=lambda event: event.occurred_at)
    copies = [_copy(event) for event in rng.sample(told, events // 50)]
    # Each entry has a place in the order of arrival; late ones and copies come some way behind.
    placed: list[tuple[float, Entry]] = []
    for number, event in enumerate(told):
        late = rng.uniform(0, events / 10) if rng.random() < 0.03 else 0.0
        placed.append((number + late, event))
    place = {event.id: number for number, event in placed if isinstance(event, Event)}
    for event, copy in copies:
        placed.append((place[event.id] + rng.uniform(1, events / 10), copy))
    for poison in _poison():
        placed.append((rng.uniform(0, len(told)), poison))
    placed.sort(key=lambda pair: pair[0])
    return Corpus([entry for _, entry in placed])


def _events(rng: Random, events: int) -> Iterator[Event]:
    people = max(events // 40, 8)
    interactions = events // 5
    storm = max(interactions // 40, 40)
    number = 0
    for tenant in sorted(set(TENANTS)):
        yield from _identity(rng, tenant, people)
    for index in range(storm):
        at = STORM + timedelta(seconds=60 * STORM_MINUTES * index / storm)
        yield from _storm_chat(rng, people, index, at)
    while number < interactions - storm:
        day = FIRST_DAY + timedelta(days=number % DAYS)
        at = day + timedelta(hours=7, seconds=rng.randrange(13 * 3600))
        tenant = TENANTS[rng.randrange(len(TENANTS))]
        if number % 6 == 5:
            yield from _call(rng, tenant, people, number, at)
        else:
            yield from _dialogue(rng, tenant, people, number, at)
        number += 1


def _identity(rng: Random, tenant: str, people: int) -> Iterator[Event]:
    """Say who is who: profiles join identifiers, analysts join, part and take back."""
    for person in range(0, people, 2):
        yield _event(
            f"profile-{person}",
            tenant,
            Channel.CHAT,
            f"crm-{person}",
            FIRST_DAY + timedelta(minutes=rng.randrange(DAYS * 24 * 60)),
            kind=Kind.PROFILE,
            source="crm",
            party=Party(
                role=Role.CUSTOMER,
                name=f"Person {person}",
                identifiers=tuple(_identifier(kind, person) for kind in ("crm", *_KINDS)),
            ),
        )
    for number in range(max(people // 20, 3)):
        person = 4 * number + 1
        a, b = _identifier("email", person), _identifier("phone", person)
        if number % 3 == 1:
            b = _identifier("phone", person + 1)  # a profile's
        for withdrawn in (False, True) if number % 3 == 2 else (False,):
            yield _event(
                f"link-{number}-{withdrawn}",
                tenant,
                Channel.CHAT,
                f"link-{number}",
                FIRST_DAY + timedelta(days=3, hours=number % 24, minutes=10 * withdrawn),
                kind=Kind.LINK,
                source="console",
                party=Party(role=Role.AGENT, name="an analyst"),
                link=Link(
                    a=a,
                    b=b,
                    verdict="different" if number % 3 == 1 else "same",
                    withdrawn=withdrawn,
                ),
            )


_KINDS = ("email", "phone", "handle")


def _identifier(kind: str, person: int) -> str:
    match kind:
        case "email":
            return f"email:person{person}@example.com"
        case "phone":
            return f"phone:+1303555{person % 10000:04d}"
        case "handle":
            return f"handle:x:person{person}"
    return f"crm:{person:06d}"


def _event(
    id: str,
    tenant: str,
    channel: Channel,
    interaction: str,
    at: datetime,
    *,
    kind: Kind = Kind.MESSAGE,
    source: str = "desk",
    party: Party | None = None,
    text: str | None = None,
    **facts: object,
) -> Event:
    return Event(
        id=id,
        tenant=tenant,
        source=source,
        channel=channel,
        kind=kind,
        interaction=interaction,
        occurred_at=at,
        party=party,
        body=Body(text=text) if text is not None else None,
        **facts,  # type: ignore[arg-type]  # the contract checks them below
    )


def _customer(rng: Random, channel: Channel, person: int) -> Party:
    kinds = {SAID_BY[channel]}
    if rng.random() < 0.1:
        kinds.add("phone")  # gives a number in passing: evidence without a profile
    ids = tuple(_identifier(kind, person) for kind in sorted(kinds))
    return Party(role=Role.CUSTOMER, name=f"Person {person}", identifiers=ids)


def _agent(rng: Random) -> Party:
    return Party(role=Role.AGENT, name=f"Agent {rng.randrange(9)}")


def _dialogue(rng: Random, tenant: str, people: int, number: int, at: datetime) -> Iterator[Event]:
    channel = rng.choice(WRITTEN)
    customer = _customer(rng, channel, rng.randrange(people))
    cross = channel is Channel.CHAT and rng.random() < 0.2
    name = f"{channel}-{number}"
    told = {"language": "de", "queue": rng.choice(("rechnung", "technik"))}
    for turn in range(rng.randrange(3, 6)):
        at += timedelta(seconds=rng.randrange(20, 240))
        answers = turn % 2 == 1
        text = rng.choice(ANSWERS if answers else QUESTIONS).format(n=10_000 + number)
        if cross and turn == 0:
            text = rng.choice(COMPLAINTS)
        yield _event(
            f"{name}-{turn}",
            tenant,
            channel,
            name,
            at,
            party=_agent(rng) if answers else customer,
            text=text,
            attributes=told,
        )
    yield _event(
        f"{name}-end",
        tenant,
        channel,
        name,
        at + timedelta(seconds=30),
        kind=Kind.ENDED,
        ended=Ending(disposition="answered", outcome="erledigt"),
    )
    if rng.random() < 0.1:
        survey = Survey(metric="csat", score=float(rng.randrange(1, 6)))
        yield _event(
            f"{name}-survey",
            tenant,
            channel,
            name,
            at + timedelta(hours=1),
            kind=Kind.SURVEY,
            party=customer,
            survey=survey,
        )


def _call(rng: Random, tenant: str, people: int, number: int, at: datetime) -> Iterator[Event]:
    """A call that was not recorded: its handling, and a note."""
    name = f"call-{number}"
    customer = _customer(rng, Channel.VOICE, rng.randrange(people))
    yield _event(
        f"{name}-start", tenant, Channel.VOICE, name, at, kind=Kind.STARTED, party=customer
    )
    for state in (HandlingState.QUEUE, HandlingState.TALK):
        until = at + timedelta(seconds=rng.randrange(30, 400))
        yield _event(
            f"{name}-{state}",
            tenant,
            Channel.VOICE,
            name,
            until,
            kind=Kind.SEGMENT,
            segment=Segment(state=state, started_at=at, ended_at=until, queue="hotline"),
        )
        at = until
    yield _event(
        f"{name}-note",
        tenant,
        Channel.VOICE,
        name,
        at,
        kind=Kind.NOTE,
        party=_agent(rng),
        text="Kunde möchte am Freitag zurückgerufen werden",
    )


def _storm_chat(rng: Random, people: int, index: int, at: datetime) -> Iterator[Event]:
    name = f"storm-{index}"
    customer = _customer(rng, Channel.CHAT, rng.randrange(people))
    for turn in range(3):
        answers = turn == 1
        yield _event(
            f"{name}-{turn}",
            STORMY,
            Channel.CHAT,
            name,
            at + timedelta(seconds=40 * turn),
            party=_agent(rng) if answers else customer,
            text=rng.choice(ANSWERS if answers else COMPLAINTS),
            attributes={"queue": "technik"},
        )


def _copy(event: Event) -> tuple[Event, Copy]:
    record = NewRecord(
        INBOUND.name,
        key_of(event),
        inbound_id(event),
        _ARRIVAL_MS,
        encode(event),
    )
    return event, Copy(record)


def _poison() -> Iterator[Entry]:
    """Records that no contract reads, and a document that its format does not read."""
    for value in (b"\xff\xfe nobody reads this", b'{"v":1,"id":"half', b'{"payload":"fax"}'):
        id = derive("poison", value.hex())
        yield Copy(NewRecord(INBOUND.name, f"poison/{id}", id, _ARRIVAL_MS, value))
    yield Payload(
        payload=Format.VCON, id="broken", tenant="bolt", source="desk", name="b.json", data=b"{no"
    )
