"""What a store must do: state and offsets in one transaction, and the rows that people read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from enum import StrEnum
from typing import NamedTuple, Protocol

from infra.log.base import Positions
from infra.store.proposal_views import Proposed
from processors.contact_report import TypeRow
from schemas.alert import Alert
from schemas.base import Contract
from schemas.conversation import Brief, Meaning
from schemas.events import Channel
from schemas.identity import Customer, Holding
from schemas.interaction import Fact, Interaction
from schemas.ledger import DeadLetter, LedgerEntry
from schemas.topics import Topic
from schemas.utterance import Mood, Tagged


class Admission(StrEnum):
    """What became of an input: new, known already, or another content under a known id."""

    NEW = "new"
    KNOWN = "known"
    REUSED = "reused"


Fence = Mapping[str, int | None]
"""Where partitions must stand for a commit to be allowed; None: not moved yet."""


class Store(Protocol):
    """Keyed state, applied positions and views, committed together."""

    def positions(self, stage: str) -> Positions:
        """Give the positions that a stage has applied."""

    def load(self, stage: str, keys: Sequence[str]) -> dict[str, bytes]:
        """Read state; keys without state are missing from the answer."""

    def transaction(self) -> AbstractContextManager[None]:
        """Open a transaction: everything inside is kept, or nothing is."""

    def advance(self, stage: str, expected: Fence, applied: Positions) -> None:
        """Move a stage's positions, inside a transaction and before anything else of it.

        `expected` says where every partition that the batch depends on must stand now; those of
        `applied` that it does not name must not have moved yet.

        Raises:
            Conflict: a partition stands elsewhere; somebody else went first.
        """

    def rewind(self, stage: str, positions: Positions) -> None:
        """Move a stage back to positions that it has passed, inside a transaction.

        A partition that stands before its given position, or has not moved, stays there.
        """

    def save(self, stage: str, changes: Mapping[str, bytes | None]) -> None:
        """Write state inside a transaction; None removes a key."""

    def materialise(self, topic: Topic, values: Iterable[Contract]) -> None:
        """Keep the rows that people read, inside a transaction; an older revision never wins."""

    def recall(self, key: str) -> bytes | None:
        """Give the remembered answer of an engine."""

    def remember(self, answers: Mapping[str, bytes]) -> None:
        """Remember answers of engines, in a transaction of their own."""

    def admit(self, inputs: Sequence[tuple[str, str]]) -> list[Admission]:
        """Remember inputs as (id, content hash), each id once, inside a transaction.

        Says of each what became of it. Of two callers with one id the second waits for the first.
        """

    def is_sent(self, id: str) -> bool:
        """Tell whether a notification has gone out."""

    def mark_sent(self, id: str) -> None:
        """Remember that a notification has gone out, replay or not; inside a transaction."""

    def settle(self, dead_letter: str) -> None:
        """Remove a dead letter that was retried or dropped, inside a transaction."""

    def overdue(self, now: int, limit: int) -> list[LedgerEntry]:
        """List entries of the ledger that are due at a time (ms UTC), those longest due first."""

    def readmit(self, inputs: Sequence[str]) -> None:
        """Forget that inputs, by id, were let in, so that their source can send them again."""

    def reset(self, stages: Sequence[str], topics: Sequence[Topic]) -> None:
        """Forget state, positions and views of stages and the topics they write, for a replay."""


class LedgerDay(NamedTuple):
    """How many contacts of a day (from 1970 UTC) and source are in a state."""

    day: int
    source: str
    state: str
    contacts: int


class Cursor(NamedTuple):
    """A place on a timeline: everything after it started earlier (ms UTC), ties by id."""

    started_at: int
    interaction: str


class Only(NamedTuple):
    """Which interactions of a timeline are wanted; None: any."""

    channel: Channel | None = None
    mood: Mood | None = None
    contact_type: str | None = None
    pinned: bool = False


EVERYTHING = Only()

Held = str | Holding
"""An identifier, for all time or while one customer held it."""


class Views(Proposed, Protocol):
    """What people read. Safe to call from many threads."""

    def customer(self, tenant: str, identifier: str, at: int | None = None) -> Customer | None:
        """Find the customer who has an identifier, a customer id or a former customer id.

        With `at`, ms UTC, the one who held the identifier then, else its last holder.
        """

    def state(self, stage: str, keys: Sequence[str]) -> dict[str, bytes]:
        """Read what a stage keeps; keys without state are missing from the answer."""

    def frozen_customers(self, tenant: str, limit: int) -> list[Customer]:
        """List customers with more evidence than is taken in, in order of ids."""

    def timeline(
        self,
        tenant: str,
        identifiers: Sequence[Held],
        before: Cursor | None,
        limit: int,
        only: Only = EVERYTHING,
    ) -> list[Interaction]:
        """List the interactions of any of these identifiers, newest first."""

    def briefs(self, tenant: str, identifiers: Sequence[Held], limit: int) -> list[Brief]:
        """List the interactions of any of these identifiers in brief, newest first."""

    def meanings(self, tenant: str, interactions: Sequence[str]) -> Iterable[Meaning]:
        """Stream the search vectors of what customers said in some interactions."""

    def customer_facts(self, tenant: str, identifiers: Sequence[Held]) -> list[Fact]:
        """List what was told of the customer and not of one contact, oldest first."""

    def interactions_of(self, tenant: str, identifiers: Sequence[Held]) -> frozenset[str]:
        """Collect the ids of all interactions of any of these identifiers."""

    def durations(self, tenant: str) -> Iterable[tuple[str, float]]:
        """Stream the length in seconds of every interaction."""

    def interaction(self, tenant: str, id: str) -> Interaction | None:
        """Read one interaction."""

    def utterances(self, tenant: str, interaction: str) -> list[Tagged]:
        """Read the utterances of one interaction in time order."""

    def utterance(self, tenant: str, interaction: str, id: str) -> Tagged | None:
        """Read one utterance."""

    def alerts(self, tenant: str, limit: int) -> list[Alert]:
        """List alerts, newest first."""

    def alert(self, tenant: str, id: str) -> Alert | None:
        """Read one alert."""

    def dead_letters(self, limit: int) -> list[DeadLetter]:
        """List dead letters in order of their ids."""

    def dead_letter(self, id: str) -> DeadLetter | None:
        """Read one dead letter."""

    def customers(self, tenant: str) -> Iterable[Customer]:
        """Stream every customer in order of ids."""

    def all_interactions(self, tenant: str) -> Iterable[Interaction]:
        """Stream every interaction in order of ids."""

    def utterance_count(self) -> int:
        """Count the utterances of every tenant."""

    def all_utterances(self) -> Iterable[Sequence[Tagged]]:
        """Stream every utterance of every tenant, in batches, in order of interactions."""

    def ledger(self, tenant: str, after: str = "") -> Iterable[LedgerEntry]:
        """Stream the ledger in order of interactions, those behind one of them."""

    def account(self, tenant: str, interaction: str) -> LedgerEntry | None:
        """Read the entry of one contact."""

    def completeness(self, tenant: str) -> dict[str, int]:
        """Count contacts per state; inputs that tell of none, such as profiles, are left out."""

    def unfinished(self, tenant: str, after: str = "") -> Iterable[LedgerEntry]:
        """Stream the entries that are not complete, in order of interactions."""

    def ledger_days(self, tenant: str, since: int, until: int) -> list[LedgerDay]:
        """Count contacts per day, source and state, newest day first.

        Days are counted from 1970 UTC, by event time where it is known; the last one is included.
        """

    def newest_day(self, tenant: str) -> int | None:
        """Give the newest day that has contacts."""

    def ledger_of(
        self, tenant: str, since: int, until: int, state: str | None, limit: int
    ) -> list[LedgerEntry]:
        """List contacts of some days, newest day first; of one state, or of any."""

    def waiting_at(self) -> dict[tuple[str, str], int]:
        """Count contacts of all tenants that are not complete, by state and step."""

    def overview(self, tenant: str, days: int) -> list[DayCount]:
        """Count interactions per UTC day and channel over the newest `days` days that have any."""

    def contact_types(self, tenant: str, since: int, until: int) -> list[TypeRow]:
        """Count interactions that started from a time on and before another (ms UTC) by type."""

    def interactions_about(
        self,
        tenant: str,
        contact_type: str | None,
        since: int,
        until: int,
        *,
        limit: int,
        is_other: bool = False,
    ) -> list[str]:
        """List interactions of a contact type (None: any) that started in a stretch of time (ms).

        With `is_other` those of every other type, and of none. They come in order of their ids,
        which are hashes: the first of them are a random sample.
        """

    def tenants(self) -> list[str]:
        """List the tenants that have interactions, customers or ledger entries."""


class DayCount(NamedTuple):
    """Interactions of one UTC day and channel; `score` is their mean sentiment, -1..1."""

    day: str
    channel: str
    interactions: int
    negatives: int
    score: float | None
