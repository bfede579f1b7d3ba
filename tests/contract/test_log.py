"""What every log promises: order per key, positions, lag, and inputs that come in once each."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.log.base import Log, NewRecord, Positions, Record, copartitions
from infra.log.kafka import KafkaLog
from infra.log.memory import MemoryLog
from infra.log.sqlite import SqliteLog
from infra.sqlite import Database
from schemas.topics import INBOUND, TAGGED, UTTERANCES
from tests.contract.kafka_topics import make_topics

pytestmark = pytest.mark.contract

Open = Callable[[], Log]


def record(number: int, key: str = "k", topic: str = INBOUND.name, value: bytes = b"") -> NewRecord:
    return NewRecord(topic, key, f"r{number}", number, value or b"v%d" % number)


def read_all(log: Log, *topics: str, batch: int = 3) -> list[Record]:
    found: list[Record] = []
    after: Positions = {}
    while records := log.read(topics, after, batch):
        assert len(records) <= batch
        found += records
        after |= {one.partition: one.offset for one in records}
    return found


@pytest.fixture(params=["memory", "memory, mixing partitions", "sqlite", "kafka"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Log]:
    if request.param == "kafka":
        server, prefix = (request.getfixturevalue(name) for name in ("kafka_url", "topic_prefix"))
        url = f"{server}?prefix={prefix}"
        make_topics(url, INBOUND.name, TAGGED.name, UTTERANCES.name)
        on_kafka = KafkaLog(url)
        yield on_kafka
        on_kafka.close()
    elif request.param == "sqlite":
        database = Database(tmp_path / "log.db")
        database.migrate()
        yield SqliteLog(database)
        database.close()
    elif request.param == "memory":
        yield MemoryLog()
    else:
        yield MemoryLog(partitions=4, mixing=random.Random(3))


class TestLog:
    """The same promises, whoever keeps the records."""

    def test_what_was_appended_is_read_whole_and_once(self, log: Log) -> None:
        given_records = [record(n, f"k{n % 5}") for n in range(1, 21)]
        log.append(given_records[:7])
        log.append(given_records[7:])
        found = read_all(log, INBOUND.name)
        assert sorted(NewRecord(*r[:5]) for r in found) == sorted(given_records)

    def test_order_is_kept_per_key(self, log: Log) -> None:
        log.append([record(n, f"k{n % 5}") for n in range(1, 51)])
        seen: dict[str, list[int]] = {}
        for one in read_all(log, INBOUND.name, batch=7):
            seen.setdefault(one.key, []).append(one.at)
        assert len(seen) == 5
        assert all(numbers == sorted(numbers) for numbers in seen.values())

    def test_a_reader_of_two_topics_gets_both_and_no_third(self, log: Log) -> None:
        log.append([record(1), record(2, topic=TAGGED.name), record(3, topic=UTTERANCES.name)])
        assert {r.id for r in read_all(log, INBOUND.name, TAGGED.name)} == {"r1", "r2"}

    def test_a_reader_that_is_done_gets_what_comes_later_and_nothing_again(self, log: Log) -> None:
        log.append([record(n) for n in range(5)])
        after = {one.partition: one.offset for one in read_all(log, INBOUND.name)}
        assert log.read([INBOUND.name], after, 10) == []
        log.append([record(9)])
        assert [one.id for one in log.read([INBOUND.name], after, 10)] == ["r9"]

    def test_lag_counts_what_is_behind_a_position_up_to_a_limit(self, log: Log) -> None:
        log.append([record(n, f"k{n % 3}") for n in range(10)])
        log.append([record(n, topic=TAGGED.name) for n in range(4)])
        assert log.lag([INBOUND.name], {}) == 10
        assert log.lag([INBOUND.name, TAGGED.name], {}) == 14
        assert log.lag([INBOUND.name, TAGGED.name], {}, limit=12) == 12
        done = log.read([INBOUND.name], {}, 4)
        assert log.lag([INBOUND.name], {one.partition: one.offset for one in done}) == 10 - len(
            done
        )

    def test_lag_per_partition_adds_up_and_leaves_out_what_is_done(self, log: Log) -> None:
        log.append([record(n, f"k{n % 3}") for n in range(10)])
        log.append([record(n, topic=TAGGED.name) for n in range(4)])
        done = {one.partition: one.offset for one in read_all(log, TAGGED.name)}
        behind = log.lags([INBOUND.name, TAGGED.name], done)
        assert sum(behind.values()) == 10
        assert all(copartitions([INBOUND.name], one) == (one,) for one in behind)

    def test_appending_nothing_is_nothing(self, log: Log) -> None:
        log.append([])
        assert log.lag([INBOUND.name], {}) == 0

    def test_the_values_of_a_key_come_oldest_first(self, log: Log) -> None:
        log.append([record(n, f"k{n % 2}") for n in range(6)])
        assert list(log.values(INBOUND.name, "k1")) == [b"v1", b"v3", b"v5"]
        assert list(log.values(TAGGED.name, "k1")) == []

    def test_a_time_is_a_position_behind_which_lies_all_from_then_on(self, log: Log) -> None:
        log.append([record(n, f"k{n % 3}") for n in range(1, 9)])
        behind = log.read([INBOUND.name], log.positions_at([INBOUND.name], 5), 100)
        assert {one.at for one in behind} == {5, 6, 7, 8}
        assert log.lag([INBOUND.name], log.positions_at([INBOUND.name], 9)) == 0
        assert log.lag([INBOUND.name], log.positions_at([INBOUND.name], 0)) == 8

    def test_a_truncated_topic_is_empty_and_takes_records_again(self, log: Log) -> None:
        log.append([record(1), record(2, topic=TAGGED.name)])
        log.truncate(INBOUND.name)
        assert log.read([INBOUND.name], {}, 5) == []
        assert log.lag([TAGGED.name], {}) == 1
        log.append([record(3)])
        assert [one.id for one in read_all(log, INBOUND.name)] == ["r3"]

    def test_discarded_records_are_gone_and_the_others_stay_in_order(self, log: Log) -> None:
        log.append([record(n, f"k{n % 3}") for n in range(9)])
        log.discard(INBOUND.name, {"r0", "r5", "unknown"})
        found = read_all(log, INBOUND.name)
        assert {one.id for one in found} == {f"r{n}" for n in range(9)} - {"r0", "r5"}
        assert log.lag([INBOUND.name], {}) == len(found) == 7
        assert [one.at for one in found if one.key == "k0"] == [3, 6]
        log.discard(INBOUND.name, [])
        assert log.lag([INBOUND.name], {}) == 7

    @pytest.mark.parametrize("limit", [1, 2, 1000])
    def test_the_size_of_a_read_changes_nothing(self, log: Log, limit: int) -> None:
        topics = (INBOUND.name, TAGGED.name, UTTERANCES.name)
        log.append([record(n, f"k{n % 4}", topics[n % 3]) for n in range(40)])
        assert {r.id for r in read_all(log, *topics, batch=limit)} == {f"r{n}" for n in range(40)}


def test_many_writers_on_one_file_lose_nothing_and_take_no_place_twice(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    database = Database(path)
    database.migrate()
    failed: list[BaseException] = []

    def write(writer: int) -> None:
        try:
            own = Database(path)
            log = SqliteLog(own)
            for n in range(25):
                log.append([record(n * 2 + i, f"writer-{writer}") for i in range(2)])
            own.close()
        except BaseException as error:  # noqa: BLE001  # told to the main thread
            failed.append(error)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    found = read_all(SqliteLog(database), INBOUND.name, batch=40)
    assert len({one.offset for one in found}) == len(found) == 4 * 50
    for writer in range(4):
        own = [one.at for one in found if one.key == f"writer-{writer}"]
        assert own == list(range(50))
    database.close()


def test_records_of_a_transaction_that_failed_were_never_there(tmp_path: Path) -> None:
    database = Database(tmp_path / "log.db")
    database.migrate()
    log = SqliteLog(database)
    with pytest.raises(ZeroDivisionError), database.transaction():  # noqa: PT012  # a transaction has many
        log.append([record(1)])
        raise ZeroDivisionError
    assert log.lag([INBOUND.name], {}) == 0
    database.close()
