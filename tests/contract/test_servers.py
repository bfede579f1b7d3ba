"""The real servers start, keep their data through a crash, and leave nothing behind."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from confluent_kafka import Consumer, KafkaException, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from infra.dev.kafka import Secured
from infra.dev.process import free
from tests.servers import own_server

pytestmark = pytest.mark.contract


def of_folder(folder: Path) -> list[str]:
    """Give the command lines of processes that work on a folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_text("utf-8", "replace")
        except OSError:
            continue  # it ended while we looked
        if str(folder) in line:
            found.append(line)
    return found


def test_postgres_keeps_what_was_committed_through_a_crash_and_leaves_nothing_behind() -> None:
    with own_server("postgres") as server:
        with psycopg.connect(server.url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
        server.kill()
        assert of_folder(server.folder) == []
        server.start_again()
        with psycopg.connect(server.url) as connection:
            assert connection.execute("SELECT one FROM kept").fetchone() == (1,)
        assert of_folder(server.folder)
    assert of_folder(server.folder) == []
    assert not server.folder.exists()
    assert all(map(free, server.server.ports))


def test_kafka_keeps_what_it_acknowledged_through_a_crash_and_leaves_nothing_behind() -> None:
    with own_server("kafka") as server:
        bootstrap = server.url.partition("://")[2]
        admin = AdminClient({"bootstrap.servers": bootstrap})
        admin.create_topics([NewTopic("kept", 1, 1)])["kept"].result(30)
        producer = Producer({"bootstrap.servers": bootstrap})
        producer.produce("kept", b"one")
        assert producer.flush(30) == 0
        server.kill()
        server.start_again()
        assert read_one(bootstrap) == b"one"
    assert of_folder(server.folder) == []
    assert not server.folder.exists()
    assert all(map(free, server.server.ports))


def read_one(bootstrap: str) -> bytes | None:
    reader = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "reader",
            "auto.offset.reset": "earliest",
        }
    )
    try:
        reader.subscribe(["kept"])
        message = reader.poll(60)
        assert message is not None
        assert message.error() is None
        return message.value()
    finally:
        reader.close()


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-512"])
def test_the_secured_listener_wants_a_password_over_tls(
    secured_kafka: Secured, mechanism: str
) -> None:
    def brokers(password: str) -> int:
        asking: dict[str, str | int | float | bool] = {
            "bootstrap.servers": secured_kafka.bootstrap,
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": mechanism,
            "sasl.username": secured_kafka.user,
            "sasl.password": password,
            "ssl.ca.location": str(secured_kafka.ca_file),
            "log_level": 0,
        }
        return len(AdminClient(asking).list_topics(timeout=5).brokers)

    assert brokers(secured_kafka.password) == 1
    with pytest.raises(KafkaException):
        brokers("wrong")
    assert secured_kafka.password not in repr(secured_kafka)
