"""A stage's keyed state during one batch: read once, written with the commit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from infra.log.base import Position
from infra.store.base import Store
from schemas.answers import Answer
from schemas.base import Contract, decode, encode
from streams.topology import Message

V = TypeVar("V", bound=Contract)


class BatchState:
    """The context of one batch: what the store holds, overlaid by what the batch has changed."""

    def __init__(
        self,
        store: Store,
        stage: str,
        answers: Mapping[Position, Answer | BaseException],
        base: Mapping[str, bytes | None],
    ) -> None:
        self._store = store
        self._stage = stage
        self._answers = answers
        self._base = base
        self._read: dict[str, bytes | None] = {}
        self._values: dict[str, Contract | None] = {}
        self._changed: dict[str, None] = {}

    def load(self, key: str, as_type: type[V]) -> V | None:
        """Read the state under `key`, as this batch has left it."""
        if key not in self._values:
            self.prefetch((key,))
            data = self._read.get(key)
            self._values[key] = None if data is None else decode(data, as_type)
        return self._values[key]  # type: ignore[return-value]  # one key holds one contract

    def save(self, key: str, value: Contract) -> None:
        """Keep `value` under `key`."""
        self._values[key] = value
        self._changed[key] = None

    def forget(self, key: str) -> None:
        """Remove the state under `key`."""
        self._values[key] = None
        self._changed[key] = None

    def prefetch(self, keys: Iterable[str]) -> None:
        """Read many keys in one round trip."""
        missing: list[str] = []
        for key in dict.fromkeys(keys):
            if key in self._values or key in self._read:
                continue
            if key in self._base:
                self._read[key] = self._base[key]
            else:
                missing.append(key)
        if missing:
            found = self._store.load(self._stage, missing)
            self._read.update({key: found.get(key) for key in missing})

    def answer(self, message: Message) -> Answer | None:
        """Give the engine's answer to what the stage asked about `message`.

        Raises:
            BaseException: what the engine failed with, such as InvalidEvent for broken audio.
        """
        answer = self._answers.get(message.position)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def changes(self) -> dict[str, bytes | None]:
        """Encode everything that changed, on top of what the batch started from."""
        changed = dict(self._base)
        for key in self._changed:
            value = self._values[key]
            changed[key] = None if value is None else encode(value)
        return changed
