"""A store in memory for tests: transactions, fences and the same rows as the real ones."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from infra.log.base import Positions
from infra.store.base import Admission, Fence
from infra.store.view import milliseconds
from schemas.alert import Alert
from schemas.base import Contract
from schemas.errors import Conflict
from schemas.identity import Customer, CustomerChange, Evidence, Strength
from schemas.interaction import Fact, Interaction
from schemas.ledger import DeadLetter, LedgerEntry
from schemas.person import Description
from schemas.proposal import ProposalSet
from schemas.topics import CUSTOMERS, DEAD_LETTERS, LEDGER, Topic
from schemas.utterance import Tagged

Row = tuple[int, Contract]
V = TypeVar("V")


class MemoryStore:
    """Keeps everything in dictionaries; a failed transaction leaves them as they were."""

    def __init__(self) -> None:
        self._state: dict[str, dict[str, bytes]] = {}
        self._positions: dict[str, Positions] = {}
        self._answers: dict[str, bytes] = {}
        self._sent: set[str] = set()
        self._admitted: dict[str, str] = {}
        self.rows: dict[str, dict[str, Row]] = {}

    def positions(self, stage: str) -> Positions:
        """Give the positions that a stage has applied."""
        return dict(self._positions.get(stage, {}))

    def load(self, stage: str, keys: Sequence[str]) -> dict[str, bytes]:
        """Read state; keys without state are missing from the answer."""
        held = self._state.get(stage, {})
        return {key: held[key] for key in keys if key in held}

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep everything inside, or nothing."""
        before = (
            copy.deepcopy(self._positions),
            self._snapshot(self._state),
            self._snapshot(self.rows),
            set(self._sent),
            dict(self._admitted),
        )
        kept = False
        try:
            yield
            kept = True
        finally:
            if not kept:
                self._positions, self._state, self.rows, self._sent, self._admitted = before

    @staticmethod
    def _snapshot(tables: dict[str, dict[str, V]]) -> dict[str, dict[str, V]]:
        return {name: dict(table) for name, table in tables.items()}

    def advance(self, stage: str, expected: Fence, applied: Positions) -> None:
        """Move a stage's positions; refuse when somebody else has moved them."""
        held = self.positions(stage)
        if any(held.get(p) != expected.get(p) for p in {*expected, *applied}):
            raise Conflict(f"stage {stage} was moved by somebody else")
        self._positions[stage] = {**held, **applied}

    def rewind(self, stage: str, positions: Positions) -> None:
        """Move a stage back to positions that it has passed."""
        held = self._positions.get(stage, {})
        for partition in held.keys() & positions.keys():
            held[partition] = min(held[partition], positions[partition])

    def save(self, stage: str, changes: Mapping[str, bytes | None]) -> None:
        """Write state inside a transaction; None removes a key."""
        held = self._state.setdefault(stage, {})
        for key, value in changes.items():
            if value is None:
                held.pop(key, None)
            else:
                held[key] = value

    def materialise(self, topic: Topic, values: Iterable[Contract]) -> None:
        """Keep the rows that people read; an older revision never wins."""
        for value in values:
            if isinstance(value, CustomerChange):
                for gone in value.gone:
                    self.rows.get(CUSTOMERS.name, {}).pop(gone, None)
                for customer in value.customers:
                    self._put(CUSTOMERS.name, customer)
            elif not isinstance(value, Evidence) or value.strength is Strength.MANUAL:
                self._put(topic.name, value)

    def _put(self, table: str, value: Contract) -> None:
        key, revision = _place(value)
        rows = self.rows.setdefault(table, {})
        held = rows[key][0] if key in rows else None
        # Of two tellings of an utterance with one version the first stays, as in the index.
        if held is None or held < revision or (held == revision and not isinstance(value, Tagged)):
            rows[key] = (revision, value)

    def recall(self, key: str) -> bytes | None:
        """Give the remembered answer of an engine."""
        return self._answers.get(key)

    def remember(self, answers: Mapping[str, bytes]) -> None:
        """Remember answers of engines."""
        self._answers.update(answers)

    def admit(self, inputs: Sequence[tuple[str, str]]) -> list[Admission]:
        """Remember inputs, each id once; say of each what became of it."""
        outcomes: list[Admission] = []
        for id, digest in inputs:
            held = self._admitted.get(id)
            known = Admission.KNOWN if held == digest else Admission.REUSED
            outcomes.append(Admission.NEW if held is None else known)
            self._admitted.setdefault(id, digest)
        return outcomes

    def is_sent(self, id: str) -> bool:
        """Tell whether a notification has gone out."""
        return id in self._sent

    def mark_sent(self, id: str) -> None:
        """Remember that a notification has gone out, replay or not."""
        self._sent.add(id)

    def settle(self, dead_letter: str) -> None:
        """Remove a dead letter that was retried or dropped."""
        self.rows.get(DEAD_LETTERS.name, {}).pop(dead_letter, None)

    def overdue(self, now: int, limit: int) -> list[LedgerEntry]:
        """List entries of the ledger that are due at a time, those longest due first."""
        entries = [one for _, one in self.rows.get(LEDGER.name, {}).values()]
        dated = [
            (milliseconds(one.due), one)
            for one in entries
            if isinstance(one, LedgerEntry) and one.due is not None
        ]
        due = sorted((at, one.interaction, one) for at, one in dated if at <= now)
        return [one for _, _, one in due[:limit]]

    def readmit(self, inputs: Sequence[str]) -> None:
        """Forget that inputs were let in, so that their source can send them again."""
        for id in inputs:
            self._admitted.pop(id, None)

    def reset(self, stages: Sequence[str], topics: Sequence[Topic]) -> None:
        """Forget state, positions and views of stages and the topics they write."""
        for stage in stages:
            self._positions.pop(stage, None)
            self._state.pop(stage, None)
        for topic in topics:
            self.rows.pop(topic.name, None)


def _place(value: Contract) -> tuple[str, int]:
    match value:
        case Interaction() | Customer() | Alert():
            return value.id, value.revision
        case Fact():
            return value.id, value.version
        case Evidence():
            return f"{value.tenant}/{value.id}", 2 * milliseconds(value.at) + value.withdrawn
        case Description():
            return value.id, 0
        case ProposalSet():
            return value.tenant, 0
        case Tagged():
            return value.utterance.id, value.utterance.version
        case LedgerEntry():
            return f"{value.tenant}/{value.interaction}", value.revision
        case DeadLetter():
            return value.id, value.attempt
    raise TypeError(f"{type(value).__name__} is not a row that people read")
