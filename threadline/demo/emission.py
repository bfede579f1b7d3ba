"""Turn contacts into the events that telephony, chat, SMS, social and CRM systems send."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from schemas.events import (
    Body,
    Channel,
    Ending,
    Event,
    HandlingState,
    Kind,
    Link,
    Party,
    Role,
    Segment,
    Survey,
)
from threadline.demo.conversations import Contact, Mood, phrases
from threadline.demo.outage import days_of, outage_day
from threadline.demo.people import SMS_NUMBER, SOCIAL_HANDLE, SUPPORT_NUMBER, Agent, Person

SOURCES = {
    Channel.VOICE: "telephony",
    Channel.CHAT: "chat-widget",
    Channel.SMS: "sms-gateway",
    Channel.SOCIAL: "social-desk",
}
_OUTCOMES: dict[Mood, str] = {
    "negative": "follow-up",
    "neutral": "resolved",
    "positive": "resolved",
}
_SCORES: dict[Mood, tuple[int, ...]] = {
    "negative": (1, 1, 2, 2, 3),
    "neutral": (3, 4, 4, 5),
    "positive": (4, 5, 5, 5),
}


class Told:
    """The events of one interaction, numbered in the order in which they are told."""

    def __init__(self, channel: Channel, reference: str, attributes: dict[str, str]) -> None:
        self.channel = channel
        self.reference = reference
        self.attributes = attributes
        self.events: list[Event] = []

    def tell(
        self,
        kind: Kind,
        at: datetime,
        party: Party | None = None,
        *,
        body: Body | None = None,
        segment: Segment | None = None,
        ended: Ending | None = None,
        survey: Survey | None = None,
    ) -> None:
        """Add one event."""
        self.events.append(
            Event(
                id=f"{self.reference}-{len(self.events) + 1}",
                source=SOURCES[self.channel],
                channel=self.channel,
                kind=kind,
                interaction=self.reference,
                occurred_at=at,
                party=party,
                body=body,
                segment=segment,
                ended=ended,
                survey=survey,
                attributes=dict(self.attributes),
            )
        )

    def handle(self, stretches: Sequence[tuple[HandlingState, int]], at: datetime) -> datetime:
        """Tell stretches of handling, each with its seconds, one after the other."""
        for state, seconds in stretches:
            end = at + timedelta(seconds=seconds)
            queue = self.attributes["queue"]
            stretch = Segment(state=state, started_at=at, ended_at=end, queue=queue)
            self.tell(Kind.SEGMENT, at, segment=stretch)
            at = end
        return at


def customer_party(rng: Random, person: Person, channel: Channel) -> Party:
    """Say as what a customer appears on a channel: a machine never sees the whole person."""
    seen: tuple[str, ...]
    if channel is Channel.VOICE:
        verified = rng.random() < (0.6 if person.shares else 0.3)
        seen = (person.phone, person.crm) if verified else (person.phone,)
    elif channel is Channel.SMS:
        seen = (person.phone,)
    elif channel is Channel.SOCIAL and person.handle:
        seen = (person.handle,)
    else:
        anonymous = 0 if person.signs_in else 15
        form = rng.choices(((), (person.email,), (person.crm,)), (anonymous, 65, 20))[0]
        seen = (*form, person.cookie)
    named = channel is not Channel.SMS and len(seen) > 1
    return Party(role=Role.CUSTOMER, name=person.name if named else None, identifiers=seen)


def agent_party(agent: Agent, channel: Channel) -> Party:
    """Say as what an agent appears on a channel."""
    line = {
        Channel.VOICE: f"phone:{SUPPORT_NUMBER}",
        Channel.SMS: f"phone:{SMS_NUMBER}",
        Channel.SOCIAL: SOCIAL_HANDLE,
    }.get(channel)
    shown = (agent.identifier, line) if line else (agent.identifier,)
    return Party(role=Role.AGENT, name=agent.name, identifiers=shown)


def attributes_of(person: Person, queue: str) -> dict[str, str]:
    """List the facts that alerts and filters segment by."""
    return {"queue": queue, "brand": person.brand, "area": person.area}


def contact_events(rng: Random, contact: Contact, ends_on: date) -> list[Event]:
    """Tell one contact that is not a mail."""
    told = Told(contact.channel, contact.reference, attributes_of(contact.person, contact.queue))
    customer = customer_party(rng, contact.person, contact.channel)
    agent = agent_party(contact.agent, contact.channel)
    told.tell(Kind.STARTED, contact.at, customer)
    busy = contact.at.date() == outage_day(ends_on) and contact.queue == "technical"
    if contact.channel is Channel.VOICE:
        end = _voice(rng, told, contact, agent, busy=busy)
    else:
        end = _written(rng, told, contact, (customer, agent), busy=busy)
    if end is not None and rng.random() < 0.22:
        survey_event(rng, told, contact.mood, end, customer)
    return told.events


def survey_event(rng: Random, told: Told, mood: Mood, end: datetime, customer: Party) -> None:
    """Tell what the customer answered some minutes after the end."""
    score = rng.choice(_SCORES[mood])
    comment = None
    if mood != "neutral" and rng.random() < 0.5:
        comment = rng.choice(phrases()["common"][f"survey_{mood}"])
    at = end + timedelta(seconds=rng.randrange(60, 900))
    if rng.random() < 0.25:
        promoter = {"negative": (0, 5), "neutral": (5, 9), "positive": (9, 11)}[mood]
        answer = Survey(metric="nps", score=rng.randrange(*promoter), comment=comment)
    else:
        answer = Survey(metric="csat", score=score, comment=comment)
    told.tell(Kind.SURVEY, at, customer, survey=answer)


def call_events(
    rng: Random, told: Told, parties: tuple[Party, Party], at: datetime, talk_s: float, mood: Mood
) -> None:
    """Tell the handling around a recorded call whose first sample is at `at`."""
    customer, agent = parties
    waited = rng.randrange(20, 400)
    queued = at - timedelta(seconds=waited)
    told.tell(Kind.STARTED, queued, customer)
    talked = max(1, round(talk_s))
    stretches = (
        (HandlingState.QUEUE, waited),
        (HandlingState.TALK, talked),
        (HandlingState.WRAP, rng.randrange(20, 120)),
    )
    told.handle(stretches, queued)
    end = at + timedelta(seconds=talked)
    told.tell(Kind.ENDED, end, agent, ended=Ending(disposition="answered", outcome=_OUTCOMES[mood]))
    survey_event(rng, told, mood, end, customer)


def _voice(
    rng: Random, told: Told, contact: Contact, agent: Party, *, busy: bool
) -> datetime | None:
    """Tell a call that was not recorded: its handling and the agent's note. None if abandoned."""
    waited = rng.randrange(400, 2400) if busy else rng.randrange(5, 240)
    if rng.random() < (0.3 if busy else 0.05):
        end = told.handle(((HandlingState.QUEUE, waited),), contact.at)
        told.tell(Kind.ENDED, end, ended=Ending(disposition="abandoned"))
        return None
    talked = rng.randrange(60, 420)
    stretches = [(HandlingState.QUEUE, waited), (HandlingState.TALK, talked)]
    if rng.random() < 0.25:
        stretches += [(HandlingState.HOLD, rng.randrange(20, 180)), (HandlingState.TALK, 45)]
    end = told.handle(stretches, contact.at)
    told.handle(((HandlingState.WRAP, rng.randrange(20, 150)),), end)
    outcome = _OUTCOMES[contact.mood]
    told.tell(Kind.ENDED, end, agent, ended=Ending(disposition="answered", outcome=outcome))
    asked, answered = contact.turns[0].text, contact.turns[1].text
    note = f"Caller: {asked} Told: {answered}"
    told.tell(Kind.NOTE, end + timedelta(seconds=15), agent, body=Body(text=note))
    return end


