"""What a stage asks engines about its records, and the answers that are remembered."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from infra.log.base import Record
from infra.store.base import Store
from schemas.answers import Answer, Ask, TextAnswer, TranscribeAsk, Transcript
from schemas.base import decode, encode
from schemas.errors import InvalidEvent
from streams.delivery import Answers, decode_value, message_of
from streams.topology import Stage


class Engines(Protocol):
    """Workers that answer what slow stages ask."""

    def submit(self, ask: Ask) -> Future[Answer]:
        """Start to answer; errors come out of the future."""

    def cache_key(self, ask: Ask) -> str:
        """Name the answer: equal keys have equal answers, in any process."""


@dataclass
class Pending:
    """A record, and the answer that it waits for; without a future it waits for none."""

    record: Record
    key: str | None = None
    future: Future[Answer] | None = None
    remembered: bool = True

    @property
    def ready(self) -> bool:
        """Tell whether the record can be delivered."""
        return self.future is None or self.future.done()


class Questions:
    """Asks on behalf of one stage, and keeps in the store what must not be asked twice."""

    def __init__(self, stage: Stage, store: Store, engines: Engines) -> None:
        self._stage = stage
        self._store = store
        self._engines = engines

    def ask(self, record: Record) -> Pending:
        """Start to answer what the stage wants to know about a record."""
        assert self._stage.asks is not None
        try:
            value = decode_value(record.topic, record.value)
        except InvalidEvent:
            return Pending(record)
        ask = self._stage.asks(message_of(record, value))
        if ask is None:
            return Pending(record)
        if not self._stage.remembers:
            return Pending(record, future=self._engines.submit(ask))
        key = self._engines.cache_key(ask)
        known = self._store.recall(key)
        if known is None:
            return Pending(record, key, self._engines.submit(ask), remembered=False)
        future: Future[Answer] = Future()
        if isinstance(ask, TranscribeAsk):
            future.set_result(decode(known, Transcript))
        else:
            future.set_result(decode(known, TextAnswer))
        return Pending(record, key, future)

    def remember(self, pending: Iterable[Pending]) -> None:
        """Keep the answers that have come since the last call."""
        if not self._stage.remembers:
            return
        fresh: dict[str, bytes] = {}
        for one in pending:
            if one.remembered or one.key is None or one.future is None or not one.future.done():
                continue
            one.remembered = True
            if one.future.exception() is None:
                fresh[one.key] = encode(one.future.result())
        if fresh:
            self._store.remember(fresh)


def answers_of(pending: Iterable[Pending]) -> Answers:
    """Collect the answers by position; an error stands where the engine failed."""
    return {
        one.record.position: one.future.exception() or one.future.result()
        for one in pending
        if one.future is not None
    }
