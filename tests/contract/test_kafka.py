"""What only the log on a real Kafka promises: partitions, sizes, access, a broker that is away."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from typing import cast

import pytest
from confluent_kafka import Consumer, Producer
from kafka.partitioner.default import murmur2 as javas  # type: ignore[import-untyped]  # untyped

import infra.log.kafka_writer as kafka_writer
from infra.dev.kafka import Secured
from infra.log.base import NewRecord, Record
from infra.log.kafka import KafkaLog
from infra.log.kafka_admin import TopicsAdmin
from infra.log.kafka_cluster import LARGEST_RECORD, KafkaCluster, largest
from infra.log.kafka_group import GroupReader
from infra.log.kafka_groups import GroupsAdmin
from infra.log.kafka_records import murmur2, partition_of
from infra.log.kafka_security import KafkaSecurity, Sasl
from infra.search.memory import MemorySearch
from infra.store.memory import MemoryStore
from schemas.errors import ConfigError, InvalidEvent, Unavailable
from schemas.topics import DEAD_LETTERS, INBOUND, RECEIPTS, TAGGED
from streams.delivery import Backend, Delivery
from streams.stages.ledger import ledger
from tests.contract.kafka_topics import make_topics
from tests.servers import own_server

pytestmark = pytest.mark.contract

KEYS = ["", "k", "acme/chat/771", "grüße", "☎" * 7, *(f"key-{n}" for n in range(60))]


@pytest.fixture
def url(kafka_url: str, topic_prefix: str) -> str:
    return f"{kafka_url}?prefix={topic_prefix}"


@pytest.fixture
def log(url: str) -> Iterator[KafkaLog]:
    log = KafkaLog(url)
    yield log
    log.close()


def record(key: str = "k", value: bytes = b"v", topic: str = INBOUND.name) -> NewRecord:
    return NewRecord(topic, key, f"id of {key}", 5, value)


def test_a_key_has_the_partition_that_every_other_client_gives_it(url: str, log: KafkaLog) -> None:
    make_topics(url, INBOUND.name, partitions=7)
    log.append([record(key) for key in KEYS])
    found = {one.key: one.partition for one in log.read([INBOUND.name], {}, 1000)}
    while len(found) < len(KEYS):
        found |= {one.key: one.partition for one in log.read([INBOUND.name], {}, 1000)}
    assert found == {key: f"{INBOUND.name}/{partition_of(key, 7)}" for key in KEYS}
    for key in KEYS:
        assert murmur2(key.encode()) == javas(key.encode()) & 0xFFFFFFFF


def test_threads_that_write_at_once_lose_nothing_and_keep_their_order(url: str) -> None:
    make_topics(url, INBOUND.name)

    def write(writer: int) -> None:
        own = KafkaLog(url)
        for n in range(0, 300, 3):
            own.append(
                [NewRecord(INBOUND.name, f"w{writer}", f"{writer}-{n + i}", n + i + 1, b"v")
                 for i in range(3)]
            )  # fmt: skip

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, range(4)))
    log, after, seen = KafkaLog(url), dict[str, int](), dict[str, list[int]]()
    while found := log.read([INBOUND.name], after, 500):
        for one in found:
            seen.setdefault(one.key, []).append(one.at)
            after[one.partition] = one.offset
    log.close()
    assert seen == {f"w{writer}": list(range(1, 301)) for writer in range(4)}


def test_a_record_of_another_program_is_named_by_its_place(url: str, log: KafkaLog) -> None:
    make_topics(url, INBOUND.name)
    cluster = KafkaCluster.parse(url)
    other = Producer({"bootstrap.servers": cluster.brokers})
    other.produce(cluster.topic(INBOUND.name), b"{}", b"k")
    other.produce(cluster.topic(INBOUND.name), b"{}", b"k")
    assert other.flush(10) == 0
    ids = [one.id for one in log.read([INBOUND.name], {}, 10)]
    assert len(set(ids)) == 2
    assert [one.id for one in KafkaLog(url).read([INBOUND.name], {}, 10)] == ids


def test_positions_before_the_start_of_the_log_go_on_at_its_start(url: str, log: KafkaLog) -> None:
    make_topics(url, INBOUND.name, partitions=1)
    log.append([record(value=b"%d" % n) for n in range(10)])
    log.truncate(INBOUND.name)
    log.append([record(value=b"new")])
    for after in ({}, {f"{INBOUND.name}/0": -1}, {f"{INBOUND.name}/0": 3}):
        assert [one.value for one in log.read([INBOUND.name], after, 10)] == [b"new"]
        assert log.lag([INBOUND.name], after) == 1
    assert list(log.values(INBOUND.name, "k")) == [b"new"]


def test_a_full_partition_keeps_no_other_waiting(url: str, log: KafkaLog) -> None:
    make_topics(url, INBOUND.name, TAGGED.name, partitions=1)
    log.append([record(value=os.urandom(600)) for _ in range(30_000)])
    topics, after = (INBOUND.name, TAGGED.name), dict[str, int]()
    log.read(topics, after, 500)
    log.append([record("late", topic=TAGGED.name)])
    read = 0
    while f"{TAGGED.name}/0" not in after:
        found = log.read(topics, after, 500)
        read += len(found)
        after |= {one.partition: one.offset for one in found}
    assert read < 20_000


def test_a_record_that_is_too_large_is_refused_and_nothing_of_its_batch_is_written(
    url: str, log: KafkaLog
) -> None:
    make_topics(url, INBOUND.name)
    with pytest.raises(InvalidEvent, match="36 MiB") as caught:
        log.append([record("a"), record("b", bytes(LARGEST_RECORD + 1))])
    assert caught.value.reason == "too_large"
    assert log.lag([INBOUND.name], {}) == 0


def test_a_broker_that_takes_less_says_so_too(url: str, log: KafkaLog) -> None:
    make_topics(url, INBOUND.name)
    with pytest.raises(InvalidEvent) as caught:
        log.append([record("b", os.urandom(2 << 20))])
    assert caught.value.reason == "too_large"


def test_the_largest_record_comes_through_every_client(url: str, log: KafkaLog) -> None:
    cluster = KafkaCluster.parse(url)
    with closing(TopicsAdmin(cluster, 1, 1)) as topics:
        topics.apply()
    largest_value = os.urandom(LARGEST_RECORD - 100)
    log.append([record("small"), record("large", largest_value), record("last")])
    member = GroupReader(cluster, "normalise", [INBOUND.name], dict)
    by_log, by_member, after = dict[str, bytes](), dict[str, bytes](), dict[str, int]()
    deadline = time.monotonic() + 30
    while len(by_log) + len(by_member) < 6:
        assert time.monotonic() < deadline
        for one in log.read([INBOUND.name], after, 10):
            by_log[one.key] = one.value
            after[one.partition] = one.offset
        by_member |= {one.key: one.value for one in member.poll(10, 0.1)}
    member.close()
    assert by_log == by_member == {"small": b"v", "large": largest_value, "last": b"v"}


def test_a_letter_may_hold_the_largest_record_and_the_letter_about_it(log: KafkaLog) -> None:
    twice_as_text = LARGEST_RECORD * 4 / 3 * 4 / 3
    assert largest(DEAD_LETTERS.name) > twice_as_text + 100_000


def test_a_topic_that_is_missing_is_named_with_its_remedy(log: KafkaLog) -> None:
    for ask in (
        lambda: log.append([record()]),
        lambda: log.read([INBOUND.name], {}, 1),
        lambda: log.lag([INBOUND.name], {}),
        lambda: log.truncate(INBOUND.name),
    ):
        with pytest.raises(ConfigError, match=r"inbound.*threadline topics apply"):
            ask()


def security_of(secured: Secured, sasl: Sasl) -> KafkaSecurity:
    return KafkaSecurity(
        tls=True,
        ca=str(secured.ca_file),
        sasl=sasl,
        user=secured.user,
        password=secured.password,
    )


@pytest.mark.parametrize("sasl", ["plain", "scram-sha-512"])
def test_a_secured_listener_lets_the_right_password_in_and_no_other(
    url: str, topic_prefix: str, secured_kafka: Secured, sasl: Sasl
) -> None:
    make_topics(url, INBOUND.name)
    secured_url = f"kafka+ssl://{secured_kafka.bootstrap}?prefix={topic_prefix}"
    right = security_of(secured_kafka, sasl)
    log = KafkaLog(secured_url, security=right)
    log.append([record()])
    assert [one.key for one in log.read([INBOUND.name], {}, 1)] == ["k"]
    log.close()
    wrong = KafkaLog(secured_url, security=replace(right, password="wr0ng-0ne"))
    for ask in (lambda: wrong.append([record()]), lambda: wrong.read([INBOUND.name], {}, 1)):
        with pytest.raises(ConfigError, match="lets us not in") as caught:
            ask()
        assert "wr0ng-0ne" not in str(caught.value)


def test_a_certificate_that_nobody_vouches_for_is_refused(
    topic_prefix: str, secured_kafka: Secured
) -> None:
    security = replace(security_of(secured_kafka, "plain"), ca="")
    log = KafkaLog(
        f"kafka+ssl://{secured_kafka.bootstrap}?prefix={topic_prefix}", security=security
    )
    with pytest.raises(ConfigError, match="certificate"):
        log.append([record()])


def poll_for(key: str, member: GroupReader) -> int:
    """Poll until a record comes; give how many came with it."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found = [one.key for one in member.poll(10, 0.2)]
        if key in found:
            return len(found)
    raise AssertionError(f"{key} never came")


