"""The reading side of Elasticsearch: pages of hits, totals, days, and what is indexed at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import elasticsearch
import msgspec
from elasticsearch import Elasticsearch
from msgspec.structs import replace

from infra.search import bm25
from infra.search.base import (
    Place,
    SearchRequest,
    best_after,
    best_cursor,
    microseconds,
    newest_after,
    newest_cursor,
    tie_of,
)
from infra.search.elastic_client import translated
from infra.search.elastic_query import any_text, compile_request, compile_text
from processors.query import Spoken, highlight
from processors.query.ast import Text, said
from schemas.errors import QueryError
from schemas.search import DayCount, Hit, Order, SearchPage

BLOCK = 500
"""Hits that are fetched in the server's order and then put into ours, when ordered by match."""
RANKED = 10_000
"""Hits by match that can be listed at all: the server looks no deeper."""
LISTED = 5000
_NEWEST = [{"at_us": "desc"}, {"tie": "desc"}]
_DAYS = {
    "days": {"date_histogram": {"field": "at", "calendar_interval": "day", "min_doc_count": 1}}
}


class ElasticReader:
    """Searches one alias. Safe to use from many threads."""

    def __init__(self, client: Elasticsearch, index: str) -> None:
        self._client = client
        self._index = index

    def search(self, request: SearchRequest) -> SearchPage:
        """Find utterances.

        Raises:
            InvalidEvent: `invalid_cursor`.
            QueryError: the query has more parts than the server takes.
        """
        return self._best(request) if request.order is Order.BEST else self._newest(request)

    def _newest(self, request: SearchRequest) -> SearchPage:
        after = newest_after(request.after)
        answer = self._ask(
            query=compile_request(request),
            sort=_NEWEST,
            size=request.limit + 1,
            search_after=None if after is None else list(after),
            source={"includes": ["hit"]},
            aggs=_DAYS,
        )
        hits = _hits(answer)
        page, more = hits[: request.limit], None
        if len(hits) > len(page):
            more = newest_cursor(_place(page[-1]))
        return _page(request, answer, page, more)

    def _best(self, request: SearchRequest) -> SearchPage:
        start = best_after(request.after)
        end = start + request.limit
        first = min(start // BLOCK * BLOCK, RANKED)
        last = min(-(-end // BLOCK) * BLOCK, RANKED)
        filters = compile_request(request)
        answer = self._ask(
            query={"bool": {"filter": [filters], "should": any_text(request.query)}},
            search_type="dfs_query_then_fetch",
            sort=["_score", *_NEWEST],
            from_=first,
            size=last - first,
            source={"includes": ["hit"]},
            aggs=_DAYS,
        )
        ranked = self._ranked([text for _, text in said(request.query)], _hits(answer))
        total: int = answer["hits"]["total"]["value"]
        page = ranked[start - first : end - first]
        more = best_cursor(end) if end < min(total, RANKED) else None
        note = f"lists the best {RANKED:,} of {total:,}" if total > RANKED else None
        return replace(_page(request, answer, page, more), note=note)

    def _ranked(self, texts: list[Text], hits: list[Hit]) -> list[Hit]:
        """Score hits as every index does, and sort them block by block."""
        if not texts or not hits:
            return hits
        documents, mean, containing = self._statistics(texts)
        weights = [bm25.weight(documents, count) for count in containing]
        scored: list[Hit] = []
        for hit in hits:
            spoken, score = Spoken(hit.text), 0.0
            for text, weight in zip(texts, weights, strict=True):
                if times := len(spoken.occurrences(text)):
                    score += bm25.score(weight, times, len(spoken.tokens), mean)
            scored.append(hit.scored(score))
        blocks = [scored[first : first + BLOCK] for first in range(0, len(scored), BLOCK)]
        return [hit for block in blocks for hit in sorted(block, key=_rank, reverse=True)]

    def _statistics(self, texts: list[Text]) -> tuple[int, float, list[int]]:
        """Count all documents, their mean length, and how many contain each text."""
        filters = {str(number): clause for number, clause in enumerate(_clauses(texts))}
        answer = self._ask(
            size=0,
            query={"match_all": {}},
            aggs={
                "length": {"avg": {"field": "length"}},
                "texts": {"filters": {"filters": filters}},
            },
        )
        found = answer["aggregations"]
        counts = [found["texts"]["buckets"][name]["doc_count"] for name in filters]
        return answer["hits"]["total"]["value"], found["length"]["value"] or 0.0, counts

    def versions(self, index: str | None = None) -> Iterator[tuple[str, int]]:
        """Stream the ids and versions of all that was written, to what is searched by default."""
        name = index or self._index
        with translated():
            self._client.indices.refresh(index=name, ignore_unavailable=True)
        after: list[Any] | None = None
        while True:
            with translated():
                answer = self._client.search(
                    index=name,
                    query={"match_all": {}},
                    sort=[{"tie": "asc"}, {"at_us": "asc"}],
                    size=LISTED,
                    search_after=after,
                    source=False,
                    version=True,
                    track_total_hits=False,
                    ignore_unavailable=True,
                    allow_partial_search_results=False,
                )
            hits = answer["hits"]["hits"]
            yield from ((hit["_id"], hit["_version"]) for hit in hits)
            if len(hits) < LISTED:
                return
            after = hits[-1]["sort"]

    def places(self, index: str, ids: Sequence[str]) -> list[tuple[str, str, str]]:
        """Say where documents belong: tenant, interaction and id."""
        with translated():
            answer = self._client.search(
                index=index,
                query={"ids": {"values": list(ids)}},
                size=RANKED,
                source={"includes": ["tenant", "interaction"]},
                allow_partial_search_results=False,
            )
        hits = answer["hits"]["hits"]
        return [(x["_source"]["tenant"], x["_source"]["interaction"], x["_id"]) for x in hits]

    def _ask(self, **body: Any) -> Any:
        with translated():
            try:
                return self._client.search(
                    index=self._index,
                    track_total_hits=True,
                    ignore_unavailable=True,
                    allow_partial_search_results=False,
                    **body,
                )
            except elasticsearch.BadRequestError as error:
                raise QueryError(
                    "the query has more parts, or is nested deeper, than the search server takes"
                ) from error


def _clauses(texts: Sequence[Text]) -> list[dict[str, Any]]:
    return [compile_text(text) for text in texts]


def _hits(answer: Any) -> list[Hit]:
    return [msgspec.convert(hit["_source"]["hit"], Hit) for hit in answer["hits"]["hits"]]


def _place(hit: Hit) -> Place:
    return Place(microseconds(hit.at), tie_of(hit.utterance))


def _rank(hit: Hit) -> tuple[float, Place]:
    return hit.score, _place(hit)


def _page(request: SearchRequest, answer: Any, hits: list[Hit], more: str | None) -> SearchPage:
    # Where no index is, there are no aggregations.
    days = answer.get("aggregations", {}).get("days", {}).get("buckets", ())
    return SearchPage(
        total=answer["hits"]["total"]["value"],
        hits=tuple(
            replace(hit, highlights=highlight(request.query, hit.text, hit.role)) for hit in hits
        ),
        days=tuple(
            DayCount(
                day=datetime.fromtimestamp(day["key"] / 1000, UTC).date(), count=day["doc_count"]
            )
            for day in days
        ),
        next=more,
    )
