"""Topics and groups on a real Kafka: plan, apply, refuse to start, move."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # its types forget some
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
)

import infra.log.kafka_broker as kafka_broker
from infra.log.base import NewRecord
from infra.log.kafka import KafkaLog
from infra.log.kafka_admin import TopicsAdmin
from infra.log.kafka_cluster import KafkaCluster
from infra.log.kafka_group import GroupReader
from infra.log.kafka_groups import GroupsAdmin
from infra.log.topic_shapes import LOGGED
from schemas.errors import ConfigError, Unavailable
from schemas.topics import INBOUND, TICKS, UTTERANCES

pytestmark = pytest.mark.contract


@pytest.fixture
def url(kafka_url: str, topic_prefix: str) -> str:
    return f"{kafka_url}?prefix={topic_prefix}"


@pytest.fixture
def cluster(url: str) -> KafkaCluster:
    return KafkaCluster.parse(url)


@pytest.fixture
def topics(cluster: KafkaCluster) -> Iterator[TopicsAdmin]:
    topics = TopicsAdmin(cluster, 3, 1)
    yield topics
    topics.close()


@pytest.fixture
def groups(cluster: KafkaCluster) -> Iterator[GroupsAdmin]:
    groups = GroupsAdmin(cluster)
    yield groups
    groups.close()


def spoil(cluster: KafkaCluster, topic: str, **settings: str) -> None:
    entries = [
        ConfigEntry(name.replace("_", "."), value, incremental_operation=AlterConfigOpType.SET)
        for name, value in settings.items()
    ]
    resource = ConfigResource(
        ConfigResource.Type.TOPIC, cluster.topic(topic), incremental_configs=entries
    )
    admin = AdminClient({"bootstrap.servers": cluster.brokers, "log_level": 0})
    for done in admin.incremental_alter_configs([resource]).values():
        done.result(timeout=10)


def test_apply_makes_what_the_plan_says_is_missing_and_workers_may_start(
    cluster: KafkaCluster, topics: TopicsAdmin
) -> None:
    assert [one.topic for one in topics.plan()] == [topic.name for topic in LOGGED]
    with pytest.raises(ConfigError, match=r"inbound: topic is missing.*threadline topics apply"):
        topics.check()
    assert topics.apply() == []
    topics.check()
    found = {one.topic: one for one in topics.describe()}
    assert found.keys() == {topic.name for topic in LOGGED}
    for topic in LOGGED:
        assert found[topic.name].partitions == (1 if topic.single else 3)
        assert found[topic.name].name == cluster.topic(topic.name)
    assert found[INBOUND.name].config["retention.ms"] == "-1"
    assert found[TICKS.name].config["retention.ms"] == str(7 * 24 * 3600 * 1000)


def test_a_topic_that_would_lose_records_is_refused_and_mended(
    cluster: KafkaCluster, topics: TopicsAdmin
) -> None:
    topics.apply()
    spoil(cluster, INBOUND.name, retention_ms="3600000", cleanup_policy="compact")
    wrong = {(one.what, one.found) for one in topics.plan()}
    assert wrong == {("retention.ms", "3600000"), ("cleanup.policy", "compact")}
    with pytest.raises(ConfigError, match=r"inbound: cleanup\.policy is compact"):
        topics.check()
    assert topics.apply() == []
    topics.check()


def test_a_topic_that_keeps_more_than_it_must_is_told_and_accepted(
    cluster: KafkaCluster, topics: TopicsAdmin
) -> None:
    topics.apply()
    spoil(cluster, TICKS.name, retention_ms="-1")
    spoil(cluster, INBOUND.name, max_message_bytes=str(90 << 20))
    assert [(one.topic, one.what, one.matters) for one in topics.plan()] == [
        (TICKS.name, "retention.ms", False)
    ]
    topics.check()


def test_partitions_are_added_when_asked_for_and_never_taken_away(
    cluster: KafkaCluster, topics: TopicsAdmin
) -> None:
    topics.apply()
    more = TopicsAdmin(cluster, 5, 1)
    with pytest.raises(ConfigError, match="--add-partitions"):
        more.check()
    assert {one.what for one in more.apply()} == {"partitions"}
    assert more.apply(add_partitions=True) == []
    counts = {one.topic: one.partitions for one in more.describe()}
    assert counts == {topic.name: 1 if topic.single else 5 for topic in LOGGED}
    more.close()
    assert topics.apply(add_partitions=True)
    with pytest.raises(ConfigError, match="takes no partitions away"):
        topics.check()


def test_more_copies_than_brokers_are_a_mistake_of_the_settings(cluster: KafkaCluster) -> None:
    topics = TopicsAdmin(cluster, 3, 3)
    with pytest.raises(ConfigError, match=r"creating inbound.*[Rr]eplication"):
        topics.apply()
    topics.close()


def test_records_are_counted(url: str, topics: TopicsAdmin) -> None:
    topics.apply()
    log = KafkaLog(url)
    log.append([NewRecord(INBOUND.name, f"k{n}", f"r{n}", n + 1, b"v") for n in range(20)])
    assert {one.topic: one.records for one in topics.describe()}[INBOUND.name] == 20
    log.truncate(INBOUND.name)
    assert {one.topic: one.records for one in topics.describe()}[INBOUND.name] == 0
    log.close()


def test_a_group_is_moved_only_while_nobody_takes_part(
    cluster: KafkaCluster, topics: TopicsAdmin, groups: GroupsAdmin
) -> None:
    topics.apply()
    assert groups.members(["tag"]) == []
    assert groups.positions("tag") == {}
    groups.move("tag", {f"{UTTERANCES.name}/0": 4, f"{UTTERANCES.name}/1": -1})
    assert groups.positions("tag") == {f"{UTTERANCES.name}/0": 4, f"{UTTERANCES.name}/1": -1}
    member = GroupReader(cluster, "tag", [UTTERANCES.name], dict, member="desk-1")
    while not member.assigned():
        member.poll(1, 0.1)
    (found,) = groups.members(["tag", "index"])
    assert (found.stage, found.name, found.host) == ("tag", "desk-1", "127.0.0.1")
    assert found.partitions == tuple(f"{UTTERANCES.name}/{n}" for n in range(3))
    with pytest.raises(ConfigError, match=r"take part in tag: desk-1 on .*stop the workers first"):
        groups.move("tag", {})
    with pytest.raises(ConfigError, match="stop the workers first"):
        groups.require_empty(["tag"], 1)
    member.close()
    groups.require_empty(["tag"])
    groups.move("tag", {})
    assert groups.positions("tag") == {}
    groups.move("tag", {})


def test_a_cluster_that_does_not_answer_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka_broker, "ANSWER_S", 1.0)
    nobody = KafkaCluster.parse("kafka://127.0.0.1:9")
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:9"):
        TopicsAdmin(nobody, 3, 1).plan()
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:9"):
        GroupsAdmin(nobody).members(["tag"])


def test_a_new_cluster_gets_its_topics_and_one_that_lost_a_topic_is_refused(
    cluster: KafkaCluster, topics: TopicsAdmin
) -> None:
    topics.prepare()
    assert topics.plan() == []
    topics.prepare()
    admin = AdminClient({"bootstrap.servers": cluster.brokers, "log_level": 0})
    for done in admin.delete_topics([cluster.topic(UTTERANCES.name)]).values():
        done.result(timeout=10)
    with pytest.raises(ConfigError, match=r"utterances: topic is missing"):
        topics.prepare()