def test_administration_and_members_sign_in_alike(
    url: str, topic_prefix: str, secured_kafka: Secured
) -> None:
    make_topics(url, INBOUND.name)
    secured_url = f"kafka+ssl://{secured_kafka.bootstrap}?prefix={topic_prefix}"
    right = security_of(secured_kafka, "scram-sha-512")
    cluster = KafkaCluster.parse(secured_url, right)
    member = GroupReader(cluster, "tag", [INBOUND.name], dict)
    deadline = time.monotonic() + 20
    while not member.assigned():
        assert time.monotonic() < deadline
        member.poll(1, 0.1)
    groups = GroupsAdmin(cluster)
    assert [one.stage for one in groups.members(["tag"])] == ["tag"]
    groups.close()
    member.close()
    wrong = KafkaCluster.parse(secured_url, replace(right, password="wr0ng-0ne"))
    asked: list[Callable[[], object]] = [
        lambda: TopicsAdmin(wrong, 4, 1).plan(),
        lambda: GroupReader(wrong, "tag", [INBOUND.name], dict).poll(1, 0.1),
    ]
    for ask in asked:
        with pytest.raises(ConfigError) as caught:
            ask()
        assert "wr0ng-0ne" not in str(caught.value)


def test_a_broker_that_is_away_is_unavailable_and_then_there_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kafka_writer, "ACKNOWLEDGED_S", 3.0)
    with own_server("kafka") as server:
        make_topics(server.url, INBOUND.name)
        log = KafkaLog(server.url)
        member = GroupReader(KafkaCluster.parse(server.url), "tag", [INBOUND.name], dict)
        log.append([record("before")])
        assert poll_for("before", member) == 1
        server.stop()
        with pytest.raises(Unavailable, match="writing inbound"):
            log.append([record("lost")])
        assert member.poll(10, 0.5) == []
        server.start_again()
        log.append([record("after")])
        keys = set[str]()
        after: dict[str, int] = {}
        while found := log.read([INBOUND.name], after, 10):
            keys |= {one.key for one in found}
            after |= {one.partition: one.offset for one in found}
        assert {"before", "after"} <= keys
        assert poll_for("after", member) >= 1
        member.close()
        log.close()


