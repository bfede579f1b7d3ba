"""What customers and agents say to each other in writing, put together from phrases."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from random import Random
from typing import Literal

from schemas.events import Channel
from threadline.demo.people import Agent, Person, agents_of

Mood = Literal["negative", "neutral", "positive"]
Side = Literal["customer", "agent"]
MOODS: tuple[Mood, ...] = ("negative", "neutral", "positive")

# Weight among ordinary contacts, then the weights of the three moods.
REASONS: Mapping[str, tuple[int, tuple[int, int, int]]] = {
    "outage": (2, (70, 25, 5)),
    "router": (18, (35, 50, 15)),
    "billing": (17, (28, 62, 10)),
    "refund": (7, (40, 45, 15)),
    "cancel": (5, (55, 40, 5)),
    "upgrade": (11, (5, 60, 35)),
    "move": (8, (10, 75, 15)),
    "engineer": (9, (30, 45, 25)),
    "price": (5, (40, 50, 10)),
    "account": (11, (20, 70, 10)),
    "praise": (7, (0, 0, 100)),
}
_CHANNELS: Mapping[Channel, int] = {
    Channel.VOICE: 26,
    Channel.CHAT: 30,
    Channel.EMAIL: 20,
    Channel.SMS: 13,
    Channel.SOCIAL: 11,
}
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


@dataclass(frozen=True)
class Turn:
    """One message; `wait_s` seconds after the one before."""

    side: Side
    text: str
    wait_s: int = 0


@dataclass(frozen=True)
class Contact:
    """One interaction to be written down. `number` makes its reference unique."""

    number: int
    person: Person
    agent: Agent
    channel: Channel
    reason: str
    queue: str
    mood: Mood
    at: datetime
    subject: str
    turns: tuple[Turn, ...]

    @property
    def reference(self) -> str:
        """Give the name that the source system has for it."""
        return f"{self.channel}-{self.number:05d}"


@cache
def phrases() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Read the phrases of every reason, and `common`."""
    text = Path(__file__).with_name("phrases.toml").read_text("utf-8")
    return tomllib.loads(text)


def queue_of(reason: str) -> str:
    """Tell which queue works on a reason."""
    return str(phrases()[reason]["queue"])


def choose_reason(rng: Random) -> str:
    """Draw the reason of an ordinary contact."""
    return rng.choices(list(REASONS), [weight for weight, _ in REASONS.values()])[0]


def choose_channel(rng: Random, person: Person) -> Channel:
    """Draw a channel; nobody writes in public without a handle."""
    channel = rng.choices(list(_CHANNELS), list(_CHANNELS.values()))[0]
    return Channel.CHAT if channel is Channel.SOCIAL and not person.handle else channel


def make_contact(
    rng: Random,
    number: int,
    person: Person,
    at: datetime,
    *,
    reason: str,
    channel: Channel,
    mood: Mood | None = None,
) -> Contact:
    """Write one contact of a person; the mood is drawn by the reason unless it is given."""
    felt = mood or rng.choices(MOODS, REASONS[reason][1])[0]
    agent = rng.choice(agents_of(queue_of(reason)))
    slots = _slots(rng, person, agent, at)
    said = phrases()[reason]
    turns = _turns(rng, said, phrases()["common"], felt, channel)
    return Contact(
        number=number,
        person=person,
        agent=agent,
        channel=channel,
        reason=reason,
        queue=queue_of(reason),
        mood=felt,
        at=at,
        subject=rng.choice(said["subjects"]).format_map(slots),
        turns=tuple(Turn(t.side, t.text.format_map(slots), t.wait_s) for t in turns),
    )


def _slots(rng: Random, person: Person, agent: Agent, at: datetime) -> dict[str, object]:
    times = rng.choice((2, 3, 4))
    return {
        "first": person.first,
        "agent": agent.name.split()[0],
        "plan": person.plan,
        "area": person.area,
        "amount": rng.randrange(5, 65),
        "n": times,
        "nth": ("second", "third", "fourth")[times - 2],
        "years": rng.randrange(2, 13),
        "weekday": rng.choice(_WEEKDAYS),
        "clock": f"{max(6, at.hour - rng.randrange(1, 3))}:{rng.choice(('00', '15', '30', '40'))}",
        "hours": rng.randrange(2, 6),
        "minutes": rng.randrange(15, 60),
        "later": rng.choice(("3 pm", "4 pm", "this evening")),
    }


def _turns(
    rng: Random,
    said: Mapping[str, Sequence[str]],
    common: Mapping[str, Sequence[str]],
    mood: Mood,
    channel: Channel,
) -> list[Turn]:
    opening = rng.choice(said[mood] or said["positive"])
    if rng.random() < 0.45:
        opening = f"{opening} {rng.choice(said['details'])}"
    if channel is Channel.CHAT and rng.random() < 0.5:
        opening = f"{rng.choice(common['greetings'])}! {opening}"
    if channel is Channel.SOCIAL:
        opening = f"@northwind {opening}"
        if rng.random() < 0.3:
            return [Turn("customer", opening)]
    answer = rng.choice(said["answers"])
    if channel is Channel.CHAT:
        answer = f"{rng.choice(common['agent_hellos'])} {answer}"
    turns = [Turn("customer", opening), Turn("agent", answer, rng.randrange(30, 240))]
    if rng.random() < (0.6 if channel is Channel.CHAT else 0.3):
        after: Mood = "positive" if mood == "negative" and rng.random() < 0.25 else mood
        follow = rng.choice(common[f"follow_{after}"])
        turns.append(Turn("customer", follow, rng.randrange(20, 180)))
        if channel is Channel.CHAT and rng.random() < 0.5:
            turns.append(Turn("agent", rng.choice(common["closings"]), rng.randrange(10, 60)))
    return turns
