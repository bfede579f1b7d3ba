"""Delivery: nothing is lost, poison stands alone, and what is written is written once."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import pytest

from infra.log.base import NewRecord
from infra.log.memory import MemoryLog
from infra.search.memory import MemorySearch
from infra.store.memory import MemoryStore
from schemas.base import encode
from schemas.errors import ConfigError, Conflict, InvalidEvent
from schemas.ledger import LedgerEntry, Receipt, Step
from schemas.topics import RECEIPTS
from streams.delivery import Backend, Delivery
from streams.stages.ledger import ledger
from streams.topology import Context, Emit, Message, Stage, Topology


def receipt(number: int, items: tuple[str, ...] = ()) -> NewRecord:
    value = Receipt(
        tenant="acme", interaction=f"i{number % 5}", step=Step.TAGGED, items=items or (str(number),)
    )
    return NewRecord("receipts", value.interaction, f"r{number}", 0, encode(value))


def counting(fail_on: frozenset[str] = frozenset()) -> Stage:
    """Declare a stage that counts items per interaction and chokes on some of them."""

    def process(batch: Sequence[Message], ctx: Context) -> Iterator[Emit]:
        for message in batch:
            given = message.value
            assert isinstance(given, Receipt)
            if fail_on & set(given.items):
                raise InvalidEvent("bad_item", "this item is poison")
            held = ctx.load(message.key, LedgerEntry)
            entry = LedgerEntry(
                tenant="acme", interaction=message.key, revision=(held.revision if held else 0) + 1
            )
            ctx.save(message.key, entry)
            yield Emit("ledger", message.key, f"{message.id}", entry)

    return Stage("count", 1, ("receipts",), ("ledger",), process)


def run(stage: Stage, records: Sequence[NewRecord], batch: int = 100) -> MemoryStore:
    store = MemoryStore()
    backend = Backend(MemoryLog(), store, MemorySearch())
    backend.log.append(records)
    delivery = Delivery(stage, backend, now_ms=lambda: 0)
    while found := delivery.read(store.positions("count"), batch):
        delivery.deliver(found, store.positions("count"), {})
    return store


def counts(store: MemoryStore) -> dict[str, int]:
    return {key: revision for key, (revision, _) in store.rows["ledger"].items()}


def test_a_batch_of_any_size_counts_the_same() -> None:
    records = [receipt(n) for n in range(40)]
    assert counts(run(counting(), records, 1)) == counts(run(counting(), records, 17))


def test_poison_is_isolated_and_every_other_record_of_its_batch_goes_in() -> None:
    records = [receipt(n) for n in range(40)]
    store = run(counting(frozenset({"7", "23"})), records)
    letters = [value for _, value in store.rows["dead-letters"].values()]
    assert sorted(getattr(letter, "key", "") for letter in letters) == ["i2", "i3"]
    assert {getattr(letter, "reason", "") for letter in letters} == {"bad_item"}
    assert sum(counts(store).values()) == 38


def test_bytes_that_no_contract_reads_become_a_dead_letter_with_those_bytes() -> None:
    store = run(counting(), [receipt(1), NewRecord("receipts", "k", "bad", 0, b'{"tenant": 5}')])
    ((_, letter),) = store.rows["dead-letters"].values()
    assert getattr(letter, "data", None) == b'{"tenant": 5}'
    assert getattr(letter, "reason", None) == "invalid_field"
    assert "$.tenant" in str(getattr(letter, "error", ""))


def test_a_zombie_whose_positions_are_stale_writes_nothing() -> None:
    store = MemoryStore()
    backend = Backend(MemoryLog(), store, MemorySearch())
    backend.log.append([receipt(n) for n in range(4)])
    delivery = Delivery(counting(), backend, now_ms=lambda: 0)
    stale = store.positions("count")
    records = delivery.read(stale)
    delivery.deliver(records, stale, {})
    before = counts(store)
    with pytest.raises(Conflict):
        delivery.deliver(records, stale, {})
    assert counts(store) == before


def test_a_fault_in_our_own_code_is_a_dead_letter_too_and_says_so() -> None:
    def process(batch: Sequence[Message], ctx: Context) -> Iterator[Emit]:
        raise ZeroDivisionError("seven by nothing")
        yield

    store = run(Stage("count", 1, ("receipts",), ("ledger",), process), [receipt(1)])
    ((_, letter),) = store.rows["dead-letters"].values()
    assert getattr(letter, "reason", None) == "internal_error"
    assert "ZeroDivisionError" in str(getattr(letter, "error", ""))


def test_a_stage_that_names_an_unknown_topic_is_refused() -> None:
    with pytest.raises(ConfigError, match="unknown topic"):
        Stage("count", 1, ("nowhere",), (), lambda batch, ctx: ())


def test_a_replay_takes_in_every_stage_that_shares_a_topic_it_rewrites() -> None:
    def stage(name: str, reads: str, writes: tuple[str, ...]) -> Stage:
        return Stage(name, 1, (reads,), writes, lambda batch, ctx: ())

    topology = Topology(
        (
            stage("normalise", "inbound", ("utterances", "recordings", "receipts")),
            stage("transcribe", "recordings", ("utterances", "receipts")),
            stage("tag", "utterances", ("tagged", "receipts")),
            stage("index", "tagged", ("search", "receipts")),
            ledger(),
        )
    )
    names = [one.name for one in topology.from_stage("transcribe")]
    assert names == ["normalise", "transcribe", "tag", "index", "ledger"]
    assert [one.name for one in topology.from_stage("index")] == ["index", "ledger"]


def test_a_partitioned_log_keeps_the_order_of_each_key() -> None:
    log = MemoryLog(partitions=3, mixing=random.Random(1))
    log.append([receipt(n) for n in range(50)])
    seen: dict[str, list[int]] = {}
    for record in log.read([RECEIPTS.name], {}, 100):
        seen.setdefault(record.key, []).append(int(record.id[1:]))
    assert sum(map(len, seen.values())) == 50
    assert all(numbers == sorted(numbers) for numbers in seen.values())
