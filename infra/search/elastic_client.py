"""Connect to Elasticsearch or OpenSearch by URL, and turn their errors into ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

import elastic_transport
import elasticsearch
import msgspec
from elasticsearch import Elasticsearch

from infra.search.elastic_node import CompatibleNode, OpenSearchNode
from schemas.errors import ConfigError, Unavailable

TIMEOUT_S = 30.0
PREFIX = "threadline"
_NODES = {"elasticsearch": CompatibleNode, "opensearch": OpenSearchNode}
_PREFIX = re.compile(r"[a-z0-9][a-z0-9._]{0,99}")
_PASSING = frozenset({408, 429, 500, 502, 503, 504})


class Place(NamedTuple):
    """A server or several of one cluster, and what the names of our indices begin with."""

    client: Elasticsearch
    prefix: str


class FastJson(elastic_transport.JsonSerializer):
    """JSON by msgspec, several times as fast as the standard library's."""

    def dumps(self, data: Any) -> bytes:
        """Encode; what is encoded already stays as it is."""
        return data if isinstance(data, bytes) else msgspec.json.encode(data)

    def loads(self, data: bytes) -> Any:
        """Decode."""
        try:
            return msgspec.json.decode(data)
        except msgspec.DecodeError as error:
            raise elastic_transport.SerializationError("the answer is no JSON") from error


def connect(url: str, *, api_key: str | None = None, ca: str | None = None) -> Place:
    """Open a client for `elasticsearch+http://user:password@host:9200,host:9200?prefix=name`.

    The scheme is `elasticsearch` or `opensearch`, plus `+http` or `+https`; `ca` is a file of
    certificates. Nothing is sent yet. The URL may hold a password, so no error repeats it.

    Raises:
        ConfigError: the URL is none of these.
    """
    parts = urlsplit(url)
    vendor, _, transfer = parts.scheme.partition("+")
    if vendor not in _NODES or transfer not in ("http", "https"):
        raise ConfigError("a search index is elasticsearch+http(s):// or opensearch+http(s)://")
    login, _, places = parts.netloc.rpartition("@")
    options: dict[str, Any] = {"api_key": api_key} if api_key else {}
    if login:
        user, _, password = login.partition(":")
        options["basic_auth"] = (unquote(user), unquote(password))
    if transfer == "https" and ca:
        options["ca_certs"] = ca
    prefix = parse_qs(parts.query).get("prefix", [PREFIX])[-1]
    if not places or not _PREFIX.fullmatch(prefix):
        raise ConfigError(
            "a search index has a host, and a prefix of lower-case letters and digits"
        )
    client = Elasticsearch(
        [_address(transfer, place) for place in places.split(",")],
        node_class=_NODES[vendor],
        serializers={"application/json": FastJson()},
        request_timeout=TIMEOUT_S,
        # A bulk or search whose answer was lost may be sent again: both only repeat themselves.
        retry_on_timeout=False,
        max_retries=2,
        **options,
    )
    return Place(client, prefix)


def _address(transfer: str, place: str) -> str:
    return f"{transfer}://{place if re.search(r':[0-9]+$', place) else f'{place}:9200'}"


@contextmanager
def translated() -> Iterator[None]:
    """Turn the client's errors into ours; none of them repeats what was sent."""
    try:
        yield
    except elastic_transport.TlsError as error:
        raise ConfigError("the search server's certificate is not trusted") from error
    except elasticsearch.UnsupportedProductError as error:
        raise ConfigError(
            "the search server is not Elasticsearch; OpenSearch is opensearch+http(s)://"
        ) from error
    except elastic_transport.TransportError as error:
        raise Unavailable(f"the search server cannot be reached: {type(error).__name__}") from error
    except elasticsearch.ApiError as error:
        raise fault(error) from error


def fault(error: elasticsearch.ApiError) -> ConfigError | Unavailable:
    """Say what an answer that is an error means for the caller."""
    kind = str(error.error)
    if error.status_code in _PASSING:
        return Unavailable(f"the search server cannot answer now: {error.status_code} {kind}")
    if error.status_code in (401, 403):
        return ConfigError(f"the search server does not let us in: {error.status_code} {kind}")
    return ConfigError(f"the search server refuses: {error.status_code} {kind}")
