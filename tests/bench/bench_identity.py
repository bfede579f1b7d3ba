"""One identity writer on the embedded store, with 10k, 100k and 1 million identifiers.

Run `python -m tests.bench.bench_identity`. A stream of evidence is read from the log, resolved and
committed exactly as the embedded runner does it. *Filling* is evidence about people who are new;
*mixed* is what a running contact centre gives at that size: contacts of one to five messages, side
by side, four in five of somebody who is known, picked at random over all of them, one in five of a
new person or with a new identifier. Nobody is picked twice in one measurement, and every town fills
in 300 days: else little would be news where people are few. Numbers and addresses come in no order,
as in life.

*Flat* compares the mixed stream, per second of CPU: it says what an event costs at each size beside
what it costs at the smallest. By wall time a busy machine would be measured. Memory is the highest
of the process so far. With `--check`, customers are compared at the end with the batch answer from
the same evidence: they must be equal.
"""

from __future__ import annotations

import argparse
import gc
import random
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from msgspec.structs import replace

from infra.log.base import NewRecord
from infra.log.sqlite import SqliteLog
from infra.search.memory import MemorySearch
from infra.sqlite import Database
from infra.store.sqlite import SqliteStore
from infra.store.sqlite_reader import SqliteViews
from processors.identity.clusters import clusters
from processors.identity.rules import Rules
from schemas.base import decode, encode
from schemas.identity import Customer, Evidence, Strength
from schemas.ids import derive
from streams.delivery import Backend, Delivery
from streams.stages.resolve import resolve

START = datetime(2022, 1, 1, tzinfo=UTC)
SIZES = (10_000, 100_000, 1_000_000)
MEASURED = 8_000
BLOCK = 500
"""People among whom numbers and devices are shared; evidence never leaves a block."""
FILLED_IN_S = 300 * 86_400
"""Else the people of a larger town would have been silent for longer, and each word be news."""
AT_ONCE = 200
"""Contacts that go on at the same time."""


NUMBERS, STRIDE = 8_000_000_000, 1_234_567_891
"""People's numbers go round in strides, so that neighbours in time are none in the tables."""


class Town:
    """People with identifiers, who make contact, share lines and are told apart."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self.people: list[list[str]] = []
        self.identifiers = 0
        self._second = 0.0
        self._step = 1.0
        self._deck: list[int] = []

    def filling(self, identifiers: int) -> Iterator[Evidence]:
        """Tell of new people until there are so many identifiers, in the same time at any size."""
        self._step = FILLED_IN_S / max(identifiers - self.identifiers, 1)
        while self.identifiers < identifiers:
            yield from self._new_person()

    def mixed(self, events: int) -> Iterator[Evidence]:
        """Tell of contacts with people who are known, and with some who are new."""
        open_contacts: list[list[Evidence]] = []
        self._step = 1.0
        self._deck = self._dice.sample(range(len(self.people)), min(events, len(self.people)))
        for _ in range(events):
            if len(open_contacts) < AT_ONCE:
                open_contacts.append(self._messages())
            place = self._dice.randrange(len(open_contacts))
            told = open_contacts[place].pop()
            if not open_contacts[place]:
                open_contacts[place] = open_contacts[-1]
                open_contacts.pop()
            self._second += 1
            yield replace(told, at=self._now())

    def _messages(self) -> list[Evidence]:
        dice = self._dice.random()
        if dice < 0.1:
            told = list(self._new_person())
        elif dice < 0.2:
            told = [self._new_identifier()]
        else:
            told = [self._contact()]
        return told[-1:] * self._dice.randrange(5) + told

    def _new_person(self) -> Iterator[Evidence]:
        number = len(self.people)
        scattered = number * STRIDE % NUMBERS
        own = [f"phone:+1{2_000_000_000 + scattered}", f"email:p{scattered}@example.com"]
        if self._dice.random() < 0.6:
            own.append(f"crm:{number}")
        self.people.append(own)
        self.identifiers += len(own)
        strength = Strength.PROFILE if len(own) > 2 else Strength.STATED
        for a, b in pairwise(own):
            yield self._told(a, b, strength)

    def _new_identifier(self) -> Evidence:
        number, own = self._somebody()
        made = f"cookie:{number}-{len(own)}"
        own.append(made)
        self.identifiers += 1
        return self._told(own[0], made, Strength.OBSERVED)

    def _contact(self) -> Evidence:
        number, own = self._somebody()
        dice = self._dice.random()
        if dice < 0.5:
            one = self._dice.choice(own)
            return self._told(one, one, Strength.STATED)
        if dice < 0.97 or len(own) < 2:
            return self._told(own[0], own[1], Strength.STATED)
        block = number // BLOCK * BLOCK
        other = self.people[min(block + self._dice.randrange(BLOCK), len(self.people) - 1)]
        if dice < 0.98:
            return self._told(f"cookie:kiosk-{block}-{number % 40}", own[1], Strength.OBSERVED)
        if dice < 0.99:
            return self._told(own[1], other[0], Strength.STATED)
        return self._told(own[0], other[1], Strength.MANUAL, different=True)

    def _somebody(self) -> tuple[int, list[str]]:
        number = self._deck.pop() if self._deck else self._dice.randrange(len(self.people))
        return number, self.people[number]

    def _told(self, a: str, b: str, strength: Strength, *, different: bool = False) -> Evidence:
        a, b = sorted((a, b))
        self._second += self._step
        return Evidence(
            id=derive("bench", a, b, int(strength), different),
            tenant="acme",
            a=a,
            b=b,
            kind="different" if different and a != b else "same",
            strength=strength,
            source="bench",
            at=self._now(),
            withdrawn=strength is Strength.OBSERVED and self._dice.random() < 0.01,
        )

    def _now(self) -> datetime:
        return START + timedelta(seconds=self._second)


class Writer:
    """The one writer of identity, on a file of its own."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path)
        self._database.migrate()
        self._log = SqliteLog(self._database)
        store = SqliteStore(self._database)
        self._stage = resolve(Rules())
        self._delivery = Delivery(self._stage, Backend(self._log, store, MemorySearch()), lambda: 0)
        self._positions = store.positions(self._stage.name)
        self._count = 0

    def take(self, evidence: Iterator[Evidence]) -> tuple[float, float]:
        """Append evidence, resolve all of it; give events per second by wall and by CPU time."""
        records = []
        for one in evidence:
            self._count += 1
            records.append(NewRecord("evidence", "acme", f"e{self._count}", 0, encode(one)))
            if len(records) == 50_000:
                self._log.append(records)
                records = []
        self._log.append(records)
        gc.freeze()  # the town is the bench's: the writer's collections shall not go through it
        done, wall, cpu = 0, time.perf_counter(), time.process_time()
        while batch := self._delivery.read(self._positions):
            self._positions = self._delivery.deliver(batch, self._positions, {})
            done += len(batch)
        return done / (time.perf_counter() - wall), done / (time.process_time() - cpu)

    def evidence(self) -> Iterator[Evidence]:
        """Read back all evidence."""
        for data in self._log.values("evidence", "acme"):
            yield decode(data, Evidence)


