"""The servers that there are, by name."""

from __future__ import annotations

from collections.abc import Callable

from infra.dev.elasticsearch import Elasticsearch
from infra.dev.kafka import Kafka
from infra.dev.opensearch import OpenSearch
from infra.dev.postgres import Postgres
from infra.dev.server import Place, Server
from schemas.errors import ConfigError

SERVERS: dict[str, Callable[[Place], Server]] = {
    "kafka": Kafka,
    "elasticsearch": Elasticsearch,
    "opensearch": OpenSearch,
    "postgres": Postgres,
}
# OpenSearch is for the contract suite; whoever looks at Threadline needs one search server.
DEFAULT = ("kafka", "elasticsearch", "postgres")


def make_server(name: str, place: Place) -> Server:
    """Give the server of this name at this place. Raises ConfigError for a name that is none."""
    if name not in SERVERS:
        raise ConfigError(f"{name} is no server; there are {', '.join(SERVERS)}")
    return SERVERS[name](place)
