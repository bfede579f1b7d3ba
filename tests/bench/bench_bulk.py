"""Index the same utterances through us and through bare `async_streaming_bulk`, in turns.

`python -m tests.bench.bench_bulk --url elasticsearch+http://127.0.0.1:19200`. Both make the same
documents from the same utterances and send the same number at once; ours also keeps versions of
an utterance apart and looks which generations there are. The client of the bare loop is as it
comes; the second bare loop has the documents made beforehand.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from itertools import islice

import msgspec
from elasticsearch import AsyncElasticsearch
from elasticsearch.helpers import async_streaming_bulk

from infra.search.elastic import ElasticSearch
from infra.search.elastic_client import connect
from infra.search.elastic_document import document_of, month_of
from infra.search.elastic_generations import Generations
from infra.search.elastic_writer import PART
from schemas.utterance import Tagged
from tests.bench.bench_search import Corpus

Prepared = list[tuple[str, str, int, dict[str, object]]]


def made(batch: Sequence[Tagged]) -> Prepared:
    """Make the documents of a batch as the bare client wants them."""
    return [
        (
            one.utterance.id,
            month_of(one),
            one.utterance.version,
            msgspec.to_builtins(document_of(one)),
        )
        for one in batch
    ]


class Bench:
    def __init__(self, url: str, documents: list[Tagged], batch: int) -> None:
        self.url = url
        self.prefix = f"bench{uuid.uuid4().hex[:8]}"
        self.batches = [
            documents[first : first + batch] for first in range(0, len(documents), batch)
        ]
        self.prepared = [made(one) for one in self.batches]
        place = connect(f"{url}?prefix={self.prefix}")
        self.admin, self.generations = place.client, Generations(place)
        self.search = ElasticSearch(f"{url}?prefix={self.prefix}")
        self.search.migrate()

    def ready(self) -> dict[str, str]:
        """Create every month, and say where each is written."""
        self.search.clear()
        months = {month for batch in self.prepared for _, month, _, _ in batch}
        live = self.generations.standing(fresh=True).live
        self.generations.ensure(live, months)
        return {month: live.index(month) for month in months}

    def ours(self) -> float:
        self.ready()
        began = time.perf_counter()
        for batch in self.batches:
            self.search.apply(batch)
        return time.perf_counter() - began

    def bare(self, *, prepared: bool) -> float:
        return asyncio.run(self._bare(self.ready(), prepared=prepared))

    async def _bare(self, indices: dict[str, str], *, prepared: bool) -> float:
        client = AsyncElasticsearch(self.url.partition("+")[2])

        async def actions() -> AsyncIterator[dict[str, object]]:
            for batch, ready in zip(self.batches, self.prepared, strict=True):
                for id_, month, version, source in ready if prepared else made(batch):
                    yield {
                        "_index": indices[month],
                        "_id": id_,
                        "version": version,
                        "version_type": "external",
                        "_source": source,
                    }

        began = time.perf_counter()
        async for ok, _ in async_streaming_bulk(client, actions(), chunk_size=PART):
            assert ok
        taken = time.perf_counter() - began
        await client.close()
        return taken

    def count(self) -> int:
        self.admin.indices.refresh(index=f"{self.prefix}-utt-*")
        return int(self.admin.count(index=f"{self.prefix}-utt")["count"])

    def close(self) -> None:
        self.admin.indices.delete(
            index=list(self.admin.indices.get_alias(index=f"{self.prefix}-*"))
        )
        self.admin.indices.delete_index_template(name=f"{self.prefix}-*")
        self.admin.close()
        self.search.close()


def main(argv: list[str]) -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--url", default="elasticsearch+http://127.0.0.1:19200")
    options.add_argument("--size", type=int, default=20_000, help="utterances")
    options.add_argument("--batch", type=int, default=1000, help="utterances in one apply")
    options.add_argument("--months", type=int, default=18, help="months that they lie in, up to 18")
    options.add_argument("--rounds", type=int, default=3)
    chosen = options.parse_args(argv)
    corpus = Corpus(chosen.size * 18 // chosen.months).utterances()
    bench = Bench(chosen.url, list(islice(corpus, chosen.size)), chosen.batch)
    sides: dict[str, Callable[[], float]] = {
        "bare": lambda: bench.bare(prepared=False),
        "ours": bench.ours,
        "bare, documents made before": lambda: bench.bare(prepared=True),
    }
    rates: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(chosen.rounds + 1):
        for name, side in sides.items():
            taken = side()
            assert bench.count() == chosen.size
            if turn:  # the first only warms the server up
                rates[name].append(chosen.size / taken)
    bench.close()
    for name, found in rates.items():
        print(f"{name:<28}{statistics.median(found):>9,.0f}/s   {[round(one) for one in found]}")
    ours = statistics.median(rates["ours"])
    for name in ("bare", "bare, documents made before"):
        print(f"ours / {name:<28}{ours / statistics.median(rates[name]):>6.2f}")


if __name__ == "__main__":
    main(sys.argv[1:])
