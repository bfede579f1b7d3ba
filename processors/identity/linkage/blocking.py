"""Find the pairs that are worth comparing; their number grows with the customers, not its square.

Two customers become a pair when they agree on one of several keys. Where a key is so common that
its block is large, the block is sorted by name and only neighbours become pairs (sorted
neighbourhood: Hernandez and Stolfo 1995).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from processors.identity.linkage.fields import Subject

LARGEST_BLOCK = 16
NEIGHBOURS = 5
_SOUND = str.maketrans("bfpvcgjkqsxzdtlmnr", "111122222222334556")

Keys = Callable[[Subject], Iterator[str]]
Pairs = NDArray[np.int64]


def candidates(subjects: Sequence[Subject]) -> Pairs:
    """List pairs of positions (smaller first) [n, 2], each once, in order."""
    size = len(subjects)
    names = [sorting_of(subject) for subject in subjects]
    parts = [np.empty(0, np.int64)]
    for keys in _KEYS:
        blocks: dict[str, list[int]] = {}
        for place, subject in enumerate(subjects):
            for key in dict.fromkeys(keys(subject)):
                blocks.setdefault(key, []).append(place)
        parts.append(np.fromiter(_packed(blocks, names, size), np.int64))
    found = np.unique(np.concatenate(parts))
    return np.stack(np.divmod(found, max(size, 1)), axis=1)


def _packed(blocks: dict[str, list[int]], names: Sequence[str], size: int) -> Iterator[int]:
    for members in blocks.values():
        reach = len(members)
        if reach > LARGEST_BLOCK:
            members.sort(key=names.__getitem__)
            reach = NEIGHBOURS + 1
        for at, one in enumerate(members):
            for other in members[at + 1 : at + reach]:
                yield one * size + other if one < other else other * size + one


def keys_of(subject: Subject) -> tuple[str, ...]:
    """List all keys of one customer, each once; those of different kinds never meet."""
    return tuple(
        dict.fromkeys(
            f"{number} {key}" for number, keys in enumerate(_KEYS) for key in keys(subject)
        )
    )


def sorting_of(subject: Subject) -> str:
    """Give what orders the customers of a large block, so that like ones are neighbours."""
    given, family = subject.names[0] if subject.names else ("", "")
    born = subject.born[0] if subject.born else ""
    city = subject.addresses[0][2] if subject.addresses else ""
    return f"{family} {given} {born} {city}"


def _full_name(subject: Subject) -> Iterator[str]:
    for name in subject.names:
        if all(name):
            yield " ".join(sorted(name))


def _sounding_name(subject: Subject) -> Iterator[str]:
    for given, family in subject.names:
        if given and family:
            yield " ".join(sorted((sound(given), sound(family))))


def _family(subject: Subject) -> Iterator[str]:
    return (family for _, family in subject.names if family)


def _given(subject: Subject) -> Iterator[str]:
    return (given for given, _ in subject.names if given)


def _birth(subject: Subject) -> Iterator[str]:
    return iter(subject.born)


def _birth_parts(subject: Subject) -> Iterator[str]:
    """Give two of three parts of a date, with the initial of a name."""
    for born in subject.born:
        year, month, day = born[:4], born[4:6], born[6:]
        for initial in _initials(subject):
            yield f"{initial} {year}{min(month, day)}{max(month, day)}"
            yield f"{initial} -{month}{day}"
            yield f"{initial} {year}-{day}"
            yield f"{initial} {year}{month}-"


def _name_and_year(subject: Subject) -> Iterator[str]:
    for name in subject.names:
        for born in subject.born:
            for part in name:
                if part:
                    yield f"{sound(part)} {born[:4]}"


def _name_and_city(subject: Subject) -> Iterator[str]:
    for name in subject.names:
        for _, _, city in subject.addresses:
            for part in name:
                if part and city:
                    yield f"{part} {city}"


def _postcode(subject: Subject) -> Iterator[str]:
    for _, postcode, _ in subject.addresses:
        if postcode:
            for initial in _initials(subject):
                yield f"{initial} {postcode}"


def _street(subject: Subject) -> Iterator[str]:
    return (street for street, _, _ in subject.addresses if street)


def _mailbox(subject: Subject) -> Iterator[str]:
    for email in subject.emails:
        mailbox = email.rpartition("@")[0]
        yield "".join(sign for sign in mailbox if sign.isalnum())


def _initials(subject: Subject) -> set[str]:
    return {part[0] for name in subject.names for part in name if part}


def sound(word: str) -> str:
    """Write a word as it begins and sounds: its first letter and three groups of consonants."""
    code, last = word[:1], ""
    for digit in word[1:].translate(_SOUND):
        if digit.isdigit() and digit != last:
            code += digit
        last = digit if digit not in "hw" else last
        if len(code) == 4:
            break
    return code


_KEYS: tuple[Keys, ...] = (
    _full_name,
    _sounding_name,
    _family,
    _given,
    _birth,
    _birth_parts,
    _name_and_year,
    _name_and_city,
    _postcode,
    _street,
    _mailbox,
)
