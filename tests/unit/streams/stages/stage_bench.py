"""Run one stage on a few records in memory, and look at what it wrote."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from infra.log.base import NewRecord
from schemas.answers import Answer, Ask
from schemas.base import Contract, decode, encode
from schemas.events import Event
from streams.runners.driver import TestDriver
from streams.topology import Stage, Topology

C = TypeVar("C", bound=Contract)


class Bench(NamedTuple):
    """A stage that has run."""

    driver: TestDriver

    def written(self, topic: str, as_type: type[C]) -> list[C]:
        """Read what the stage wrote to a topic."""
        return [decode(r.value, as_type) for r in self.driver.log.read([topic], {}, 1000)]

    def ids(self, topic: str) -> list[str]:
        """List the ids of the records in a topic."""
        return [record.id for record in self.driver.log.read([topic], {}, 1000)]


def record(topic: str, key: str, id: str, value: Contract) -> NewRecord:
    """Write a record at time 0."""
    return NewRecord(topic, key, id, 0, encode(value))


def inbound(event: Event) -> NewRecord:
    """Write an input."""
    return record("inbound", event.interaction, event.id, event)


def ran(
    stage: Stage, records: Sequence[NewRecord], answer: Callable[[Ask], Answer] | None = None
) -> Bench:
    """Run a stage over records, in order."""
    driver = TestDriver(Topology((stage,)), answer=answer)
    driver.feed(records)
    driver.run()
    return Bench(driver)
