"""Search by looking at every utterance: the meaning that other indices are compared with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC

from msgspec.structs import replace

from infra.search import bm25
from infra.search.base import (
    LookUp,
    Place,
    SearchRequest,
    best_after,
    best_cursor,
    hit_of,
    microseconds,
    newest_after,
    newest_cursor,
    newest_versions,
    tie_of,
)
from processors.query import Spoken, evaluate, highlight
from processors.query.ast import Text, said
from schemas.search import DayCount, Hit, Order, SearchPage
from schemas.utterance import Tagged


class MemorySearch:
    """An index that keeps utterances in a dictionary and evaluates the query on each."""

    def __init__(self) -> None:
        self._held: dict[str, Tagged] = {}

    def apply(self, documents: Sequence[Tagged]) -> None:
        """Index utterances; of each id the largest `version` stays, the earlier of equal ones."""
        self._held = newest_versions([*self._held.values(), *documents])

    def forget(self, ids: Iterable[str]) -> None:
        """Remove utterances by id."""
        for utterance in ids:
            self._held.pop(utterance, None)

    def clear(self) -> None:
        """Remove every utterance."""
        self._held.clear()

    def documents(self) -> list[Tagged]:
        """List what is indexed, in order of ids."""
        return [self._held[utterance] for utterance in sorted(self._held)]

    def versions(self) -> Iterator[tuple[str, int]]:
        """Stream the ids and versions of all utterances."""
        yield from [(id_, tagged.utterance.version) for id_, tagged in self._held.items()]

    def renew(self, batches: Iterable[Sequence[Tagged]], look_up: LookUp) -> None:
        """Index everything anew and replace the index at once."""
        self._held = newest_versions(tagged for batch in batches for tagged in batch)

    def search(self, request: SearchRequest) -> SearchPage:
        """Find utterances.

        Raises:
            InvalidEvent: `invalid_cursor`.
        """
        found = [tagged for tagged in self._held.values() if _matches(request, tagged)]
        found.sort(key=_place, reverse=True)
        days = Counter(tagged.utterance.at.astimezone(UTC).date() for tagged in found)
        page = self._best if request.order is Order.BEST else self._newest
        hits, cursor = page(request, found)
        return SearchPage(
            total=len(found),
            hits=tuple(
                replace(hit, highlights=highlight(request.query, hit.text, hit.role))
                for hit in hits
            ),
            days=tuple(DayCount(day=day, count=days[day]) for day in sorted(days)),
            next=cursor,
        )

    def _newest(self, request: SearchRequest, found: list[Tagged]) -> tuple[list[Hit], str | None]:
        after = newest_after(request.after)
        left = [tagged for tagged in found if after is None or _place(tagged) < after]
        page = left[: request.limit]
        more = newest_cursor(_place(page[-1])) if len(left) > len(page) else None
        return [hit_of(tagged) for tagged in page], more

    def _best(self, request: SearchRequest, found: list[Tagged]) -> tuple[list[Hit], str | None]:
        scores = self._scores([text for _, text in said(request.query)], found)
        ranked = sorted(found, key=lambda tagged: -scores[tagged.utterance.id])
        start = best_after(request.after)
        page = ranked[start : start + request.limit]
        end = start + len(page)
        hits = [hit_of(tagged).scored(scores[tagged.utterance.id]) for tagged in page]
        return hits, best_cursor(end) if end < len(ranked) else None

    def _scores(self, texts: list[Text], found: list[Tagged]) -> dict[str, float]:
        spoken = {id_: Spoken(tagged.utterance.text) for id_, tagged in self._held.items()}
        mean = sum(len(text.tokens) for text in spoken.values()) / max(1, len(spoken))
        scores = dict.fromkeys((tagged.utterance.id for tagged in found), 0.0)
        for text in texts:
            times = {id_: len(words.occurrences(text)) for id_, words in spoken.items()}
            weight = bm25.weight(len(spoken), sum(1 for count in times.values() if count))
            for id_ in scores:
                if times[id_]:
                    length = len(spoken[id_].tokens)
                    scores[id_] += bm25.score(weight, times[id_], length, mean)
        return scores


def _matches(request: SearchRequest, tagged: Tagged) -> bool:
    utterance = tagged.utterance
    if utterance.tenant != request.tenant:
        return False
    if request.interactions is not None and utterance.interaction not in request.interactions:
        return False
    return evaluate(request.query, tagged)


def _place(tagged: Tagged) -> Place:
    return Place(microseconds(tagged.utterance.at), tie_of(tagged.utterance.id))
