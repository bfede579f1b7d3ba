"""Topics on a real Kafka for tests that need a few, quickly."""

from __future__ import annotations

from confluent_kafka.admin import (  # type: ignore[attr-defined]  # its types forget NewTopic
    AdminClient,
    NewTopic,
)

from infra.log.kafka_broker import KafkaBroker
from infra.log.kafka_cluster import KafkaCluster
from schemas.errors import ConfigError


def make_topics(url: str, *names: str, partitions: int = 4) -> None:
    """Create topics that keep records of any age, and wait until they are there."""
    cluster = KafkaCluster.parse(url)
    admin = AdminClient({"bootstrap.servers": cluster.brokers, "log_level": 0})
    made = admin.create_topics(
        [
            NewTopic(cluster.topic(name), partitions, 1, config={"retention.ms": "-1"})
            for name in names
        ]
    )
    for done in made.values():
        done.result(timeout=10)
    broker = KafkaBroker(cluster)
    while True:
        try:
            broker.ends(names)
        except ConfigError:
            continue  # the broker creates first and knows later
        else:
            return
