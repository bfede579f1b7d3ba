"""Proposals among 10k, 100k and 1 million customers: time, pairs and memory of one run.

Run `python -m tests.bench.bench_linkage`. Everybody has a name and an address, most a date of
birth; names, streets and cities are as frequent as in life, some with many people and most with
few. One in twenty is there twice, with a slip. Each size runs in a process of its own; memory is
the highest of that.
"""

from __future__ import annotations

import argparse
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from processors.identity.clusters import customer_id
from processors.identity.linkage.proposals import run, subjects_of
from schemas.identity import Customer
from schemas.ids import derive
from schemas.person import Description, Person

SIZES = (10_000, 100_000, 1_000_000)
AT = datetime(2026, 11, 2, tzinfo=UTC)
TWICE = 0.05
_SYLLABLES = [a + b for a in "bdfghklmnprstvw" for b in ("a", "e", "i", "o", "u", "an", "er", "il")]


class Names:
    """Words of which the n-th is as frequent as 1 / (n + 5) says."""

    def __init__(self, dice: random.Random, kinds: int, syllables: int) -> None:
        made = {"".join(dice.choices(_SYLLABLES, k=syllables)) for _ in range(kinds)}
        self._words = sorted(made)
        dice.shuffle(self._words)
        total, self._up_to = 0.0, list[float]()
        for n in range(len(self._words)):
            total += 1 / (n + 5)
            self._up_to.append(total)

    def some(self, dice: random.Random) -> str:
        """Choose one."""
        return dice.choices(self._words, cum_weights=self._up_to)[0]


def people(count: int, seed: int = 7) -> Iterator[Person]:
    """Make so many persons, some of whom are there twice."""
    dice = random.Random(seed)
    given, family = Names(dice, 3_000, 2), Names(dice, 60_000, 3)
    street, city = Names(dice, 30_000, 3), Names(dice, 3_000, 3)
    made = 0
    while made < count:
        born = date(1935, 1, 1) + timedelta(days=dice.randrange(70 * 365))
        lives_in = city.some(dice)
        one = Person(
            given_name=given.some(dice),
            family_name=family.some(dice),
            born=born.isoformat() if dice.random() < 0.8 else None,
            street=f"{street.some(dice)} street {dice.randrange(1, 200)}",
            postcode=f"{int(derive(lives_in)[:4], 16):05}{dice.randrange(9)}",
            city=lives_in,
        )
        yield one
        made += 1
        if made < count and dice.random() < TWICE:
            yield _slipped(one, dice)
            made += 1


def _slipped(one: Person, dice: random.Random) -> Person:
    name = one.family_name or ""
    at = dice.randrange(len(name) - 1)
    slip = name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    return Person(
        given_name=one.given_name,
        family_name=slip,
        born=one.born,
        street=one.street if dice.random() < 0.5 else None,
        postcode=one.postcode,
        city=one.city,
    )


def told(count: int) -> tuple[list[Customer], list[Description]]:
    """Make customers, and what one record says of each."""
    customers, descriptions = list[Customer](), list[Description]()
    for n, person in enumerate(people(count)):
        own = (f"crm:{n}", f"phone:+1{2_000_000_000 + n}")
        id = customer_id("acme", own[0])
        customers.append(Customer(id=id, tenant="acme", identifiers=own, since=AT))
        descriptions.append(
            Description(id=derive(n), tenant="acme", identifiers=own, person=person)
        )
    return customers, descriptions


def measure(count: int) -> None:
    """Run once, and print a row."""
    customers, descriptions = told(count)
    given = _memory()
    began = time.process_time()
    subjects = subjects_of(customers, descriptions)
    gathered = time.process_time()
    found = run("acme", subjects, at=AT).found
    took = time.process_time()
    print(
        f"{count:>9,}  {gathered - began:>8.1f}  {took - gathered:>8.1f}  {found.pairs:>11,}"
        f"  {found.pairs / count:>7.1f}  {(took - began) / count * 1e6:>9.0f}"
        f"  {len(found.proposals):>9,}  {given:>8,.0f}  {_memory():>8,.0f}",
        flush=True,
    )


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    sizes = arguments.parse_args().sizes
    if len(sizes) == 1:
        measure(sizes[0])
        return
    print(
        "customers  gather s     run s        pairs    each  us / each  proposals"
        "  given MB  top MB",
        flush=True,
    )
    for size in sizes:
        command = [sys.executable, "-m", "tests.bench.bench_linkage", "--sizes", str(size)]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
