"""What every search index does, whatever keeps it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol

from msgspec.structs import replace

from processors.query import Query
from processors.query.ast import asks_for_interactions, every_part
from schemas.errors import InvalidEvent, QueryError
from schemas.ids import derive
from schemas.search import Hit, Order, SearchPage
from schemas.utterance import Tagged

LARGEST_PAGE = 1000
"""Hits that one page may hold."""


@dataclass(frozen=True)
class SearchRequest:
    """What to search for, within one tenant.

    `interactions` narrows the search to those interactions: the caller resolves the `customer:`
    and `duration:` of a query so (`processors.query.split_scope`) and passes on the rest.
    `after` is the `next` of the page before.

    Raises:
        InvalidEvent: `invalid_limit`.
        QueryError: the query still asks for a customer or an interaction's duration.
    """

    tenant: str
    query: Query
    order: Order = Order.NEWEST
    limit: int = 20
    after: str | None = None
    interactions: frozenset[str] | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= LARGEST_PAGE:
            raise InvalidEvent(
                "invalid_limit", f"a page holds 1 to {LARGEST_PAGE} hits", field="limit"
            )
        if any(asks_for_interactions(part) for part in every_part(self.query)):
            raise QueryError("customer: and duration: must be resolved to interactions first")


NOBODY = "\x1fwithdrawn"
"""The tenant of what is withdrawn: no search finds it, and no older version comes back."""

LookUp = Callable[[str, str, str], Tagged | None]
"""Reads an utterance from the store by tenant, interaction and id."""


class Search(Protocol):
    """An index of utterances."""

    def apply(self, documents: Sequence[Tagged]) -> None:
        """Index utterances; of each id the largest `version` stays, the earlier of equal ones.

        Runs inside the caller's transaction, where the index has one.

        Raises:
            Refused: some of the documents can never be indexed; the others were.
            Unavailable: the index cannot be written now; some documents may have been.
        """

    def forget(self, ids: Iterable[str]) -> None:
        """Remove utterances for good, by id, inside the caller's transaction."""

    def clear(self) -> None:
        """Remove every utterance, inside the caller's transaction, for a replay."""

    def search(self, request: SearchRequest) -> SearchPage:
        """Find utterances.

        Raises:
            InvalidEvent: `invalid_cursor`.
        """

    def versions(self) -> Iterator[tuple[str, int]]:
        """Stream the id and version of every utterance that is indexed, in no order."""

    def renew(self, batches: Iterable[Sequence[Tagged]], look_up: LookUp) -> None:
        """Index everything anew from all utterances of the store, and replace the index at once.

        Searches find the old index until then; a failure leaves it as it was. `look_up` is asked
        for utterances that came in meanwhile.

        Raises:
            Refused: some of the documents can never be indexed; the others were.
            Conflict: another rebuild began; the index is as it was.
        """


class Place(NamedTuple):
    """Where a hit stands among the newest: time (us since 1970 UTC), then a hash of its id.

    The hash settles equal times alike in every index, whatever order the hits arrived in.
    """

    at_us: int
    tie: int


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(at: datetime) -> int:
    """Count the microseconds from 1970 UTC to an aware time, exactly."""
    return (at - _EPOCH) // _MICROSECOND


def tie_of(utterance: str) -> int:
    """Hash an utterance id to 63 bits."""
    return int(derive("search", utterance)[:16], 16) >> 1


def newest_cursor(place: Place) -> str:
    """Name the place after which the next page by time begins."""
    return f"n{place.at_us}.{place.tie}"


def best_cursor(offset: int) -> str:
    """Name the rank at which the next page by match begins."""
    return f"b{offset}"


def newest_after(cursor: str | None) -> Place | None:
    """Read a cursor by time.

    Raises:
        InvalidEvent: `invalid_cursor`.
    """
    if cursor is None:
        return None
    found = re.fullmatch(r"n(-?\d{1,18})\.(\d{1,19})", cursor)
    if found is None or int(found[2]) >= 1 << 63:
        raise InvalidEvent("invalid_cursor", "this is no cursor of a page by time", field="after")
    return Place(int(found[1]), int(found[2]))


def best_after(cursor: str | None) -> int:
    """Read a cursor by match: how many hits lie before the page.

    Raises:
        InvalidEvent: `invalid_cursor`.
    """
    if cursor is None:
        return 0
    found = re.fullmatch(r"b(\d{1,9})", cursor)
    if found is None:
        raise InvalidEvent("invalid_cursor", "this is no cursor of a page by match", field="after")
    return int(found[1])


def hit_of(tagged: Tagged) -> Hit:
    """Keep of an utterance what a list of hits shows."""
    utterance, insights = tagged.utterance, tagged.insights
    return Hit(
        utterance=utterance.id,
        interaction=utterance.interaction,
        at=utterance.at,
        role=utterance.role,
        channel=utterance.channel,
        text=utterance.text,
        start_s=utterance.start_s,
        sentiment=insights.sentiment.score if insights.sentiment else None,
        contact_type=insights.contact_type,
    )


def newest_versions(documents: Iterable[Tagged]) -> dict[str, Tagged]:
    """Keep of each id the largest version, the earlier of equal ones; hide the withdrawn."""
    kept: dict[str, Tagged] = {}
    for tagged in map(_hidden, documents):
        held = kept.get(tagged.utterance.id)
        if held is None or tagged.utterance.version > held.utterance.version:
            kept[tagged.utterance.id] = tagged
    return kept


def _hidden(tagged: Tagged) -> Tagged:
    if not tagged.utterance.withdrawn:
        return tagged
    return replace(tagged, utterance=replace(tagged.utterance, tenant=NOBODY))
