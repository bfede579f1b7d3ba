from __future__ import annotations

import pytest

from infra.log.kafka_cluster import LARGEST_LETTER, LARGEST_RECORD
from infra.log.topic_shapes import LOGGED, Shape, differences, wanted_shape
from schemas.topics import CONVERSATIONS, DEAD_LETTERS, INBOUND, SEARCH, TICKS


def test_only_what_is_logged_becomes_a_topic() -> None:
    assert INBOUND in LOGGED
    assert SEARCH not in LOGGED


def test_the_catalogue_says_how_many_partitions_and_for_how_long() -> None:
    assert wanted_shape(INBOUND, 8, 1).partitions == 8
    assert wanted_shape(CONVERSATIONS, 8, 1).partitions == 1
    assert wanted_shape(INBOUND, 8, 1).config["retention.ms"] == "-1"
    assert wanted_shape(TICKS, 8, 1).config["retention.ms"] == "604800000"


@pytest.mark.parametrize(("replication", "in_sync"), [(1, "1"), (2, "1"), (3, "2"), (5, "2")])
def test_a_write_needs_two_copies_where_one_may_be_missing(replication: int, in_sync: str) -> None:
    assert wanted_shape(INBOUND, 8, replication).config["min.insync.replicas"] == in_sync


def test_a_topic_takes_the_largest_record_with_its_envelope() -> None:
    assert int(wanted_shape(INBOUND, 8, 1).config["max.message.bytes"]) > LARGEST_RECORD
    assert int(wanted_shape(DEAD_LETTERS, 8, 1).config["max.message.bytes"]) > LARGEST_LETTER


def found(**config: str) -> Shape:
    wanted = wanted_shape(TICKS, 8, 3)
    changed = {name.replace("_", "."): value for name, value in config.items()}
    return Shape(wanted.partitions, wanted.replication, wanted.config | changed)


@pytest.mark.parametrize(
    ("config", "matters"),
    [
        ({"retention_ms": "1000"}, True),
        ({"retention_ms": "unknown"}, True),
        ({"retention_ms": "-1"}, False),
        ({"retention_ms": "9999999999"}, False),
        ({"retention_bytes": "1000000"}, True),
        ({"cleanup_policy": "compact"}, True),
        ({"message_timestamp_type": "LogAppendTime"}, True),
        ({"max_message_bytes": "1000000"}, True),
        ({"min_insync_replicas": "1"}, True),
    ],
)
def test_what_would_lose_records_matters(config: dict[str, str], matters: bool) -> None:
    (one,) = differences(TICKS, wanted_shape(TICKS, 8, 3), found(**config))
    assert one.matters is matters
    assert "threadline topics apply" in str(one)


def test_more_than_enough_is_no_difference() -> None:
    more = found(max_message_bytes=str(1 << 30), min_insync_replicas="3")
    assert differences(TICKS, wanted_shape(TICKS, 8, 3), more) == []


def test_fewer_copies_are_told_and_do_no_harm() -> None:
    wanted = wanted_shape(INBOUND, 8, 3)
    (one,) = differences(INBOUND, wanted, Shape(8, 1, wanted.config))
    assert (one.what, one.matters) == ("replication", False)


def test_every_difference_in_partitions_has_its_own_remedy() -> None:
    remedies = {
        differences(topic, wanted_shape(topic, 8, 1), Shape(count, 1, wanted.config))[0].remedy
        for topic, count in ((INBOUND, 4), (INBOUND, 9), (CONVERSATIONS, 2))
        for wanted in (wanted_shape(topic, 8, 1),)
    }
    assert len(remedies) == 3
