"""Members of a consumer group on a real Kafka."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from infra.log.base import NewRecord, Positions, Record
from infra.log.kafka import KafkaLog
from infra.log.kafka_cluster import KafkaCluster
from infra.log.kafka_group import GroupReader
from schemas.errors import ConfigError, Unavailable
from schemas.topics import INTERACTIONS, TAGGED
from tests.contract.kafka_topics import make_topics

pytestmark = pytest.mark.contract

TOPICS = (INTERACTIONS.name, TAGGED.name)
PATIENCE_S = 20.0
Open = Callable[..., GroupReader]


@pytest.fixture
def url(kafka_url: str, topic_prefix: str) -> str:
    url = f"{kafka_url}?prefix={topic_prefix}"
    make_topics(url, *TOPICS)
    return url


@pytest.fixture
def join(url: str) -> Iterator[Open]:
    members: list[GroupReader] = []

    def opened(positions: Callable[[], Positions] = dict, **given: object) -> GroupReader:
        reader = GroupReader(KafkaCluster.parse(url), "assemble", TOPICS, positions, **given)  # type: ignore[arg-type]  # names
        members.append(reader)
        return reader

    yield opened
    for member in members:
        member.close()


@pytest.fixture
def log(url: str) -> Iterator[KafkaLog]:
    log = KafkaLog(url)
    yield log
    log.close()


def records(count: int) -> list[NewRecord]:
    return [NewRecord(TOPICS[n % 2], f"k{n % 40}", f"r{n}", n + 1, b"v") for n in range(count)]


def poll_until(done: Callable[[list[Record]], bool], *readers: GroupReader) -> list[Record]:
    found: list[Record] = []
    deadline = time.monotonic() + PATIENCE_S
    while not done(found):
        assert time.monotonic() < deadline, "the group never came that far"
        for reader in readers:
            found += reader.poll(100, 0.05)
    return found


def held(reader: GroupReader) -> frozenset[str]:
    return reader.assigned() or frozenset()


def test_a_member_reads_all_from_where_the_store_stands(log: KafkaLog, join: Open) -> None:
    log.append(records(100))
    first = log.read([TAGGED.name], {}, 5)
    applied = {one.partition: one.offset for one in first}
    found = poll_until(lambda found: len(found) >= 100 - len(first), join(lambda: applied))
    assert len(found) == 100 - len(first)
    assert not {one.id for one in found} & {one.id for one in first}


def test_what_the_group_remembers_is_only_a_hint(log: KafkaLog, join: Open) -> None:
    log.append(records(20))
    before = join()
    found = poll_until(lambda found: len(found) == 20, before)
    before.commit({one.partition: one.offset for one in found})
    before.close()
    again = poll_until(lambda found: len(found) == 20, join())
    assert {one.id for one in again} == {one.id for one in found}


def test_equal_numbers_of_all_topics_go_to_one_member(log: KafkaLog, join: Open) -> None:
    one = join()
    assert one.assigned() is None
    poll_until(lambda _: len(held(one)) == 8, one)
    other = join()
    poll_until(lambda _: len(held(one)) == len(held(other)) == 4, one, other)
    assert not held(one) & held(other)
    for member in (one, other):
        numbers = {name.partition("/")[2] for name in held(member)}
        assert held(member) == {f"{topic}/{n}" for topic in TOPICS for n in numbers}
    log.append(records(200))
    found = poll_until(lambda found: len({r.id for r in found}) == 200, one, other)
    assert len(found) == 200
    one.close()
    poll_until(lambda _: len(held(other)) == 8, other)


def test_order_is_kept_when_partitions_move(log: KafkaLog, join: Open) -> None:
    applied: Positions = {}
    one, seen = join(lambda: applied), dict[str, list[int]]()

    def step(reader: GroupReader) -> int:
        found = reader.poll(10, 0.05)
        for record in found:
            applied[record.partition] = record.offset
            seen.setdefault(record.partition, []).append(record.offset)
        return len(found)

    log.append(records(400))
    given, count, deadline = 400, 0, time.monotonic() + PATIENCE_S
    while count < 50:
        count += step(one)
    other = join(lambda: applied)
    while count < given:
        assert time.monotonic() < deadline
        if not held(other):
            log.append(records(20))
            given += 20
        count += step(one) + step(other)
    assert held(one)
    assert count == given
    assert all(offsets == list(range(len(offsets))) for offsets in seen.values())


def test_a_named_member_that_comes_back_has_its_partitions_at_once(
    log: KafkaLog, join: Open
) -> None:
    one, other = join(member="a"), join(member="b")
    poll_until(lambda _: len(held(one)) == len(held(other)) == 4, one, other)
    of_one = held(one)
    one.close()
    began = time.monotonic()
    heir = join(member="a")
    poll_until(lambda _: held(heir) == of_one, heir, other)
    assert time.monotonic() - began < 8, "it waited for the session of its forerunner to end"
    assert len(held(other)) == 4


def test_of_two_live_members_with_one_name_one_is_told_to_leave(join: Open) -> None:
    first = join(member="a")
    poll_until(lambda _: len(held(first)) == 8, first)
    second = join(member="a")
    poll_until(lambda _: len(held(second)) == 8, second)
    with pytest.raises(ConfigError, match="names must be unique"):
        poll_until(lambda _: False, first, second)


def test_a_member_that_has_lost_its_name_to_nobody_who_lives_takes_it_back(
    log: KafkaLog, join: Open
) -> None:
    first = join(member="a")
    poll_until(lambda _: len(held(first)) == 8, first)
    second = join(member="a")
    poll_until(lambda _: len(held(second)) == 8, second)
    second.close()
    log.append(records(10))
    assert len(poll_until(lambda found: len(found) >= 10, first)) == 10


def test_a_store_that_is_away_is_asked_again_and_nothing_is_skipped(
    log: KafkaLog, join: Open
) -> None:
    log.append(records(10))
    away = [True]

    def positions() -> Positions:
        if away[0]:
            raise Unavailable("the store is away")
        return {}

    reader = join(positions)
    with pytest.raises(Unavailable, match="the store is away"):
        poll_until(lambda _: False, reader)
    assert not held(reader)
    away[0] = False
    assert len(poll_until(lambda found: len(found) >= 10, reader)) == 10


def test_a_member_of_a_topic_that_is_missing_says_so(kafka_url: str, topic_prefix: str) -> None:
    cluster = KafkaCluster.parse(f"{kafka_url}?prefix={topic_prefix}")
    reader = GroupReader(cluster, "assemble", TOPICS, dict)
    with pytest.raises(ConfigError, match="threadline topics apply"):
        reader.poll(1, 0.1)
    reader.close()
