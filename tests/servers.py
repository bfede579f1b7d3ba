"""The real servers for tests: those that `make servers` left running, or new ones.

A server is started only when a test asks for it. One that cannot be started fails its tests on CI
and skips them elsewhere.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from typing import NoReturn

import psycopg
import pytest
from confluent_kafka.admin import AdminClient

from infra.dev.kafka import Kafka, Secured
from infra.dev.running import Running, free_place, start_server
from infra.dev.server import Place
from infra.dev.state import State
from schemas.errors import ConfigError, Unavailable


def own_server(name: str) -> Running:
    """Start a server of the test's own, on free ports, for tests that kill it.

    The test ends it with `remove` or a `with` block. Where it cannot be started the test fails
    on CI and skips elsewhere.
    """
    try:
        return start_server(name, free_place(name, _place()))
    except (ConfigError, Unavailable) as error:
        _give_up(name, error)


@pytest.fixture(scope="session")
def kafka() -> Iterator[Running]:
    """A Kafka that all tests share: name topics with `topic_prefix`."""
    yield from _shared("kafka")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Running]:
    """A PostgreSQL that all tests share: work in a `fresh_database`."""
    yield from _shared("postgres")


@pytest.fixture(scope="session")
def elasticsearch() -> Iterator[Running]:
    """An Elasticsearch that all tests share: name indices with a prefix of your own."""
    yield from _shared("elasticsearch")


@pytest.fixture(scope="session")
def opensearch() -> Iterator[Running]:
    """An OpenSearch that all tests share: name indices with a prefix of your own."""
    yield from _shared("opensearch")


@pytest.fixture(scope="session")
def kafka_url(kafka: Running) -> str:
    return kafka.url


@pytest.fixture(scope="session")
def postgres_url(postgres: Running) -> str:
    return postgres.url


@pytest.fixture(scope="session")
def elasticsearch_url(elasticsearch: Running) -> str:
    return elasticsearch.url


@pytest.fixture(scope="session")
def opensearch_url(opensearch: Running) -> str:
    return opensearch.url


@pytest.fixture(scope="session")
def secured_kafka(kafka: Running) -> Secured:
    """The same Kafka through its listener with TLS and passwords."""
    assert isinstance(kafka.server, Kafka)
    return kafka.server.secured(kafka.folder)


@pytest.fixture
def fresh_database(postgres_url: str) -> Iterator[str]:
    """The URL of a new, empty database, dropped after the test."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    yield f"{postgres_url.rpartition('/')[0]}/{name}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@pytest.fixture
def topic_prefix(kafka_url: str) -> Iterator[str]:
    """A prefix for topics that no other test uses; such topics are deleted after the test."""
    prefix = f"test-{uuid.uuid4().hex}-"
    yield prefix
    admin = AdminClient({"bootstrap.servers": kafka_url.partition("://")[2]})
    made = [name for name in admin.list_topics(timeout=10).topics if name.startswith(prefix)]
    if made:
        for done in admin.delete_topics(made).values():
            done.result(timeout=10)


def _shared(name: str) -> Iterator[Running]:
    with ExitStack() as ours:
        running = State(_place()).find(name)
        if running is None or not running.answers():
            running = ours.enter_context(own_server(name))
        yield running


def _place() -> Place:
    return Place(java_home=os.environ.get("JAVA_HOME", ""))


def _give_up(name: str, error: Exception) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(f"{name} does not start: {error}")
    pytest.skip(f"{name} does not start: {error}")
