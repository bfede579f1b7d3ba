"""Search in Elasticsearch 8 and 9, and in OpenSearch; only with what the free core offers.

One index per month behind aliases; see `docs/reference/indices.md`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from importlib.resources import files
from typing import Any

import elasticsearch

from infra.search.base import LookUp, SearchRequest, newest_versions
from infra.search.elastic_bulk import Action, Written, write
from infra.search.elastic_client import Place, connect, translated
from infra.search.elastic_document import document_of
from infra.search.elastic_generations import REMEMBERED_S, Generation, Generations
from infra.search.elastic_homes import ASKED, Homes
from infra.search.elastic_reader import ElasticReader
from infra.search.versions import Versions
from processors.analysis import ANALYSER_VERSION
from schemas.base import decode, encode
from schemas.errors import ConfigError, Conflict, Refused, Unavailable
from schemas.search import SearchPage
from schemas.utterance import Tagged

TEMPLATES = {
    "utt": ("utterances.index-template.json", "-utt-*-*-*"),
    "homes": ("homes.index-template.json", "-homes-*"),
}
"""The index templates: file in `schemas/json/`, and the names behind the prefix that it is for."""

SCHEMA_VERSION = 1
"""Grows with the fields of the templates."""
TRIES = 4
SERVER_CLOCK_S = 0.3
"""Longer than the servers' clock, which ticks every 200 ms, stands still."""
_OVERTAKEN = "another rebuild or a replay of the search index has begun; this one ends"


