"""A cluster of real servers for one run: topics, a database and indices of its own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import psycopg
from confluent_kafka.admin import AdminClient

from infra.log.kafka_admin import TopicsAdmin
from infra.search.elastic_client import connect
from tests.e2e.same_answers.systems import System
from threadline.wiring import Wiring

PARTITIONS = 4


class Servers(NamedTuple):
    """Where the servers are, as settings take it."""

    kafka: str
    postgres: str
    search: str

    @property
    def search_name(self) -> str:
        """Name the server that is searched."""
        return self.search.partition("+")[0]


@contextmanager
def cluster(servers: Servers, engine: str = "faust", *, log: bool = True) -> Iterator[System]:
    """Make a place of our own on the servers, and take it away afterwards.

    Without `log` the log stays the embedded one, and so does the runner.
    """
    name = f"same{uuid.uuid4().hex[:12]}"
    search = f"{servers.search}?prefix={name}"
    database = f"{servers.postgres.rpartition('/')[0]}/{name}"
    with psycopg.connect(servers.postgres, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    try:
        yield System(
            f"{f'kafka, {engine}' if log else 'embedded log'}, postgresql, {servers.search_name}",
            {
                "THREADLINE_STORE": database,
                "THREADLINE_SEARCH": search,
                **(_on_kafka(f"{servers.kafka}?prefix={name}.", engine, name) if log else {}),
            },
            prepare=_make_topics if log else _nothing,
            settle=lambda: _refresh(search),
        )
    finally:
        _remove_topics(servers.kafka, name)
        _remove_indices(search)
        with psycopg.connect(servers.postgres, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def _on_kafka(log: str, engine: str, worker: str) -> dict[str, str]:
    return {
        "THREADLINE_LOG": log,
        "THREADLINE_ENGINE": engine,
        "THREADLINE_PARTITIONS": str(PARTITIONS),
        "THREADLINE_WORKER": worker,
    }


def _nothing(_: Wiring) -> None:
    pass


def _make_topics(wiring: Wiring) -> None:
    TopicsAdmin(wiring.kafka, wiring.settings.partitions, wiring.settings.replication).apply()


def _refresh(search: str) -> None:
    client, prefix = connect(search)
    client.indices.refresh(index=f"{prefix}-*")
    client.close()


def _remove_topics(kafka: str, name: str) -> None:
    admin = AdminClient({"bootstrap.servers": kafka.partition("://")[2]})
    made = [topic for topic in admin.list_topics(timeout=10).topics if topic.startswith(name)]
    for done in admin.delete_topics(made).values() if made else ():
        done.result(timeout=30)


def _remove_indices(search: str) -> None:
    client, prefix = connect(search)
    made = list(client.indices.get(index=f"{prefix}-*", expand_wildcards="all"))
    if made:
        client.indices.delete(index=",".join(made))
    found = client.indices.get_index_template(name=f"{prefix}-*")
    for template in found["index_templates"]:
        client.indices.delete_index_template(name=template["name"])
    client.close()
