"""Declare the pipeline: stages that read topics, keep keyed state and yield records.

A stage never does I/O and never reads a clock. It gets a batch of messages and a `Context`, and
yields `Emit`s. The runner owns everything else: reading, committing, retrying, dead letters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeVar

from schemas.answers import Answer, Ask
from schemas.base import Contract
from schemas.errors import ConfigError
from schemas.topics import TOPICS

V = TypeVar("V", bound=Contract)


class Message(NamedTuple):
    """A decoded record. `at` is when it was appended to the log, in ms since 1970 UTC."""

    topic: str
    key: str
    id: str
    offset: int
    at: int
    value: Contract
    partition: str = ""

    @property
    def position(self) -> tuple[str, int]:
        """Say where it stands in the log, which no other message does; ids may come again."""
        return self.partition, self.offset


class Emit(NamedTuple):
    """A record to write. `id` must be derived, so that a replay writes the same one."""

    topic: str
    key: str
    id: str
    value: Contract


class Context(Protocol):
    """What a stage may use while it processes a batch: its keyed state and engine answers."""

    def load(self, key: str, as_type: type[V]) -> V | None:
        """Read the state under `key`, as this batch has left it."""

    def save(self, key: str, value: Contract) -> None:
        """Keep `value` under `key`; committed with the batch, or not at all."""

    def forget(self, key: str) -> None:
        """Remove the state under `key`."""

    def prefetch(self, keys: Iterable[str]) -> None:
        """Read many keys in one round trip; `load` then finds them here."""

    def answer(self, message: Message) -> Answer | None:
        """Give the engine's answer to what the stage asked about `message`."""


class Process(Protocol):
    """The work of a stage."""

    def __call__(self, batch: Sequence[Message], ctx: Context) -> Iterable[Emit]:
        """Turn a batch into records.

        Raises:
            InvalidEvent: one message is poison; the runner isolates it and goes on.
        """


@dataclass(frozen=True)
class Stage:
    """One step of the pipeline.

    `asks` names what a slow engine must answer about a message before the stage can process it;
    such answers are cached by `Ask` when `remembers` is set, so a replay asks nothing twice. A
    `patient` stage may wait a moment while others have work, so that its batches are larger.
    """

    name: str
    version: int
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    process: Process
    asks: Callable[[Message], Ask | None] | None = None
    remembers: bool = False
    patient: bool = False
    batch: int = 500

    def __post_init__(self) -> None:
        for topic in (*self.reads, *self.writes):
            if topic not in TOPICS:
                raise ConfigError(f"stage {self.name} names the unknown topic {topic!r}")


@dataclass(frozen=True)
class Topology:
    """Stages in the order in which a record passes them."""

    stages: tuple[Stage, ...]

    def __post_init__(self) -> None:
        names = [stage.name for stage in self.stages]
        if len(set(names)) != len(names):
            raise ConfigError(f"two stages share a name in {names}")

    def stage(self, name: str) -> Stage:
        """Find a stage by its name."""
        for stage in self.stages:
            if stage.name == name:
                return stage
        known = ", ".join(stage.name for stage in self.stages)
        raise ConfigError(f"there is no stage {name!r}; there are {known}")

    def from_stage(self, name: str) -> tuple[Stage, ...]:
        """List what a replay from a stage must run again, in order.

        That is the stage, every stage that reads, directly or not, what it writes, and every
        stage that writes a topic together with one of these, unless that topic is additive.
        """
        again = {self.stage(name)}
        while True:
            topics = {topic for stage in again for topic in stage.writes}
            contested = {topic for topic in topics if not TOPICS[topic].additive}
            more = {
                stage
                for stage in self.stages
                if topics & set(stage.reads) or contested & set(stage.writes)
            }
            if more <= again:
                return tuple(stage for stage in self.stages if stage in again)
            again |= more
