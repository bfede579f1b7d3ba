"""What is compared: names, birth, addresses and emails, each written one way."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from processors.identity.identifiers import plus_base, type_of
from schemas.person import Person

MOST_VALUES = 8
"""Of each field of one customer; comparing all with all must stay cheap."""
_NAMING = ("crm", "account", "email", "phone", "handle")
_TITLES = frozenset(
    ["mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir", "dame", "herr", "frau", "mme"]
)
_WORD = re.compile(r"[^\W_]+")
_NAME_WORD = re.compile(r"[^\W\d_]+")
_ISO = re.compile(r"(\d{4})\D?(\d{2})\D?(\d{2})(?:[T ].*)?")
_DAY_FIRST = re.compile(r"(\d{1,2})\D(\d{1,2})\D(\d{4})")

V = TypeVar("V")

Name = tuple[str, str]
Address = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Subject:
    """One customer as the linkage sees him; every field may have several values, or none.

    `names` are (given, family), `born` is YYYYMMDD, `addresses` are (street, postcode, city),
    `emails` are addresses without their plus part; a part that is not known is empty.
    """

    key: str
    names: tuple[Name, ...] = ()
    born: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()
    emails: tuple[str, ...] = ()

    @property
    def is_described(self) -> bool:
        """Tell whether there is anything but email to compare."""
        return bool(self.names or self.born or self.addresses)


def subject_of(key: str, identifiers: Iterable[str], persons: Iterable[Person]) -> Subject:
    """Gather what is known of one customer, whoever said it."""
    told = sorted(set(persons), key=lambda one: tuple(value or "" for value in _values(one)))
    emails = (plus_base(one).partition(":")[2] for one in identifiers if type_of(one) == "email")
    return Subject(
        key=key,
        names=_several(name_of(one) for one in told),
        born=_several(date_of(one.born or "") for one in told),
        addresses=_several(address_of(one) for one in told),
        emails=_several(sorted(emails)),
    )


def ranked(identifiers: Iterable[str]) -> list[str]:
    """Sort identifiers, the one first that says best whom a record is about."""
    return sorted(identifiers, key=lambda one: (_rank(type_of(one)), one))


def _rank(type_name: str) -> int:
    return _NAMING.index(type_name) if type_name in _NAMING else len(_NAMING)


def name_of(person: Person) -> Name | None:
    """Write a name as (given, family), plain letters in lower case; None when there is none."""
    if person.given_name or person.family_name:
        given, family = _name_words(person.given_name), _name_words(person.family_name)
        return (" ".join(given), " ".join(family)) if given or family else None
    text = person.name or ""
    if "@" in text:
        return None
    last, comma, first = text.partition(",")
    words = _name_words(f"{first} {last}" if comma else text)
    if not words:
        return None
    return (words[0], "") if len(words) == 1 else (words[0], words[-1])


def date_of(text: str) -> str | None:
    """Write a date as YYYYMMDD; of two readings the day comes first. None when it is none."""
    iso = _ISO.fullmatch(text.strip())
    if iso is not None:
        return "".join(iso.groups())
    day_first = _DAY_FIRST.fullmatch(text.strip())
    if day_first is None:
        return None
    day, month, year = day_first.groups()
    if int(month) > 12:
        day, month = month, day
    return f"{year}{int(month):02d}{int(day):02d}"


def address_of(person: Person) -> Address | None:
    """Write an address as (street, postcode, city); None when nothing is known of it."""
    street = " ".join(_WORD.findall(plain(person.street)))
    postcode = "".join(_WORD.findall(plain(person.postcode)))
    city = " ".join(_WORD.findall(plain(person.city)))
    return (street, postcode, city) if street or postcode or city else None


def plain(text: str | None) -> str:
    """Write text in lower case without accents."""
    if not text:
        return ""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in parts if not unicodedata.combining(sign))


def _name_words(text: str | None) -> list[str]:
    # An apostrophe joins: O'Brien is one word.
    words = _NAME_WORD.findall(plain(text).replace("'", "").replace("\u2019", ""))
    return [word for word in words if word not in _TITLES] or words


def _several(values: Iterable[V | None]) -> tuple[V, ...]:
    return tuple(dict.fromkeys(value for value in values if value))[:MOST_VALUES]


def _values(person: Person) -> tuple[str | None, ...]:
    return (
        person.name, person.given_name, person.family_name, person.born,
        person.street, person.postcode, person.city,
    )  # fmt: skip
