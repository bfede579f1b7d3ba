"""People who do not exist, told of twice: once as they are, and once with slips."""

from __future__ import annotations

import random
from collections.abc import Sequence

from processors.identity.linkage.table import Record
from schemas.person import Person

_BEGIN = "ba be bi bo da de di do fa fe ga go ha ka ke la le li lo ma me mi na ne no pa pe ra re ri"
_END = "bert dan fried gar hart lan lin mar mond na ra ria ron sa son ta tor vin wen"
GIVEN = [a + b for a in _BEGIN.split()[::2] for b in _END.split()[::2]]
FAMILY = [a + b + c for a in _BEGIN.split() for b in ("l", "r", "m", "nt") for c in _END.split()]
CITIES = [f"{a}{b}ton" for a in _BEGIN.split()[:10] for b in ("r", "l", "n")]


def people(count: int, again: float, seed: int = 7) -> tuple[list[Record], list[str]]:
    """Make `count` people, a share of them told of again with slips; give each row's person."""
    dice = random.Random(seed)
    records: list[Record] = []
    truth: list[str] = []
    for number in range(count):
        row = _person(dice)
        records.append(_record(len(records), row))
        truth.append(str(number))
        if dice.random() < again:
            records.append(_record(len(records), [_slip(text, dice) for text in row]))
            truth.append(str(number))
    return records, truth


def _person(dice: random.Random) -> list[str]:
    born = f"{dice.randint(1940, 2004)}-{dice.randint(1, 12):02d}-{dice.randint(1, 28):02d}"
    street = f"{dice.randint(1, 180)} {dice.choice(FAMILY)} street"
    return [_often(GIVEN, dice), _often(FAMILY, dice), born, street, _often(CITIES, dice)]


def _often(texts: Sequence[str], dice: random.Random) -> str:
    """Choose as names are given: some to many people, most to few."""
    return texts[int(len(texts) * dice.random() ** 2)]


def _slip(text: str, dice: random.Random) -> str:
    chance = dice.random()
    if chance < 0.10:
        return ""
    if chance < 0.35:
        at = dice.randrange(len(text) - 1)
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text


def _record(number: int, row: Sequence[str]) -> Record:
    given, family, born, street, city = (text or None for text in row)
    person = Person(given_name=given, family_name=family, born=born, street=street, city=city)
    return Record(str(number), person, ())