class ElasticSearch:
    """An index in Elasticsearch or OpenSearch. Safe to use from many threads.

    `url` as in `elastic_client.connect`; `refresh` says when what is written is found: `false`
    within a second, `wait_for` when `apply` returns, `true` the same at a higher price.
    """

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None = None,
        ca: str | None = None,
        refresh: str = "false",
    ) -> None:
        self._place: Place = connect(url, api_key=api_key, ca=ca)
        self._client = self._place.client
        self._refresh = refresh
        self._generations = Generations(self._place)
        self._homes = Homes(self._client, self._generations)
        self._reader = ElasticReader(self._client, self._generations.read)
        self._checked = False

    def migrate(self) -> None:
        """Install the index templates, and create the first generation where there is none.

        Raises:
            ConfigError: they were written by a newer version, or may not be written by us.
            Unavailable: the server cannot be reached.
        """
        for name, (file, pattern) in TEMPLATES.items():
            self._install(name, file, pattern)
        self._generations.open_first()
        if any(meta["schema"] > SCHEMA_VERSION for meta in self._metas()):
            raise ConfigError("the search index was written by a newer version of Threadline")

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def apply(self, documents: Sequence[Tagged]) -> None:
        """Index utterances; of each id the largest `version` stays, the earlier of equal ones.

        Raises:
            Refused: some of the documents can never be indexed; the others were.
            Unavailable: the index cannot be written now; some documents may have been.
            ConfigError: the index is not there, or not as this version made it.
        """
        newest = list(newest_versions(documents).values())
        if not newest:
            return
        self._check()
        refused: dict[str, str] = {}
        bodies = {tagged.utterance.id: encode(document_of(tagged)) for tagged in newest}
        for attempt in range(TRIES):
            standing = self._generations.standing(fresh=attempt > 0)
            shut = False
            for generation in standing.written:
                try:
                    written = self._write(generation, newest, bodies)
                except Conflict:
                    shut = True
                else:
                    refused |= written.refused
                    shut = shut or bool(written.shut)
            if not shut:
                break
        else:
            raise Unavailable("the search index is being replaced again and again")
        if refused:
            raise Refused(refused)

    def forget(self, ids: Iterable[str]) -> None:
        """Remove utterances for good, from every generation; takes a third of a second."""
        gone = list(dict.fromkeys(ids))
        if not gone:
            return
        for generation in self._generations.standing(fresh=True).written:
            found = self._homes.find(generation, gone)
            found += [(generation.homes, id_) for id_ in gone] if generation.homed else []
            actions: list[Action] = [
                ({"delete": {"_index": index, "_id": id_}}, None) for index, id_ in found
            ]
            write(self._client, actions, self._refresh)
        # The server remembers versions of what was removed until its clock has moved on, and would
        # take the same version, written again, for one that is there.
        time.sleep(SERVER_CLOCK_S)
        with translated():
            self._client.indices.refresh(index=f"{self._place.prefix}-*")

    def clear(self) -> None:
        """Remove every utterance, by putting an empty generation in the place of all others."""
        empty = self._generations.open_next()
        self._generations.swap(self._generations.standing().live, empty)
        self._generations.drop_all_but(empty)

    def search(self, request: SearchRequest) -> SearchPage:
        """Find utterances.

        Raises:
            InvalidEvent: `invalid_cursor`.
            QueryError: the query has more parts than the server takes.
            Unavailable: the server cannot be reached, or a part of the index is missing.
        """
        self._check()
        return self._reader.search(request)

    def versions(self) -> Iterator[tuple[str, int]]:
        """Stream the ids and versions of all that is indexed."""
        return self._reader.versions()

    def renew(self, batches: Iterable[Sequence[Tagged]], look_up: LookUp) -> None:
        """Build the next generation beside the live one and swap them in one step.

        What comes in meanwhile is written to both. A generation that was left half built is
        removed first; until the swap the live one is as it was.

        Raises:
            Conflict: another rebuild or a replay began; nothing was swapped.
            Refused: documents cannot be indexed; nothing was swapped.
        """
        new = self._generations.open_next()
        old = self._generations.standing().live
        with ExitStack() as undone:
            undone.callback(self._abandon, new)
            # Until every writer has looked and writes to both.
            time.sleep(2 * REMEMBERED_S)
            for batch in batches:
                self._fill(new, batch)
            self._catch_up(old, new, look_up)
            standing = self._generations.standing(fresh=True)
            if standing.next is None or standing.next.number != new.number:
                raise Conflict(_OVERTAKEN)
            old, new = standing.written
            self._generations.swap(old, new)
            undone.pop_all()
        # A writer that was slow to look may have written to the old one alone.
        self._generations.close(old)
        self._catch_up(old, new, look_up)
        self._generations.drop_all_but(new)

    def _abandon(self, new: Generation) -> None:
        # What cannot be removed now is removed by the next rebuild.
        with suppress(Unavailable):
            self._generations.drop(new)

    def _fill(self, new: Generation, batch: Sequence[Tagged]) -> None:
        """Write to the generation that is being built or was just swapped in."""
        standing = self._generations.standing()
        target = next((one for one in standing.written if one.number == new.number), None)
        if target is None:
            raise Conflict(_OVERTAKEN)
        newest = list(newest_versions(batch).values())
        bodies = {tagged.utterance.id: encode(document_of(tagged)) for tagged in newest}
        written = self._write(target, newest, bodies)
        if written.shut:
            raise Conflict(_OVERTAKEN)
        if written.refused:
            raise Refused(written.refused)

    def _catch_up(self, old: Generation, new: Generation, look_up: LookUp) -> None:
        """Write to the new generation what only the old one got, if the store has it."""
        names = [f"{one.prefix}-utt-{one.number}-*" for one in (old, new)]
        for name in names:
            with translated():
                self._client.indices.refresh(index=name)
        held = Versions(self._reader.versions(names[1]))
        behind = [
            id_ for id_, version in self._reader.versions(names[0]) if held.lacks(id_, version)
        ]
        for first in range(0, len(behind), ASKED):
            found = self._reader.places(names[0], behind[first : first + ASKED])
            stored = [look_up(*place) for place in found]
            self._fill(new, [tagged for tagged in stored if tagged])
        with translated():
            self._client.indices.refresh(index=names[1])

    def _write(
        self, generation: Generation, documents: Sequence[Tagged], bodies: dict[str, bytes]
    ) -> Written:
        months = self._homes.months(generation, documents)
        self._generations.ensure(generation, months.values())
        doors = {month: generation.door(month) for month in set(months.values())}
        actions: list[Action] = [
            (_index(doors[months[one.id]], one.id, one.version), bodies[one.id])
            for one in (tagged.utterance for tagged in documents)
        ]
        return write(self._client, actions, self._refresh)

    def _install(self, name: str, file: str, pattern: str) -> None:
        template = decode((files("schemas") / "json" / file).read_bytes(), dict[str, Any])
        full = f"{self._place.prefix}-{name}"
        with translated():
            try:
                found = self._client.indices.get_index_template(name=full)
                held = found["index_templates"][0]["index_template"].get("version", 0)
            except elasticsearch.NotFoundError:
                held = 0
            if held > template["version"]:
                raise ConfigError(f"the template {full} was written by a newer version")
            if held < template["version"]:
                patterns = [f"{self._place.prefix}{pattern}"]
                self._client.indices.put_index_template(
                    name=full, index_patterns=patterns, **template
                )

    def _check(self) -> None:
        """Refuse, once per instance, an index whose text another analyser has cut."""
        if self._checked:
            return
        analysers = {meta["analyser"] for meta in self._metas() if "analyser" in meta}
        if analysers - {ANALYSER_VERSION}:
            raise ConfigError(
                "the search index was analysed by another version: threadline index rebuild"
            )
        self._checked = True

    def _metas(self) -> list[dict[str, int]]:
        live = self._generations.standing().live
        with translated():
            found = self._client.indices.get_mapping(
                index=[live.homes, *live.indices], ignore_unavailable=True
            )
        return [index["mappings"]["_meta"] for index in found.values()]


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
