"""Four ordinary weeks, and the day on which a cable is cut in Eastbank."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from schemas.events import Channel
from threadline.demo.conversations import (
    Contact,
    Mood,
    choose_channel,
    choose_reason,
    make_contact,
)
from threadline.demo.people import Person
from threadline.demo.scripts import OUTAGE_DAY, STAR

DAYS = 28
WEEKDAY_CONTACTS = 104
WEEKEND_CONTACTS = 56
OUTAGE_CONTACTS = 420
OUTAGE_BEGINS = time(9, 30, tzinfo=UTC)

# Contacts per hour of the day, from 7 to 20 h UTC.
_HOURS = tuple(range(7, 21))
_BY_HOUR = (2, 5, 9, 10, 9, 7, 7, 8, 8, 7, 6, 5, 4, 2)
# Minutes after the cut, and how many of the contacts fall into the stretch before that.
_WAVES = ((15, 4), (60, 26), (150, 36), (270, 24), (390, 10))


def days_of(ends_on: date) -> list[date]:
    """List the four weeks that end on a day, which is the last of them."""
    return [ends_on - timedelta(days=back) for back in reversed(range(DAYS))]


def outage_day(ends_on: date) -> date:
    """Tell the day of the outage."""
    return ends_on - timedelta(days=OUTAGE_DAY)


def ordinary_contacts(
    rng: Random, people: Sequence[Person], ends_on: date, first_number: int
) -> list[Contact]:
    """Write what happens in four weeks without the outage; times are UTC."""
    contacts: list[Contact] = []
    for index, day in enumerate(days_of(ends_on)):
        known = [person for person in people if person.joined_day <= index]
        usual = WEEKEND_CONTACTS if day.weekday() >= 5 else WEEKDAY_CONTACTS
        for _ in range(round(rng.gauss(usual, usual * 0.06))):
            person = rng.choice(known)
            hour = rng.choices(_HOURS, _BY_HOUR)[0]
            at = datetime.combine(day, time(hour, tzinfo=UTC))
            contacts.append(
                make_contact(
                    rng,
                    first_number + len(contacts),
                    person,
                    at + timedelta(seconds=rng.randrange(3600)),
                    reason=choose_reason(rng),
                    channel=choose_channel(rng, person),
                )
            )
    return contacts


def outage_contacts(
    rng: Random, people: Sequence[Person], ends_on: date, first_number: int
) -> list[Contact]:
    """Write what Eastbank has to say while its line is cut; times are UTC."""
    affected = [person for person in people if person.area == "Eastbank"]
    cut = datetime.combine(outage_day(ends_on), OUTAGE_BEGINS)
    contacts = []
    for number in range(first_number, first_number + OUTAGE_CONTACTS):
        person = rng.choice(affected)
        begin, end = _wave(rng)
        contacts.append(
            make_contact(
                rng,
                number,
                person,
                cut + timedelta(seconds=rng.randrange(begin * 60, end * 60)),
                reason="outage",
                channel=choose_channel(rng, person),
                mood="negative" if rng.random() < 0.9 else "neutral",
            )
        )
    return contacts


def star_contacts(
    rng: Random, people: Sequence[Person], ends_on: date, first_number: int
) -> list[Contact]:
    """Write the story of the customer whom the demo shows; her two calls are recorded ones."""
    star = next(person for person in people if person.name == STAR)
    story: tuple[tuple[int, str, str, Channel, Mood], ...] = (
        (21, "10:20", "move", Channel.CHAT, "neutral"),
        (15, "14:45", "router", Channel.SMS, "neutral"),
        (12, "09:05", "billing", Channel.EMAIL, "negative"),
        (OUTAGE_DAY, "10:04", "outage", Channel.SOCIAL, "negative"),
        (OUTAGE_DAY, "10:31", "outage", Channel.SMS, "negative"),
        (2, "16:10", "refund", Channel.EMAIL, "neutral"),
        (0, "11:30", "praise", Channel.CHAT, "positive"),
    )
    return [
        make_contact(
            rng,
            first_number + index,
            star,
            datetime.combine(ends_on - timedelta(days=back), at_utc(clock)),
            reason=reason,
            channel=channel,
            mood=mood,
        )
        for index, (back, clock, reason, channel, mood) in enumerate(story)
    ]


def at_utc(clock: str) -> time:
    """Read a time of day such as 10:04 as UTC."""
    return time.fromisoformat(clock).replace(tzinfo=UTC)


def _wave(rng: Random) -> tuple[int, int]:
    ends = [end for end, _ in _WAVES]
    index = rng.choices(range(len(_WAVES)), [share for _, share in _WAVES])[0]
    return (ends[index - 1] if index else 0), ends[index]
