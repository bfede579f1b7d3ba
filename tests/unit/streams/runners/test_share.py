"""A share: whatever a group brings, each record is applied once, in order, or not yet."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future

import pytest

from infra.log.base import NewRecord, Positions, Record
from infra.log.memory import MemoryLog
from infra.search.memory import MemorySearch
from infra.store.base import Fence
from infra.store.memory import MemoryStore
from schemas.answers import Answer, Ask
from schemas.base import encode
from schemas.errors import Conflict, Unavailable
from schemas.ledger import LedgerEntry, Receipt, Step
from schemas.topics import RECEIPTS
from streams.delivery import Backend
from streams.runners.share import MOST_CONFLICTS, Share
from streams.topology import Context, Emit, Message, Stage


class NoEngines:
    """Nobody asks anything here."""

    def submit(self, ask: Ask) -> Future[Answer]:
        raise AssertionError(ask)

    def cache_key(self, ask: Ask) -> str:
        raise AssertionError(ask)


class MovingStore(MemoryStore):
    """Fails or is overtaken as often as told, at the fence."""

    def __init__(self) -> None:
        super().__init__()
        self.troubles: list[Exception] = []
        self.refused = 0

    def advance(self, stage: str, expected: Fence, applied: Positions) -> None:
        if self.troubles:
            self.refused += 1
            raise self.troubles.pop()
        super().advance(stage, expected, applied)


def receipt(number: int) -> NewRecord:
    value = Receipt(
        tenant="acme", interaction=f"i{number % 3}", step=Step.TAGGED, items=(str(number),)
    )
    return NewRecord(RECEIPTS.name, value.interaction, f"r{number}", number, encode(value))


def listing(batch: int = 4) -> Stage:
    """Declare a stage that lists what it got, in the order in which it came, per key."""

    def process(batch: Sequence[Message], ctx: Context) -> Iterator[Emit]:
        for message in batch:
            held = ctx.load(message.key, LedgerEntry)
            entry = LedgerEntry(
                tenant="acme",
                interaction=message.key,
                reasons=(*(held.reasons if held else ()), message.id),
                revision=(held.revision if held else 0) + 1,
            )
            ctx.save(message.key, entry)
            yield Emit("ledger", message.key, message.id, entry)

    return Stage("list", 1, (RECEIPTS.name,), ("ledger",), process, batch=batch)


class Bench:
    """A share on a log in memory, and what it has applied."""

    def __init__(self, count: int = 20, partitions: int = 3) -> None:
        self.log = MemoryLog(partitions)
        self.store = MovingStore()
        self.stop = threading.Event()
        self.log.append([receipt(n) for n in range(count)])
        self.share = self.another()

    def another(self) -> Share:
        backend = Backend(self.log, self.store, MemorySearch())
        return Share(listing(), lambda: backend, NoEngines(), lambda: 0, self.stop)

    def records(self, after: Positions | None = None) -> list[Record]:
        return self.log.read((RECEIPTS.name,), after or {}, 1000)

    def applied(self) -> dict[str, list[int]]:
        rows = self.store.rows.get("ledger", {})
        return {
            key: [int(id[1:]) for id in value.reasons]
            for key, (_, value) in rows.items()
            if isinstance(value, LedgerEntry)
        }

    def everything(self, count: int = 20) -> dict[str, list[int]]:
        return {f"acme/i{key}": list(range(key, count, 3)) for key in range(3)}


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_batch_larger_than_the_stage_takes_is_delivered_in_parts(bench: Bench) -> None:
    bench.share.deliver(bench.records())
    assert bench.applied() == bench.everything()
    assert (bench.share.delivered, bench.share.batches) == (20, 5)


def test_what_is_delivered_again_is_skipped(bench: Bench) -> None:
    records = bench.records()
    bench.share.deliver(records[:12])
    bench.another().deliver(records)
    bench.share.deliver(records)
    assert bench.applied() == bench.everything()


def test_what_a_group_has_skipped_is_read_from_the_log(bench: Bench) -> None:
    last = {one.partition: one for one in bench.records()}
    bench.share.deliver(list(last.values()))
    assert bench.applied() == bench.everything()


def test_a_gap_after_what_is_applied_is_filled_too(bench: Bench) -> None:
    records = bench.records()
    bench.share.deliver(records[:7])
    bench.another().deliver(records[-1:])
    key = records[-1].key
    assert bench.applied()[f"acme/{key}"] == bench.everything()[f"acme/{key}"]


def test_a_worker_that_was_overtaken_reads_again_and_applies_nothing_twice(bench: Bench) -> None:
    records = bench.records()
    zombie = bench.another()
    zombie.positions()
    bench.share.deliver(records[:10])
    zombie.deliver(records)
    assert bench.applied() == bench.everything()
    assert zombie.conflicts == 1


def test_a_worker_that_is_overtaken_again_and_again_leaves(bench: Bench) -> None:
    bench.store.troubles = [Conflict("moved") for _ in range(MOST_CONFLICTS)]
    with pytest.raises(Conflict):
        bench.share.deliver(bench.records())
    assert bench.applied() == {}


def test_what_is_away_is_tried_again_until_it_is_back(bench: Bench) -> None:
    bench.store.troubles = [Unavailable("away"), Unavailable("away")]
    bench.share.deliver(bench.records())
    assert bench.applied() == bench.everything()
    assert (bench.store.refused, bench.share.last_error) == (2, "")


def test_a_stop_ends_the_waiting_and_commits_nothing(bench: Bench) -> None:
    bench.store.troubles = [Unavailable("the store is away")] * 100
    bench.stop.set()
    with pytest.raises(Unavailable, match="the store is away"):
        bench.share.deliver(bench.records())
    assert bench.applied() == {}
    assert bench.share.last_error == "the store is away"


def test_a_worker_that_leaves_tries_once_more_what_was_lost_while_it_stood_still(
    bench: Bench,
) -> None:
    bench.store.troubles = [Unavailable("the connection was lost")]
    bench.stop.set()
    bench.share.deliver(bench.records())
    assert bench.applied() == bench.everything()


@pytest.mark.parametrize("cut", [1, 5, 19])
def test_any_split_into_batches_applies_the_same(cut: int) -> None:
    bench = Bench()
    records = bench.records()
    deliver: Callable[[list[Record]], None] = bench.share.deliver
    for start in range(0, len(records), cut):
        deliver(records[start : start + cut])
    assert bench.applied() == bench.everything()
