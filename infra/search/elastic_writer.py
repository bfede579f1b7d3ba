"""The writing side of Elasticsearch: into every generation that is to have what comes in."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any

from infra.search.base import newest_versions
from infra.search.elastic_bulk import Action, Written, write
from infra.search.elastic_client import Place, translated
from infra.search.elastic_document import document_of
from infra.search.elastic_generations import Generation, Generations
from infra.search.elastic_homes import Homes
from schemas.base import encode
from schemas.errors import Conflict, Refused, Unavailable
from schemas.utterance import Tagged

TRIES = 4
SERVER_CLOCK_S = 0.3
"""Longer than the servers' clock, which ticks every 200 ms, stands still."""


class Writer:
    """Writes and removes utterances. Safe to use from many threads."""

    def __init__(self, place: Place, generations: Generations, refresh: str) -> None:
        self._place = place
        self._generations = generations
        self._homes = Homes(place.client, generations)
        self._refresh = refresh

    def apply(self, documents: Sequence[Tagged]) -> None:
        """Write to every generation, and again where one was replaced meanwhile.

        Raises:
            Refused: some of the documents can never be indexed; the others were.
            Unavailable: nothing can be written now; some documents may have been.
        """
        ready = _Ready(documents)
        for attempt in range(TRIES):
            refused: dict[str, str] = {}
            shut = False
            for generation in self._generations.standing(fresh=attempt > 0).written:
                try:
                    written = self._write(generation, ready)
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
                written = self._write(standing, _Ready(documents))
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
            write(self._place.client, actions, self._refresh)
        # The server remembers the version of what was removed until its clock has moved on, and
        # would take the same version, written again, for one that is there.
        time.sleep(SERVER_CLOCK_S)
        with translated():
            self._place.client.indices.refresh(index=f"{self._place.prefix}-*")

    def _write(self, generation: Generation, ready: _Ready) -> Written:
        months = self._homes.months(generation, ready.documents)
        self._generations.ensure(generation, months.values())
        doors = {month: generation.door(month) for month in set(months.values())}
        actions = [
            (_index(doors[months[one.id]], one.id, one.version), ready.bodies[one.id])
            for one in (tagged.utterance for tagged in ready.documents)
        ]
        return write(self._place.client, actions, self._refresh)


class _Ready:
    """Documents of which each id stands once, and what is sent of them."""

    def __init__(self, documents: Sequence[Tagged]) -> None:
        self.documents = list(newest_versions(documents).values())
        self.bodies = {one.utterance.id: encode(document_of(one)) for one in self.documents}


def _index(door: str, id_: str, version: int) -> dict[str, Any]:
    return {
        "index": {
            "_index": door,
            "_id": id_,
            "version": version,
            "version_type": "external",
            "require_alias": True,
        }
    }
