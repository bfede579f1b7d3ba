"""The reading side of the SQLite index: one read transaction per search."""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import date, timedelta

import apsw
import numpy as np
from msgspec.structs import replace

from infra.search import bm25
from infra.search.base import (
    Place,
    SearchRequest,
    best_after,
    best_cursor,
    newest_after,
    newest_cursor,
)
from infra.search.fts5_columns import Columns, Ids
from infra.search.fts5_filter import Filter
from infra.search.fts5_match import Leaf, Match, scored_text
from processors.query import highlight
from schemas.base import decode
from schemas.search import DayCount, Hit, Order, SearchPage

SCORED_HERE = 2_000
"""Hits up to which we score ourselves: dearer per hit, but document counts are remembered."""
RANKED = 20_000
"""Hits that are ranked at all; of more, the newest."""
_REMEMBERED = 16
_EPOCH = date(1970, 1, 1)
_Scored = list[tuple[int, float]]


class Fts5Reader:
    """Searches on one connection, one at a time; what it mirrors belongs to this instance."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._columns = Columns()
        self._found: OrderedDict[object, Ids] = OrderedDict()
        self._counts: dict[str, tuple[int, int]] = {}
        self._weights: tuple[tuple[Leaf, float], ...] = ()
        connection.register_fts5_function("search_score", self._score)

    def search(self, request: SearchRequest) -> SearchPage:
        """Find utterances, in one read transaction."""
        with self._lock:
            if self._connection.in_transaction:
                return self._unremembered(request)
            self._connection.execute("BEGIN")
            try:
                return self._page(request)
            finally:
                self._connection.execute("COMMIT")

    def _unremembered(self, request: SearchRequest) -> SearchPage:
        """Search within somebody's transaction: it may be rolled back, so keep nothing of it."""
        mirror, self._columns = self._columns, Columns()
        self._found.clear()
        try:
            return self._page(request)
        finally:
            self._columns = mirror
            self._found.clear()

    def _page(self, request: SearchRequest) -> SearchPage:
        before = (self._columns.size, self._columns.changes)
        self._columns.refresh(self._connection)
        if before != (self._columns.size, self._columns.changes):
            self._found.clear()
        ids = self._hits(request)
        note = None
        if request.order is Order.BEST:
            scored, cursor, note = self._best(request, ids)
        else:
            scored, cursor = self._newest(request, ids)
        return SearchPage(
            total=len(ids),
            hits=self._shown(request, scored),
            days=self._days(ids),
            next=cursor,
            note=note,
        )

    def _hits(self, request: SearchRequest) -> Ids:
        """Find all rows that match, or remember them from the page before."""
        key = (request.tenant, request.query, request.interactions)
        ids = self._found.get(key)
        if ids is None:
            ids = Filter(self._connection, self._columns).hits(*key)
            self._found[key] = ids
            if len(self._found) > _REMEMBERED:
                self._found.popitem(last=False)
        self._found.move_to_end(key)
        return ids

    def _newest(self, request: SearchRequest, ids: Ids) -> tuple[_Scored, str | None]:
        after = newest_after(request.after)
        at, tie = self._columns["at"], self._columns["tie"]
        if after is not None:
            times = at[ids]
            earlier = (times < after.at_us) | ((times == after.at_us) & (tie[ids] < after.tie))
            ids = ids[earlier]
        page = self._latest(ids, request.limit)
        if len(page) == len(ids):
            return [(id_, 0.0) for id_ in page.tolist()], None
        last = int(page[-1])
        return [(id_, 0.0) for id_ in page.tolist()], newest_cursor(
            Place(int(at[last]), int(tie[last]))
        )

    def _latest(self, ids: Ids, count: int) -> Ids:
        """Give the newest rows, newest first."""
        times = self._columns["at"][ids]
        if len(ids) > count:
            cut = np.partition(times, len(ids) - count)[len(ids) - count]
            ids, times = ids[times >= cut], times[times >= cut]
        return ids[np.lexsort((self._columns["tie"][ids], times))[::-1][:count]]

    def _best(self, request: SearchRequest, ids: Ids) -> tuple[_Scored, str | None, str | None]:
        note, total = None, len(ids)
        if total > RANKED:
            ids = self._latest(ids, RANKED)
            note = f"ranked the newest {RANKED:,} of {total:,}"
        start = best_after(request.after)
        end = start + request.limit
        ranked = self._ranked(scored_text(request.query), ids, end)[start:end]
        cursor = best_cursor(end) if end < len(ids) else None
        return ranked, cursor, note

    def _ranked(self, match: Match | None, ids: Ids, count: int) -> _Scored:
        """Order rows by score, then newest first; rows without any of the text score 0."""
        scores: dict[int, float] = {}
        if match is not None and len(ids):
            own = len(ids) <= SCORED_HERE
            if own:
                self._weights = tuple((leaf, self._weight(leaf.text)) for leaf in match.leaves)
            scores = dict(self._scores(match, np.sort(ids), count, own))
        if len(scores) >= count or match is None:
            known = np.array(list(scores) or self._latest(ids, count), np.int64)
        else:
            rest = ids[~np.isin(ids, np.array(list(scores), np.int64))]
            known = np.array([*scores, *self._latest(rest, count - len(scores))], np.int64)
        by = np.array([scores.get(id_, 0.0) for id_ in known.tolist()])
        order = np.lexsort((self._columns["tie"][known], self._columns["at"][known], by))[::-1]
        return [(int(known[i]), float(by[i])) for i in order[:count]]

    def _scores(self, match: Match, ids: Ids, count: int, own: bool) -> _Scored:
        # `+rowid`: with a bare rowid FTS5 would run the whole text query once per row.
        score = "search_score(search_ft)" if own else "-bm25(search_ft)"
        limit = -1 if own else count
        rows = self._connection.execute(
            f"SELECT rowid, {score} AS score FROM search_ft WHERE search_ft MATCH ?"  # noqa: S608  # our own names
            " AND rowid BETWEEN ? AND ? AND +rowid IN (SELECT value FROM carray(?))"
            " ORDER BY score DESC, rowid DESC LIMIT ?",
            (match.text, int(ids[0]), int(ids[-1]), apsw.carray(ids), limit),
        )
        return [(id_, score) for id_, score in rows]

    def _weight(self, text: str) -> float:
        """Weigh a text; its document count is taken anew when the index has grown by a quarter.

        Counting walks all of its occurrences, which costs more than the rest of a search.
        """
        live = self._columns.live
        documents, containing = self._counts.get(text, (0, 0))
        if not documents or live > documents * 1.25 or live < documents * 0.8:
            containing = self._connection.execute(
                "SELECT count(*) FROM search_ft WHERE search_ft MATCH ?", (text,)
            ).get
            documents = live
            self._counts[text] = (documents, containing)
        return bm25.weight(documents, containing)

    def _score(self, api: apsw.FTS5ExtensionApi, *_: apsw.SQLiteValue) -> float:
        """Score one row; SQLite calls this as `search_score`."""
        mean = api.column_total_size(0) / api.row_count
        length = api.column_size(0)
        phrase, total = 0, 0.0
        for leaf, weight in self._weights:
            end = phrase + len(leaf.widths)
            times = leaf.times([api.phrase_locations(one)[0] for one in range(phrase, end)])
            phrase = end
            if times:
                total += bm25.score(weight, times, length, mean)
        return total

    def _shown(self, request: SearchRequest, scored: _Scored) -> tuple[Hit, ...]:
        """Fetch what a page shows of its rows, in their order."""
        if not scored:
            return ()
        wanted = np.array([id_ for id_, _ in scored], np.int64)
        held = dict(
            self._connection.execute(
                "SELECT id, hit FROM search_body WHERE id IN (SELECT value FROM carray(?))",
                (apsw.carray(wanted),),
            )
        )
        hits = ((decode(held[id_], Hit), score) for id_, score in scored)
        return tuple(
            replace(hit.scored(score), highlights=highlight(request.query, hit.text, hit.role))
            for hit, score in hits
        )

    def _days(self, ids: Ids) -> tuple[DayCount, ...]:
        days, counts = _counted(self._columns["day"][ids])
        return tuple(
            DayCount(day=_EPOCH + timedelta(days=day), count=count)
            for day, count in zip(days, counts, strict=True)
        )


def _counted(days: np.ndarray[tuple[int], np.dtype[np.int32]]) -> tuple[list[int], list[int]]:
    """Count equal days, ascending; by counting in place unless a stray date spreads them far."""
    if not len(days):
        return [], []
    first = int(days.min())
    if int(days.max()) - first > 100_000:
        values, counts = np.unique(days, return_counts=True)
        return values.tolist(), counts.tolist()
    counted = np.bincount(days - first)
    present = np.flatnonzero(counted)
    return (present + first).tolist(), counted[present].tolist()