def _written(
    rng: Random,
    told: Told,
    contact: Contact,
    parties: tuple[Party, Party],
    *,
    busy: bool,
) -> datetime:
    at = contact.at
    for index, turn in enumerate(contact.turns):
        if index == 1:
            waited = rng.randrange(300, 2700) if busy else turn.wait_s
            at = told.handle(((HandlingState.QUEUE, waited),), at)
            talked = sum(later.wait_s for later in contact.turns[2:]) + 30
            told.handle(((HandlingState.TALK, talked),), at)
        else:
            at += timedelta(seconds=turn.wait_s)
        told.tell(Kind.MESSAGE, at, parties[turn.side == "agent"], body=Body(text=turn.text))
    answered = len(contact.turns) > 1
    outcome = _OUTCOMES[contact.mood] if answered else None
    ending = Ending(disposition="answered" if answered else "unanswered", outcome=outcome)
    at += timedelta(seconds=30)
    told.tell(Kind.ENDED, at, ended=ending)
    return at


def link_events(people: Sequence[Person], ends_on: date) -> Iterator[Event]:
    """Tell what an agent found out: two of the family are not one, and one handle is known."""
    mother, daughter = (p for p in people if p.shares == "family" and p.first != "Leo")
    at = datetime.combine(days_of(ends_on)[4], time(15, tzinfo=UTC))
    yield _link("link-1", at, Link(a=mother.crm, b=daughter.crm, verdict="different"))
    known = next(p for p in people if p.handle and not p.linked)
    yield _link("link-2", at, Link(a=known.crm, b=known.handle or "", verdict="same"))


def _link(name: str, at: datetime, link: Link) -> Event:
    said_by = Party(role=Role.AGENT, name="Kofi Lamptey")
    return Event(
        id=name,
        source="crm",
        channel=Channel.CHAT,
        kind=Kind.LINK,
        interaction=name,
        occurred_at=at,
        party=said_by,
        link=link,
    )
