"""Topics on a real Kafka for tests that need a few, quickly."""

from __future__ import annotations

from confluent_kafka.admin import AdminClient, NewTopic

from infra.log.kafka_cluster import KafkaCluster


def make_topics(url: str, *names: str, partitions: int = 4) -> None:
    """Create topics that keep records of any age."""
    cluster = KafkaCluster.parse(url)
    admin = AdminClient({"bootstrap.servers": cluster.brokers})
    made = admin.create_topics(
        [
            NewTopic(cluster.topic(name), partitions, 1, config={"retention.ms": "-1"})
            for name in names
        ]
    )
    for done in made.values():
        done.result(timeout=10)
