"""Run a topology in memory, three ways: order, duplicates and crashes must not matter."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from infra.log.base import NewRecord, Position
from infra.log.memory import MemoryLog
from infra.search.memory import MemorySearch
from infra.store.memory import MemoryStore
from schemas.answers import Answer, Ask
from schemas.base import encode
from streams.delivery import Backend, Delivery, decode_value, message_of
from streams.topology import Topology

Way = str
WAYS: tuple[Way, ...] = ("in order", "shuffled", "duplicated with crashes")


class CrashError(Exception):
    """The process died here."""


class _CrashingStore(MemoryStore):
    """Dies at random commits: before the commit with half the chance, after it with the other."""

    def __init__(self, rng: random.Random, chance: float) -> None:
        super().__init__()
        self._rng = rng
        self._chance = chance

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        fate = self._rng.random()
        with super().transaction():
            yield
            if fate < self._chance / 2:
                raise CrashError
        if fate < self._chance:
            raise CrashError


class FinalState(NamedTuple):
    """What people could read at the end: encoded rows per view, and indexed documents."""

    rows: dict[str, dict[str, bytes]]
    documents: dict[str, bytes]


class TestDriver:
    """Feeds records to a topology and runs it until nothing is left to do."""

    __test__ = False

    def __init__(
        self,
        topology: Topology,
        way: Way = "in order",
        *,
        seed: int = 0,
        answer: Callable[[Ask], Answer] | None = None,
    ) -> None:
        self._rng = random.Random(seed)  # noqa: S311  # a test's dice, not a secret
        self._way = way
        self._topology = topology
        self._answer = answer
        loose = way != "in order"
        self.store = (
            _CrashingStore(self._rng, 0.3) if way == "duplicated with crashes" else MemoryStore()
        )
        self.log = MemoryLog(partitions=4 if loose else 1, mixing=self._rng if loose else None)
        self.search = MemorySearch()
        self._backend = Backend(self.log, self.store, self.search)
        self.crashes = 0

    def feed(self, records: Sequence[NewRecord]) -> None:
        """Append records in this driver's way: as given, shuffled, or shuffled and repeated."""
        given = list(records)
        if self._way == "duplicated with crashes":
            given = [record for record in given for _ in range(self._rng.randint(1, 3))]
        if self._way != "in order":
            given = self._shuffled(given)
        self.log.append(given)

    def _shuffled(self, records: list[NewRecord]) -> list[NewRecord]:
        """Mix the keys, keeping the order within each, which is all that a log promises."""
        keys = [record.key for record in records]
        self._rng.shuffle(keys)
        queues: dict[str, list[NewRecord]] = {}
        for record in reversed(records):
            queues.setdefault(record.key, []).append(record)
        return [queues[key].pop() for key in keys]

    def run(self) -> None:
        """Run every stage until no stage has anything to read."""
        while any(self._run_once(index) for index in range(len(self._topology.stages))):
            continue

    def final_state(self) -> FinalState:
        """Give what people could read now."""
        rows = {
            table: {key: encode(value) for key, (_, value) in sorted(held.items())}
            for table, held in sorted(self.store.rows.items())
            if held
        }
        documents = {doc.utterance.id: encode(doc) for doc in self.search.documents()}
        return FinalState(rows, documents)

    def _run_once(self, index: int) -> bool:
        stage = self._topology.stages[index]
        delivery = Delivery(stage, self._backend, now_ms=lambda: 0)
        positions = self.store.positions(stage.name)
        limit = self._rng.randint(1, 7) if self._way != "in order" else None
        records = delivery.read(positions, limit)
        if not records:
            return False
        answers: dict[Position, Answer | BaseException] = {}
        if stage.asks is not None and self._answer is not None:
            for record in records:
                value = decode_value(record.topic, record.value)
                ask = stage.asks(message_of(record, value))
                if ask is not None:
                    answers[record.position] = self._answer(ask)
        try:
            delivery.deliver(records, positions, answers)
        except CrashError:
            self.crashes += 1
        return True


def run_three_ways(
    topology: Topology,
    phases: Sequence[Sequence[NewRecord]],
    *,
    seed: int = 0,
    answer: Callable[[Ask], Answer] | None = None,
) -> dict[Way, FinalState]:
    """Run in order, shuffled, and duplicated with crashes; every phase runs until idle.

    The caller asserts that all final states are equal.
    """
    states: dict[Way, FinalState] = {}
    for way in WAYS:
        driver = TestDriver(topology, way, seed=seed, answer=answer)
        for phase in phases:
            driver.feed(phase)
            driver.run()
        states[way] = driver.final_state()
    return states
