from __future__ import annotations

import pytest

from infra.log.kafka_cluster import KafkaCluster
from infra.log.kafka_security import KafkaSecurity
from schemas.errors import ConfigError


def test_a_url_names_brokers_and_the_start_of_all_names() -> None:
    cluster = KafkaCluster.parse("kafka://one:9093,two?prefix=acme.")
    assert cluster.brokers == "one:9093,two:9092"
    assert cluster.topic("inbound") == "acme.inbound"
    assert cluster.group("tag") == "acme.threadline.tag"
    assert cluster.partition("acme.inbound", 3) == "inbound/3"
    assert cluster.place("inbound/3") == ("acme.inbound", 3)
    assert not cluster.security.tls


def test_kafka_with_ssl_demands_tls() -> None:
    assert KafkaCluster.parse("kafka+ssl://one").security.tls
    with pytest.raises(ConfigError, match="TLS"):
        KafkaCluster.parse("kafka+ssl://one", KafkaSecurity())
    with pytest.raises(ConfigError, match="TLS"):
        KafkaCluster.parse("kafka://one", KafkaSecurity(tls=True))


@pytest.mark.parametrize(
    "url",
    [
        "amqp://one",
        "kafka://",
        "kafka://one/topic",
        "kafka://one?prefx=a",
        "kafka://ana:secret-word@one",
    ],
)
def test_what_is_no_such_url_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        KafkaCluster.parse(url)
    assert "secret-word" not in str(caught.value)
