"""Keep all versions of an utterance in one index, whatever time each of them states.

The server settles versions within an index only. The first version of an utterance that is seen
decides its month. Where later versions exist, `homes` remembers that month; it is asked for every
utterance once anything is in it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from elasticsearch import Elasticsearch

from infra.search.elastic_bulk import Action, write
from infra.search.elastic_client import translated
from infra.search.elastic_document import month_of
from infra.search.elastic_generations import Generation, Generations
from schemas.base import encode
from schemas.errors import Conflict
from schemas.utterance import Tagged

ASKED = 1000
"""Ids in one request."""


class Homes:
    """Finds and remembers the months of utterances."""

    def __init__(self, client: Elasticsearch, generations: Generations) -> None:
        self._client = client
        self._generations = generations

    def months(self, generation: Generation, documents: Sequence[Tagged]) -> dict[str, str]:
        """Give the month of each utterance by its id."""
        own = {tagged.utterance.id: month_of(tagged) for tagged in documents}
        later = [tagged.utterance.id for tagged in documents if tagged.utterance.version > 1]
        known = self._known(generation, list(own) if generation.homed else later)
        new = {id_: own[id_] for id_ in later if id_ not in known}
        if new:
            held = self._held(generation, new)
            known |= self._remember(generation, {**new, **held})
        return {**own, **known}

    def find(self, generation: Generation, ids: Collection[str]) -> list[tuple[str, str]]:
        """List the indices that hold utterances, as (index, id), with all that was written."""
        with translated():
            self._client.indices.refresh(index=generation.index("*"))
        found: list[tuple[str, str]] = []
        wanted = list(ids)
        for first in range(0, len(wanted), ASKED):
            with translated():
                answer = self._client.search(
                    index=generation.index("*"),
                    query={"ids": {"values": wanted[first : first + ASKED]}},
                    size=10_000,
                    source=False,
                    allow_partial_search_results=False,
                )
            found += [(hit["_index"], hit["_id"]) for hit in answer["hits"]["hits"]]
        return found

    def _held(self, generation: Generation, new: Mapping[str, str]) -> dict[str, str]:
        """Give the months of those that are indexed already, in another month than their own."""
        if all(generation.months <= {month} for month in new.values()):
            return {}
        start = generation.index("")
        return {id_: index.removeprefix(start) for index, id_ in self.find(generation, new)}

    def _known(self, generation: Generation, ids: Sequence[str]) -> dict[str, str]:
        known: dict[str, str] = {}
        for first in range(0, len(ids), ASKED):
            with translated():
                answer: Any = self._client.mget(
                    index=generation.homes,
                    ids=ids[first : first + ASKED],
                    filter_path=("docs._id", "docs._source"),
                )
            found = answer.get("docs", ())
            known |= {doc["_id"]: doc["_source"]["month"] for doc in found if "_source" in doc}
        return known

    def _remember(self, generation: Generation, months: Mapping[str, str]) -> dict[str, str]:
        self._generations.use_homes(generation)
        actions: list[Action] = [
            ({"create": {"_index": generation.homes_used, "_id": id_}}, encode({"month": month}))
            for id_, month in months.items()
        ]
        written = write(self._client, actions, refresh="false")
        if written.shut:
            raise Conflict("this generation is gone")
        # Somebody was faster, and theirs counts.
        return {**months, **self._known(generation, written.conflicts)}