def test_the_headers_of_a_dead_letter_say_what_was_refused_where_and_why(
    url: str, kafka_url: str, topic_prefix: str, log: KafkaLog
) -> None:
    make_topics(url, *ledger().reads)
    log.append([NewRecord(RECEIPTS.name, "k", "bad", 1, b'{"tenant": 5}')])
    store = MemoryStore()
    delivery = Delivery(ledger(), Backend(log, store, MemorySearch()), now_ms=lambda: 1)
    found: list[Record] = []
    while not found:
        found = delivery.read({})
    delivery.deliver(found, {}, {})
    consumer = Consumer(
        {
            "bootstrap.servers": kafka_url.removeprefix("kafka://"),
            "group.id": f"{topic_prefix}look",
            "auto.offset.reset": "earliest",
        }
    )
    consumer.subscribe([f"{topic_prefix}{DEAD_LETTERS.name}"])
    deadline, message = time.monotonic() + 20, None
    while message is None:
        assert time.monotonic() < deadline
        message = consumer.poll(0.2)
    consumer.close()
    told = cast("list[tuple[str, bytes]]", message.headers())
    headers = {name: text.decode() for name, text in told}
    assert headers["stage"] == "ledger"
    assert headers["source"] == f"{found[0].partition}@{found[0].offset}"
    assert (headers["reason"], headers["attempt"]) == ("invalid_field", "1")
    assert "tenant" in headers["error"]
