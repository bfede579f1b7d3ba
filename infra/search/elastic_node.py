"""Let one Elasticsearch client speak to Elasticsearch 8 and 9 and to OpenSearch.

The client of version 9 asks for answers in the form of version 9, which Elasticsearch 8 refuses
and OpenSearch does not know; and it trusts only servers that call themselves Elasticsearch.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from elastic_transport import HttpHeaders, Urllib3HttpNode
from elastic_transport.client_utils import DEFAULT, DefaultType

if TYPE_CHECKING:
    from elastic_transport._node import NodeApiResponse

_VENDOR = re.compile(r"application/vnd\.elasticsearch\+(json|x-ndjson);\s*compatible-with=\d+")


class CompatibleNode(Urllib3HttpNode):
    """A connection that asks for the form of version 8, which 8 and 9 both give."""

    form = r"application/vnd.elasticsearch+\1; compatible-with=8"

    def perform_request(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        headers: HttpHeaders | None = None,
        request_timeout: DefaultType | float | None = DEFAULT,
    ) -> NodeApiResponse:
        """Send a request."""
        asked = {name: _VENDOR.sub(self.form, value) for name, value in (headers or {}).items()}
        return super().perform_request(method, target, body, HttpHeaders(asked), request_timeout)


class OpenSearchNode(CompatibleNode):
    """A connection to OpenSearch, which knows plain JSON only."""

    form = r"application/\1"

    def perform_request(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        headers: HttpHeaders | None = None,
        request_timeout: DefaultType | float | None = DEFAULT,
    ) -> NodeApiResponse:
        """Send a request, and let the client take the answer for one of Elasticsearch."""
        answer = super().perform_request(method, target, body, headers, request_timeout)
        answer.meta.headers["x-elastic-product"] = "Elasticsearch"
        return answer
