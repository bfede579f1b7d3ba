"""Build a generation from the store beside the one that is searched, and swap them in one step."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack, suppress

from infra.search.base import LookUp
from infra.search.elastic_client import Place, translated
from infra.search.elastic_generations import REMEMBERED_S, Generation, Generations
from infra.search.elastic_homes import ASKED
from infra.search.elastic_reader import ElasticReader
from infra.search.elastic_writer import Writer
from infra.search.versions import Versions
from schemas.errors import Conflict, Unavailable
from schemas.utterance import Tagged


class Rebuild:
    """One rebuild; `look_up` reads the store."""

    def __init__(
        self,
        place: Place,
        generations: Generations,
        writer: Writer,
        reader: ElasticReader,
        look_up: LookUp,
    ) -> None:
        self._indices = place.client.indices
        self._generations = generations
        self._writer = writer
        self._reader = reader
        self._look_up = look_up
        self._refused: dict[str, str] = {}

    def run(self, batches: Iterable[Sequence[Tagged]]) -> dict[str, str]:
        """Build, swap and clean up; give the reasons for what cannot be indexed, by id.

        Raises:
            Conflict: another rebuild or a replay began; nothing was swapped.
        """
        new = self._generations.open_next()
        old = self._generations.standing().live
        with ExitStack() as undone:
            undone.callback(self._abandon, new)
            # Until every writer has looked and writes to both.
            time.sleep(2 * REMEMBERED_S)
            for batch in batches:
                self._fill(new, batch)
            self._catch_up(old, new)
            standing = self._generations.standing(fresh=True)
            if standing.next is None or standing.next.number != new.number:
                raise Conflict("another rebuild or a replay has begun; this one ends")
            old, new = standing.written
            self._generations.swap(old, new)
            undone.pop_all()
        # A writer that was slow to look may have written to the old one alone.
        self._generations.close(old)
        self._catch_up(old, new)
        self._generations.drop_all_but(new)
        return self._refused

    def _fill(self, new: Generation, batch: Sequence[Tagged]) -> None:
        self._refused |= self._writer.fill(new, batch)

    def _catch_up(self, old: Generation, new: Generation) -> None:
        """Write to the new generation what only the old one got, if the store has it."""
        held = Versions(self._reader.versions(new.index("*")))
        behind = [
            id_
            for id_, version in self._reader.versions(old.index("*"))
            if held.lacks(id_, version)
        ]
        for first in range(0, len(behind), ASKED):
            places = self._reader.places(old.index("*"), behind[first : first + ASKED])
            stored = [self._look_up(*place) for place in places]
            self._fill(new, [tagged for tagged in stored if tagged])
        with translated():
            self._indices.refresh(index=new.index("*"))

    def _abandon(self, new: Generation) -> None:
        # What cannot be removed now is removed by the next rebuild.
        with suppress(Unavailable):
            self._generations.drop(new)
