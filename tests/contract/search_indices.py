"""Opens the indices that the search suite runs against."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import apsw

from infra.search.base import Search
from infra.search.elastic import ElasticSearch
from infra.search.elastic_client import connect
from infra.search.fts5 import Fts5Search

SERVERS = ("elasticsearch", "opensearch")


class OwnedFts5(Fts5Search):
    """An index that knows its connection, for tests that commit."""

    def __init__(self, connection: apsw.Connection) -> None:
        super().__init__(connection)
        self.connection = connection


def sqlite_index(path: str = ":memory:") -> tuple[OwnedFts5, apsw.Connection]:
    """Open an index in a file of its own, and say on which connection."""
    connection = apsw.Connection(path)
    if path != ":memory:":
        connection.pragma("journal_mode", "wal")
    connection.set_busy_timeout(5000)
    Fts5Search.migrate(connection)
    return OwnedFts5(connection), connection


@contextmanager
def sqlite_search() -> Iterator[OwnedFts5]:
    """Open an index in memory, and close it at the end."""
    search, connection = sqlite_index()
    yield search
    connection.close()


@contextmanager
def server_index(url: str) -> Iterator[str]:
    """Set up an index with a prefix of its own on a server, and remove all of it at the end."""
    prefix = f"test{uuid.uuid4().hex[:12]}"
    search = ElasticSearch(f"{url}?prefix={prefix}")
    search.migrate()
    search.close()
    yield prefix
    client = connect(url).client
    client.indices.delete(index=list(client.indices.get_alias(index=f"{prefix}-*")))
    client.indices.delete_index_template(name=f"{prefix}-*")
    client.close()


@contextmanager
def server_search(url: str) -> Iterator[ElasticSearch]:
    """Open an index with a prefix of its own, in which all is found at once."""
    with server_index(url) as prefix:
        search = ElasticSearch(f"{url}?prefix={prefix}", refresh="true")
        yield search
        search.close()


def at_once(index: Search) -> AbstractContextManager[object]:
    """Give the transaction of an index that has one."""
    return index.connection if isinstance(index, OwnedFts5) else nullcontext()
