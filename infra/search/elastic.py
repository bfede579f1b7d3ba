"""Search in Elasticsearch 8 and 9, and in OpenSearch; only with what the free core offers.

One index per month behind aliases; see `docs/reference/indices.md`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from infra.search.base import LookUp, SearchRequest
from infra.search.elastic_client import connect
from infra.search.elastic_generations import Generations
from infra.search.elastic_reader import ElasticReader
from infra.search.elastic_rebuild import Rebuild
from infra.search.elastic_setup import check_analyser, set_up
from infra.search.elastic_writer import Writer
from schemas.errors import Refused
from schemas.search import SearchPage
from schemas.utterance import Tagged


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
        self._place = connect(url, api_key=api_key, ca=ca)
        self._generations = Generations(self._place)
        self._writer = Writer(self._place, self._generations, refresh)
        self._reader = ElasticReader(self._place.client, self._generations.read)
        self._checked = False

    def migrate(self) -> None:
        """Install the index templates, and create the first generation where there is none.

        Raises:
            ConfigError: they were written by a newer version, or may not be written by us.
            Unavailable: the server cannot be reached.
        """
        set_up(self._place, self._generations)

    def close(self) -> None:
        """Close the connections."""
        self._writer.close()
        self._place.client.close()

    def apply(self, documents: Sequence[Tagged]) -> None:
        """Index utterances; of each id the largest `version` stays, the earlier of equal ones.

        Raises:
            Refused: some of the documents can never be indexed; the others were.
            Unavailable: the index cannot be written now; some documents may have been.
            ConfigError: the index is not there, or not as this version made it.
        """
        if documents:
            self._check()
            self._writer.apply(documents)

    def forget(self, ids: Iterable[str]) -> None:
        """Remove utterances for good; takes a third of a second."""
        if gone := list(dict.fromkeys(ids)):
            self._writer.forget(gone)

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
            ConfigError: the index is not there, or not as this version made it.
        """
        self._check()
        return self._reader.search(request)

    def versions(self) -> Iterator[tuple[str, int]]:
        """Stream the ids and versions of all that is indexed."""
        return self._reader.versions()

    def renew(self, batches: Iterable[Sequence[Tagged]], look_up: LookUp) -> None:
        """Build the index anew beside the one that is searched, and swap them in one step.

        What comes in meanwhile is written to both.

        Raises:
            Refused: some of the documents can never be indexed; the others were.
            Conflict: another rebuild or a replay began; nothing was swapped.
        """
        place, generations = self._place, self._generations
        rebuild = Rebuild(place, generations, self._writer, self._reader, look_up)
        if refused := rebuild.run(batches):
            raise Refused(refused)

    def _check(self) -> None:
        """Look once whether queries and documents go together."""
        if not self._checked:
            check_analyser(self._place, self._generations.standing().live)
            self._checked = True
