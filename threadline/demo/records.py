"""What records of customers say of them, in two systems that know each other not.

Northwind has taken over Breeze, whose shop kept records of its own. Some people stand in both, with
slips, as such records have them; one of the shop's is only a namesake.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import NamedTuple

from msgspec.structs import replace

from schemas.events import Channel, Event, Kind, Party, Role
from schemas.person import Person as Details
from threadline.demo.people import Person

STREETS = (
    "Alder", "Bramble", "Cannery", "Dock", "Elm", "Ferry", "Garden", "Heron", "Ivy", "Juniper",
    "Kiln", "Lantern", "Mill", "Nettle", "Orchard", "Pier", "Quarry", "Rope", "Sluice", "Tanner",
)  # fmt: skip
POSTCODES = {"Eastbank": 4100, "Harbour": 4200, "Hillside": 4300}
TWICE = 4
"""So many stand in the records of both; one more only has another's name."""


class ShopRecord(NamedTuple):
    """A record of the shop; `of` is the customer whose it is, or None for a namesake's."""

    identifiers: tuple[str, ...]
    details: Details
    of: Person | None


def details_of(person: Person) -> Details:
    """Give what the CRM knows of one customer; a household lives in one house."""
    own = Random(f"details {person.crm}")  # noqa: S311  # a story is drawn here, no secret
    home = Random(f"home {person.shares or person.crm}")  # noqa: S311  # as above
    given, _, family = person.name.partition(" ")
    born = date(1945, 1, 1) + timedelta(days=own.randrange(60 * 365))
    return Details(
        given_name=given,
        family_name=family,
        born=born.isoformat(),
        street=f"{home.randrange(2, 190)} {home.choice(STREETS)} Street",
        postcode=f"{POSTCODES[person.area] + home.randrange(40):05d}",
        city=person.area,
    )


def shop_records(people: Sequence[Person]) -> tuple[ShopRecord, ...]:
    """List the shop's records: of customers of Breeze, each with a slip, and of one namesake."""
    alone = [one for one in people if one.brand == "Breeze" and not one.shares]
    chosen = alone[: TWICE + 1]
    slips = (_moved, _misspelt, _day_and_month_swapped, _names_swapped)
    found = [
        ShopRecord(_known_as(number, person), slip(details_of(person)), person)
        for number, (person, slip) in enumerate(zip(chosen[:TWICE], slips, strict=True))
    ]
    other = replace(
        details_of(chosen[TWICE]), born="1931-11-23", street="77 Station Road", postcode="04399"
    )
    return (*found, ShopRecord((f"account:BR-{7001 + TWICE}",), other, None))


def shop_events(people: Sequence[Person], on: date) -> Iterator[Event]:
    """Tell what the shop's records say, on the day on which they were taken over."""
    at = datetime.combine(on, time(5, tzinfo=UTC))
    for number, record in enumerate(shop_records(people)):
        yield profile_event(
            f"breeze-{number + 1}",
            "breeze-shop",
            at + timedelta(seconds=number),
            Party(role=Role.CUSTOMER, identifiers=record.identifiers),
            record.details,
            {"brand": "Breeze"},
        )


def crm_events(people: Sequence[Person], days: Sequence[date]) -> Iterator[Event]:
    """Tell what the CRM knows of each customer, on the day on which it first does."""
    for index, person in enumerate(people):
        at = datetime.combine(days[person.joined_day], time(6, tzinfo=UTC))
        yield profile_event(
            f"profile-{person.crm.partition(':')[2]}",
            "crm",
            at + timedelta(seconds=index),
            Party(role=Role.CUSTOMER, name=person.name, identifiers=person.profile()),
            details_of(person),
            {"brand": person.brand, "area": person.area, "plan": person.plan},
        )


def profile_event(
    reference: str,
    source: str,
    at: datetime,
    party: Party,
    details: Details,
    attributes: dict[str, str],
) -> Event:
    """Tell what a system's record says of a customer."""
    return Event(
        id=reference,
        source=source,
        channel=Channel.EMAIL,
        kind=Kind.PROFILE,
        interaction=reference,
        occurred_at=at,
        party=party,
        person=details,
        attributes=dict(attributes),
    )


def _known_as(number: int, person: Person) -> tuple[str, ...]:
    account = f"account:BR-{7001 + number}"
    if number % 2:
        return (account,)
    mailbox = person.name.lower().replace(" ", "")
    return account, f"email:{mailbox}@shopmail.example"


def _moved(known: Details) -> Details:
    return replace(known, street="12 Chandler Street", postcode="04290", city="Harbour")


def _misspelt(known: Details) -> Details:
    name = known.family_name or ""
    return replace(known, family_name=f"{name[:2]}{name[3]}{name[2]}{name[4:]}")


def _day_and_month_swapped(known: Details) -> Details:
    year, month, day = (known.born or "").split("-")
    return replace(known, born=f"{year}-{day}-{month}")


def _names_swapped(known: Details) -> Details:
    return replace(known, given_name=known.family_name, family_name=known.given_name)
