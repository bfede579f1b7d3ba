"""Write many documents, again where the server is busy, and tell apart what went wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.helpers import streaming_bulk

from infra.search.elastic_client import translated
from schemas.errors import ConfigError, Unavailable

CHUNK = 1000
CHUNK_BYTES = 5_000_000
RETRIES = 5
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 3.0
_BUSY = (429, 502, 503, 504)
_SHOWN = ("errors", "items.*._id", "items.*.status", "items.*.error.type", "items.*.error.reason")

Action = tuple[dict[str, Any], bytes | None]
"""What to do, as the bulk API names it, and the document as JSON."""


@dataclass
class Written:
    """What became of the documents, where it was not what was asked."""

    conflicts: list[str] = field(default_factory=list)
    """Ids that are there already, in this version or a later one."""
    shut: list[str] = field(default_factory=list)
    """Ids whose index is gone or takes nothing more."""
    refused: dict[str, str] = field(default_factory=dict)
    """Why documents can never be indexed, by id."""


def together(parts: Iterable[Written]) -> Written:
    """Put together what became of several parts."""
    whole = Written()
    for part in parts:
        whole.conflicts += part.conflicts
        whole.shut += part.shut
        whole.refused |= part.refused
    return whole


def write(
    client: Elasticsearch, actions: Iterable[Action], refresh: str, *, by_alias: bool = True
) -> Written:
    """Send actions in chunks; `by_alias` writes through aliases only, which creates no index.

    Raises:
        Unavailable: the server cannot be reached, or stayed busy; some may have been written.
        ConfigError: the server does not let us in, or the indices are not as we made them.
    """
    written = Written()
    with translated():
        for ok, item in streaming_bulk(
            client,
            actions,  # type: ignore[arg-type]  # they are expanded already
            chunk_size=CHUNK,
            max_chunk_bytes=CHUNK_BYTES,
            expand_action_callback=lambda action: action,  # type: ignore[arg-type, return-value]  # see above
            raise_on_error=False,
            max_retries=RETRIES,
            initial_backoff=FIRST_PAUSE_S,
            max_backoff=LONGEST_PAUSE_S,
            retry_on_status=_BUSY,
            refresh=refresh,
            require_alias=by_alias,
            filter_path=_SHOWN,
        ):
            if not ok:
                _sort(written, *item.popitem())
    return written


def _sort(written: Written, verb: str, item: dict[str, Any]) -> None:
    status, error = item["status"], item.get("error", {})
    kind = error.get("type", "")
    if status == 409:
        written.conflicts.append(item["_id"])
    elif status == 404 and verb == "delete" and not error:
        return
    elif status in _BUSY or status >= 500:
        raise Unavailable(f"the search server cannot write now: {status} {kind}")
    elif kind in ("index_not_found_exception", "cluster_block_exception", "index_closed_exception"):
        written.shut.append(item["_id"])
    elif status in (401, 403) or kind == "strict_dynamic_mapping_exception":
        raise ConfigError(f"the search index is not ours to write as it is: {status} {kind}")
    else:
        # The server quotes the value that it cannot take, and that may be anything.
        reason = str(error.get("reason", "")).partition(" Preview of")[0]
        written.refused[item["_id"]] = f"{kind}: {reason}"
