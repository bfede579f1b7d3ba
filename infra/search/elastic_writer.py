"""The writing side of Elasticsearch: into every generation that is to have what comes in."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from infra.search.base import newest_versions
from infra.search.elastic_bulk import Action, Written, together, write
from infra.search.elastic_client import Place, translated
from infra.search.elastic_document import document_of
from infra.search.elastic_generations import Generation, Generations
from infra.search.elastic_homes import Homes
from schemas.base import encode
from schemas.errors import Conflict, Refused, Unavailable
from schemas.utterance import Tagged, Utterance

TRIES = 4
PART = 500
"""Documents in one request."""
AT_ONCE = 2
"""Requests under way at once."""
SERVER_CLOCK_S = 0.3
"""Longer than the servers' clock, which ticks every 200 ms, stands still."""


class Writer:
    """Writes and removes utterances. Safe to use from many threads."""

    def __init__(self, place: Place, generations: Generations, refresh: str) -> None:
        self._place = place
        self._generations = generations
        self._homes = Homes(place.client, generations)
        self._refresh = refresh
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="threadline-bulk")

    def close(self) -> None:
        """Let the threads end."""
        self._pool.shutdown()

    def apply(self, documents: Sequence[Tagged]) -> None:
        """Write to every generation, and again where one was replaced meanwhile.

        Raises:
            Refused: some of the documents can never be indexed; the others were.
            Unavailable: nothing can be written now; some documents may have been.
        """
        newest = list(newest_versions(documents).values())
        for attempt in range(TRIES):
            refused: dict[str, str] = {}
            shut = False
            for generation in self._generations.standing(fresh=attempt > 0).written:
                try:
                    written = self._write(generation, newest)
                except Conflict:
                    shut = True
                else:
                    refused |= written.refused
                    shut = shut or bool(written.shut)
            if not shut:
                if refused:
                    raise Refused(refused)
                return
        raise Unavailable("the search index takes no documents now")

    def fill(self, generation: Generation, documents: Sequence[Tagged]) -> dict[str, str]:
        """Write to one generation; give the reasons for what can never be indexed, by id.

        Raises:
            Conflict: it is gone.
        """
        for standing in self._generations.standing().written:
            if standing.number == generation.number:
                written = self._write(standing, list(newest_versions(documents).values()))
                if not written.shut:
                    return written.refused
        raise Conflict("another rebuild or a replay of the search index has begun; this one ends")

    def forget(self, ids: Sequence[str]) -> None:
        """Remove utterances from every generation."""
        for generation in self._generations.standing(fresh=True).written:
            found = self._homes.find(generation, ids)
            found += [(generation.homes, id_) for id_ in ids] if generation.homed else []
            actions: Iterable[Action] = (
                ({"delete": {"_index": index, "_id": id_}}, None) for index, id_ in found
            )
            write(self._place.client, actions, self._refresh, by_alias=False)
        # The server remembers the version of what was removed until its clock has moved on, and
        # would take the same version, written again, for one that is there.
        time.sleep(SERVER_CLOCK_S)
        with translated():
            self._place.client.indices.refresh(index=f"{self._place.prefix}-*")

    def _write(self, generation: Generation, documents: Sequence[Tagged]) -> Written:
        months = self._homes.months(generation, documents)
        self._generations.ensure(generation, months.values())
        doors = {month: generation.door(month) for month in set(months.values())}

        def send(part: Sequence[Tagged]) -> Written:
            actions = [
                (_index(doors[months[one.utterance.id]], one.utterance), encode(document_of(one)))
                for one in part
            ]
            return write(self._place.client, actions, self._refresh)

        # While the server works on one part, the next is made.
        parts = [documents[first : first + PART] for first in range(0, len(documents), PART)]
        return together(self._pool.map(send, parts))


def _index(door: str, utterance: Utterance) -> dict[str, Any]:
    return {
        "index": {
            "_index": door,
            "_id": utterance.id,
            "version": utterance.version,
            "version_type": "external",
        }
    }
