"""Compare two customers field by field, and say how far each agrees."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

from processors.identity.linkage.fields import Address, Name, Subject
from processors.identity.linkage.similarity import edits, jaro_winkler, most_alike, short_form

V = TypeVar("V")

MISSING = -1
Pattern = tuple[int, ...]
"""A level per field in the order of `FIELDS`; `MISSING` where a side says nothing."""

SIMILAR_NAME = 0.80
CLOSE_NAME = 0.90
CLOSE_CITY = 0.88
CLOSE_STREET = 0.90
SIMILAR_MAILBOX = 0.88
AREA = 2
"""Signs at the start of a postcode that name a wider area everywhere."""
SHORTEST_AREA = 4


class Field(NamedTuple):
    """A field that is compared.

    `levels` are named from disagreement to agreement. `matched` and `random` say how often two
    records of one person, and of two people, come out so: where to begin, and what to hold to as
    long as there is little data. `rare_from` is the level from which on rare values count more.
    """

    name: str
    levels: tuple[str, ...]
    matched: tuple[float, ...]
    random: tuple[float, ...]
    rare_from: int


FIELDS = (
    Field(
        "given name",
        ("different", "similar", "close or a short form", "the same"),
        (0.10, 0.05, 0.15, 0.70),
        (0.94, 0.035, 0.015, 0.010),
        3,
    ),
    Field(
        "family name",
        ("different", "similar", "close", "the same"),
        (0.08, 0.05, 0.12, 0.75),
        (0.965, 0.025, 0.005, 0.005),
        3,
    ),
    Field(
        "date of birth",
        ("different", "two of day, month and year the same", "one slip apart", "the same"),
        (0.05, 0.05, 0.10, 0.80),
        (0.97, 0.0282, 0.0015, 0.0003),
        3,
    ),
    Field(
        "address",
        (
            "different",
            "about the same area",
            "the same city",
            "the same area",
            "the same postcode",
            "the same street",
        ),
        (0.20, 0.05, 0.15, 0.05, 0.15, 0.40),
        (0.90, 0.05, 0.0395, 0.005, 0.005, 0.0005),
        2,
    ),
    Field(
        "email",
        ("different", "similar mailboxes", "one or two slips apart", "the same but for a plus"),
        (0.50, 0.15, 0.30, 0.05),
        (0.9929, 0.006, 0.001, 0.0001),
        4,
    ),
)
GIVEN, FAMILY, BORN, ADDRESS, EMAIL = range(len(FIELDS))
SAME_STREET = 5
CLOSE = 2
"""From this level on names agree."""


class Compared(NamedTuple):
    """How two customers compare; `shared` are the values that agree, for what they are worth."""

    pattern: Pattern
    shared: tuple[str, ...]


def compare(one: Subject, other: Subject) -> Compared:
    """Compare two customers; of several values the pair that agrees best counts."""
    given, family, given_value, family_value = _names(one.names, other.names)
    born, born_value = _best(_born, one.born, other.born)
    address, address_value = _best(_address, one.addresses, other.addresses)
    email, email_value = _best(_email, one.emails, other.emails)
    return Compared(
        (given, family, born, address, email),
        (given_value, family_value, born_value, address_value, email_value),
    )


def _best(
    level: Callable[[V, V], tuple[int, str]], some: Iterable[V], others: tuple[V, ...]
) -> tuple[int, str]:
    best = (MISSING, "")
    for a in some:
        for b in others:
            found = level(a, b)
            if found[0] > best[0]:
                best = found
    return best


def _names(some: tuple[Name, ...], others: tuple[Name, ...]) -> tuple[int, int, str, str]:
    best = (MISSING, MISSING, "", "")
    for a in some:
        for b in others:
            found = _name(a, b)
            if found[0] + found[1] > best[0] + best[1]:
                best = found
    return best


def _name(a: Name, b: Name) -> tuple[int, int, str, str]:
    if a == b:
        given, family = (3 if part else MISSING for part in a)
        return given, family, a[0], a[1]
    given, family = _name_part(a[0], b[0]), _name_part(a[1], b[1])
    if given < 2 and a[0] and b[0] and short_form(a[0], b[0]):
        given = 2
    straight = (given, family, a[0], a[1])
    if given >= 2 or family >= 2:
        return straight
    # Given and family name in each other's place: nearly as good as the same.
    first, second = _name_part(a[0], b[1]), _name_part(a[1], b[0])
    if first + second > given + family and max(first, second) >= 2:
        return min(first, 2), min(second, 2), "", ""
    return straight


def _name_part(a: str, b: str) -> int:
    if not a or not b:
        return MISSING
    if a == b:
        return 3
    if most_alike(a, b) < SIMILAR_NAME:
        return 0
    alike = jaro_winkler(a, b)
    if alike >= CLOSE_NAME:
        return 2
    return 1 if alike >= SIMILAR_NAME else 0


def _born(a: str, b: str) -> tuple[int, str]:
    if a == b:
        return 3, a
    if a[:4] == b[:4] and a[4:6] == b[6:] and a[6:] == b[4:6]:
        return 2, ""
    # Both have eight digits, so a slip changes one or swaps two neighbours.
    wrong = [place for place in range(len(a)) if a[place] != b[place]]
    if len(wrong) == 1:
        return 2, ""
    if len(wrong) == 2:
        one, other = wrong
        swapped = other == one + 1 and a[one] == b[other] and a[other] == b[one]
        return (2 if swapped else 1), ""
    parts = (a[:4] == b[:4]) + (a[4:6] == b[4:6]) + (a[6:] == b[6:])
    return int(parts == 2), ""


def _address(a: Address, b: Address) -> tuple[int, str]:
    (street, postcode, city), (street2, postcode2, city2) = a, b
    if not (street and street2) and not (postcode and postcode2) and not (city and city2):
        return MISSING, ""
    near = _near_postcode(postcode, postcode2)
    town = _city(city, city2)
    # One name of a street stands in many cities.
    nowhere = not (postcode and postcode2) and not (city and city2)
    beside = near >= 1 or town == 2 or (town == 1 and not (postcode and postcode2)) or nowhere
    if beside and street and street2 and _same_street(street, street2):
        return SAME_STREET, street
    if near == 3:
        return 4, postcode
    if near == 2 or (near == 1 and town >= 1):
        return 3, postcode[:AREA]
    if town == 2:
        return 2, city
    return int(town == 1 or near == 1), ""


def _same_street(a: str, b: str) -> bool:
    if a == b:
        return True
    numbers = [{word for word in text.split() if word[0].isdigit()} for text in (a, b)]
    if numbers[0] and numbers[1] and numbers[0].isdisjoint(numbers[1]):
        return False
    return most_alike(a, b) >= CLOSE_STREET and jaro_winkler(a, b) >= CLOSE_STREET


def _near_postcode(a: str, b: str) -> int:
    """Give 3 for the same, 2 for one slip apart, 1 for the same area, 0 for others or none."""
    if not a or not b:
        return 0
    if a == b:
        return 3
    if edits(a, b, 2) == 1:
        return 2
    return int(min(len(a), len(b)) >= SHORTEST_AREA and a[:AREA] == b[:AREA])


def _city(a: str, b: str) -> int:
    if not a or not b:
        return 0
    if a == b:
        return 2
    return int(most_alike(a, b) >= CLOSE_CITY and jaro_winkler(a, b) >= CLOSE_CITY)


def _email(a: str, b: str) -> tuple[int, str]:
    if a == b:
        return 3, a
    if edits(a, b) <= 2:
        return 2, ""
    mailbox, _, domain = a.rpartition("@")
    mailbox2, _, domain2 = b.rpartition("@")
    if jaro_winkler(mailbox, mailbox2) >= SIMILAR_MAILBOX and jaro_winkler(domain, domain2) >= 0.8:
        return 2, ""
    return (1 if jaro_winkler(mailbox, mailbox2) >= SIMILAR_MAILBOX else 0), ""
