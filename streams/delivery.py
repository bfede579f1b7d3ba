"""The batch loop that every runner shares: process, write, commit, and isolate poison.

Read a batch, process it, write its outputs, then commit state and positions in one transaction
that is fenced by the positions read before. A crash before the commit repeats the batch with the
same ids; a crash after it skips the batch. On a log that cannot join the transaction (Kafka)
outputs may be written twice; their ids are the same, and every reader collapses them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from infra.log.base import Log, NewRecord, Position, Positions, Record, copartitions
from infra.search.base import Search
from infra.store.base import Fence, Store
from processors.normalise.key import place_of
from schemas.answers import Answer
from schemas.base import Contract, decode, encode
from schemas.errors import ConfigError, Conflict, InvalidEvent, Refused, Unavailable
from schemas.events import Event, Payload, decode_inbound
from schemas.ids import derive
from schemas.ledger import DeadLetter
from schemas.topics import DEAD_LETTERS, TOPICS
from schemas.utterance import Tagged
from streams.state import BatchState
from streams.topology import Emit, Message, Stage

Answers = Mapping[Position, Answer | BaseException]
"""Engine answers by where the record stands; an error stands where the engine failed.

Not by id: two editions of a document have one id, and each its own answer.
"""


class Backend(NamedTuple):
    """Where records, state and the index live."""

    log: Log
    store: Store
    search: Search


@dataclass
class Outcome:
    """What processing a batch came to, before anything is written."""

    emits: list[Emit] = field(default_factory=list)
    changes: dict[str, bytes | None] = field(default_factory=dict)
    dead: list[DeadLetter] = field(default_factory=list)


class Delivery:
    """Delivers batches of records to one stage."""

    def __init__(self, stage: Stage, backend: Backend, now_ms: Callable[[], int]) -> None:
        self.stage = stage
        self._backend = backend
        self._now_ms = now_ms

    def read(self, after: Positions, limit: int | None = None) -> list[Record]:
        """Read the next records behind `after`."""
        return self._backend.log.read(self.stage.reads, after, limit or self.stage.batch)

    def deliver(
        self, records: Sequence[Record], expected: Positions, answers: Answers
    ) -> Positions:
        """Process a batch and commit it; give the new positions.

        `expected` may name partitions that the batch does not touch: they are left alone.

        Raises:
            Conflict: another worker has moved this stage; nothing was committed.
            Unavailable: log, store or search cannot be reached; nothing was committed.
        """
        messages, dead = self._decode(records)
        moved = {record.partition: record.offset for record in records}
        fence = self._fence(moved, expected)
        while True:
            outcome = self._attempt(messages, answers, {})
            outcome.dead += dead
            try:
                self._commit(outcome, fence, moved)
            except Refused as refusal:
                letters = [
                    self._dead_letter(one, InvalidEvent("not_indexable", refusal.reasons[one.id]))
                    for one in messages
                    if one.id in refusal.reasons
                ]
                if not letters:
                    raise
                messages = [one for one in messages if one.id not in refusal.reasons]
                dead += letters
            except InvalidEvent as error:
                # An output that the log will never take, such as one too large: find its input.
                if len(records) > 1:
                    middle = len(records) // 2
                    half = self.deliver(records[:middle], expected, answers)
                    return self.deliver(records[middle:], half, answers)
                if not messages:
                    raise
                dead.append(self._dead_letter(messages.pop(), error))
            else:
                return {**expected, **moved}

    def _fence(self, moved: Positions, expected: Positions) -> Fence:
        """Give where the batch's partitions stand, and those that share state with them."""
        group = {one for name in moved for one in copartitions(self.stage.reads, name)}
        return {name: expected.get(name) for name in sorted(group)}

    def _decode(self, records: Sequence[Record]) -> tuple[list[Message], list[DeadLetter]]:
        messages: list[Message] = []
        dead: list[DeadLetter] = []
        for record in records:
            try:
                value = decode_value(record.topic, record.value)
            except InvalidEvent as error:
                dead.append(self._dead_letter(record, error))
            else:
                messages.append(message_of(record, value))
        return messages, dead

    def _attempt(
        self, messages: Sequence[Message], answers: Answers, base: Mapping[str, bytes | None]
    ) -> Outcome:
        """Process on top of `base` changes, halving the batch until poison stands alone."""
        state = BatchState(self._backend.store, self.stage.name, answers, base)
        try:
            emits = list(self.stage.process(messages, state)) if messages else []
            return Outcome(emits, state.changes())
        except (ConfigError, Conflict, Unavailable):
            raise
        except Exception as error:  # noqa: BLE001  # the one place: any fault must name its record
            if len(messages) == 1:
                return Outcome(changes=dict(base), dead=[self._dead_letter(messages[0], error)])
        middle = len(messages) // 2
        first = self._attempt(messages[:middle], answers, base)
        second = self._attempt(messages[middle:], answers, first.changes)
        return Outcome(first.emits + second.emits, second.changes, first.dead + second.dead)

    def _commit(self, outcome: Outcome, expected: Fence, applied: Positions) -> None:
        log, store, search = self._backend
        emits = outcome.emits + [
            Emit(DEAD_LETTERS.name, letter.contact, letter.id, letter) for letter in outcome.dead
        ]
        now = self._now_ms()
        with store.transaction():
            # First the fence: a worker that was overtaken must not write anywhere.
            store.advance(self.stage.name, expected, applied)
            search.apply([one.value for one in emits if TOPICS[one.topic].searched])  # type: ignore[misc]  # that topic's contract
            log.append([_record(emit, now) for emit in emits if TOPICS[emit.topic].logged])
            store.save(self.stage.name, outcome.changes)
            for topic, values in _by_topic(emits).items():
                if TOPICS[topic].viewed:
                    store.materialise(TOPICS[topic], values)

    def _dead_letter(self, record: Record | Message, error: Exception) -> DeadLetter:
        value = record.value
        known = isinstance(value, Contract)
        about = value.utterance if isinstance(value, Tagged) else value
        invalid = isinstance(error, InvalidEvent)
        return DeadLetter(
            id=derive("dead", self.stage.name, record.topic, record.id),
            tenant=getattr(about, "tenant", None),
            interaction=_interaction_of(about),
            stage=self.stage.name,
            topic=record.topic,
            key=record.key,
            partition=record.partition,
            record=_item_of(record.id, about),
            offset=record.offset,
            reason=error.reason if isinstance(error, InvalidEvent) else "internal_error",
            error=str(error) if invalid else f"{type(error).__name__}: {error}",
            attempt=1,
            name=getattr(value, "name", None),
            data=encode(value) if known else bytes(value),  # type: ignore[arg-type]  # raw bytes here
        )