def check(writer: Writer, path: Path) -> tuple[int, int]:
    """Compare what people read with the batch answer; give the events and customers compared."""
    blocks: dict[int, list[Evidence]] = {}
    count = 0
    for one in writer.evidence():
        blocks.setdefault(_block(one), []).append(one)
        count += 1
    found: dict[str, Customer] = {one.id: one for one in SqliteViews(path).customers("acme")}
    customers = 0
    for evidence in blocks.values():
        for customer in clusters(evidence, Rules()):
            if found.pop(customer.id) != customer:
                raise SystemExit(f"{customer.id} is not what the batch computes")
            customers += 1
    if found:
        raise SystemExit(f"{len(found)} customers are there that the batch does not know")
    return count, customers


def _block(one: Evidence) -> int:
    kind, _, value = one.a.partition(":")
    back = pow(STRIDE, -1, NUMBERS)
    number = {
        "phone": lambda: (int(value) - 12_000_000_000) * back % NUMBERS,
        "email": lambda: int(value.partition("@")[0][1:]) * back % NUMBERS,
        "crm": lambda: int(value),
        "cookie": lambda: int(value.removeprefix("kiosk-").partition("-")[0]),
    }[kind]()
    return number // BLOCK


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    arguments.add_argument("--measured", type=int, default=MEASURED)
    arguments.add_argument("--check", action="store_true")
    given = arguments.parse_args()
    town = Town(seed=7)
    print("identifiers   filling/s  per CPU s   mixed/s  per CPU s  flat   memory MB   file MB")
    smallest = 0.0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "identity.db"
        writer = Writer(path)
        for size in given.sizes:
            filled, filled_cpu = writer.take(town.filling(size))
            wall, cpu = writer.take(town.mixed(given.measured))
            smallest = smallest or cpu
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            file = path.stat().st_size / 1e6
            print(
                f"{size:>11,}   {filled:>9,.0f}  {filled_cpu:>9,.0f}   {wall:>7,.0f}  {cpu:>9,.0f}"
                f"  {cpu / smallest:>4.0%}   {memory:>9,.0f}   {file:>7,.0f}",
                flush=True,
            )
        if given.check:
            events, customers = check(writer, path)
            print(f"{events:,} events, {customers:,} customers: equal to the batch answer")


if __name__ == "__main__":
    main()
