"""How addresses of search servers are read, and what their errors mean."""

from __future__ import annotations

import elastic_transport
import elasticsearch
import pytest

from infra.search.elastic_client import connect, translated
from infra.search.elastic_node import CompatibleNode, OpenSearchNode
from schemas.errors import ConfigError, Unavailable


def answer(status: int, kind: str) -> elasticsearch.ApiError:
    meta = elastic_transport.ApiResponseMeta(
        status,
        "1.1",
        elastic_transport.HttpHeaders(),
        0.0,
        elastic_transport.NodeConfig("http", "example.com", 9200),
    )
    return elasticsearch.ApiError(kind, meta, {})


def test_an_address_names_hosts_login_and_prefix() -> None:
    place = connect("elasticsearch+http://ana:p%40ss@one.example.com,two.example.com:9201?prefix=x")
    nodes = sorted(place.client.transport.node_pool.all(), key=lambda node: node.base_url)
    assert [node.base_url for node in nodes] == [
        "http://one.example.com:9200",
        "http://two.example.com:9201",
    ]
    assert place.prefix == "x"
    assert all(type(node) is CompatibleNode for node in nodes)
    assert place.client._headers["authorization"] == "Basic YW5hOnBAc3M="


def test_opensearch_has_a_connection_of_its_own() -> None:
    place = connect("opensearch+https://search.example.com")
    (node,) = place.client.transport.node_pool.all()
    assert type(node) is OpenSearchNode
    assert (node.base_url, place.prefix) == ("https://search.example.com:9200", "threadline")


@pytest.mark.parametrize(
    "url",
    [
        "http://ana:hush@example.com",
        "elasticsearch://ana:hush@example.com",
        "solr+http://ana:hush@example.com",
        "elasticsearch+http://ana:hush@",
        "elasticsearch+http://ana:hush@example.com?prefix=Big",
        "elasticsearch+http://ana:hush@example.com?prefix=a-b",
    ],
)
def test_an_address_that_is_none_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ConfigError) as error:
        connect(url)
    assert "hush" not in str(error.value)


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (elastic_transport.ConnectionError("hush"), Unavailable),
        (elastic_transport.ConnectionTimeout("hush"), Unavailable),
        (elastic_transport.TlsError("hush"), ConfigError),
        (elasticsearch.UnsupportedProductError("hush", answer(200, "").meta, {}), ConfigError),
        (answer(429, "circuit_breaking_exception"), Unavailable),
        (answer(503, "unavailable_shards_exception"), Unavailable),
        (answer(401, "security_exception"), ConfigError),
        (answer(403, "security_exception"), ConfigError),
        (answer(400, "parse_exception"), ConfigError),
    ],
)
def test_errors_of_the_server_are_told_in_our_words(
    raised: Exception, expected: type[Exception]
) -> None:
    with pytest.raises(expected) as error, translated():
        raise raised
    assert "hush" not in str(error.value)