def _record(emit: Emit, now: int) -> NewRecord:
    value = emit.value
    headers = value.headers if isinstance(value, DeadLetter) else ()
    return NewRecord(emit.topic, emit.key, emit.id, now, encode(value), headers)


def _interaction_of(value: object) -> str | None:
    """Name the interaction that a record is about; an input names it in its source's words."""
    if isinstance(value, Event | Payload):
        return place_of(value).interaction
    return getattr(value, "interaction", None)


def _item_of(record: str, value: object) -> str:
    """Name what the ledger waits for: an utterance by its own id, whatever its record is called."""
    if isinstance(value, Event | Payload):
        return record
    return getattr(value, "id", None) or record


def message_of(record: Record, value: Contract) -> Message:
    """Give a record to a stage, decoded."""
    return Message(
        record.topic, record.key, record.id, record.offset, record.at, value, record.partition
    )


def decode_value(topic: str, data: bytes) -> Contract:
    """Decode a record by its topic's contract.

    Raises:
        InvalidEvent: the bytes are not what the topic carries.
    """
    contract = TOPICS[topic].contract
    if isinstance(contract, tuple):
        return decode_inbound(data)
    return decode(data, contract)


def _by_topic(emits: Iterable[Emit]) -> dict[str, list[Contract]]:
    grouped: dict[str, list[Contract]] = {}
    for emit in emits:
        grouped.setdefault(emit.topic, []).append(emit.value)
    return grouped
