"""What a search answers: a page of hits, the total, and the hits per day."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from msgspec.structs import replace

from schemas.base import Contract
from schemas.events import Channel, Role


class Order(StrEnum):
    """How hits are ordered: by time, or by how well they match."""

    NEWEST = "newest"
    BEST = "best"


class Hit(Contract, frozen=True, kw_only=True):
    """One utterance that matches, with all that a list of hits shows.

    `highlights` are (start, end) character offsets into `text`, in order and without overlap.
    `score` is BM25, the larger the better, and 0 when ordered by time. `sentiment` runs from
    -1 to 1; `start_s` is in seconds of the recording.
    """

    utterance: str
    interaction: str
    at: datetime
    role: Role
    channel: Channel
    text: str
    start_s: float | None = None
    sentiment: float | None = None
    contact_type: str | None = None
    score: float = 0.0
    highlights: tuple[tuple[int, int], ...] = ()

    def scored(self, score: float) -> Hit:
        """Give it a score; one of 0 is left out of the JSON, whoever has counted it."""
        return replace(self, score=score) if score else self


class DayCount(Contract, frozen=True, kw_only=True):
    """How many hits fall on one UTC day."""

    day: date
    count: int


class SearchPage(Contract, frozen=True, kw_only=True):
    """One page of hits; `total` and `days` count every hit, not only the page's.

    `next` is the cursor of the following page. `note` says in words when not every hit was ranked.
    """

    total: int
    hits: tuple[Hit, ...] = ()
    days: tuple[DayCount, ...] = ()
    next: str | None = None
    note: str | None = None
