"""Receipts that stages hand in, and the ledger's account of each contact."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta

from schemas.base import Contract

LONGEST_HEADER = 500
"""Characters of an error in a header; the letter has all of it."""


class Step(StrEnum):
    """The steps that a contact passes, in order; `alerted` where it is an example of an alert."""

    RECEIVED = "received"
    NORMALISED = "normalised"
    TRANSCRIBED = "transcribed"
    TAGGED = "tagged"
    ASSEMBLED = "assembled"
    INDEXED = "indexed"
    ALERTED = "alerted"


State = Literal["complete", "open", "stuck", "failed", "rejected"]
"""`stuck`: past a deadline; `failed`: a fault of ours; `rejected`: the input is wrong."""


class Receipt(Contract, frozen=True, kw_only=True):
    """A stage's word that it has dealt with `items` of an interaction at `step`.

    `awaits` lists items that a later step must hand in before the contact is complete. `settles`
    names dead letters that are tried again. `reference` is the source's own name of the contact.
    `counts` is false where an input tells of no contact, such as a CRM profile, and null where the
    stage cannot tell.
    """

    tenant: str
    interaction: str
    step: Step
    items: tuple[str, ...] = ()
    awaits: dict[str, tuple[str, ...]] = {}
    settles: tuple[str, ...] = ()
    source: str | None = None
    channel: str | None = None
    reference: str | None = None
    at: datetime | None = None
    counts: bool | None = None


class Reminder(Contract, frozen=True, kw_only=True):
    """A tick addressed to one contact: look whether something is overdue at `now`.

    `redriven` says that its missing records were put back where they stuck at the same time.
    """

    tenant: str
    interaction: str
    now: datetime
    redriven: bool = False


class Gap(Contract, frozen=True, kw_only=True):
    """Word that a step of a contact is overdue, or is not any more; of two the larger revision."""

    tenant: str
    interaction: str
    step: Step
    at: datetime
    open: bool
    revision: int


class LedgerEntry(Contract, frozen=True, kw_only=True):
    """Where one contact stands.

    `done` and `missing` count items per step, `times` says when the last new item of each step was
    handed in, by the log. `step` is the first that something is missing of, `stuck` lists those
    past their deadline, `due` is when the ledger looks again, `attempts` counts re-drives and
    retries. `reasons` and `error` come from dead letters. `counts` is false where it is no contact.
    """

    tenant: str
    interaction: str
    source: str | None = None
    channel: str | None = None
    reference: str | None = None
    at: datetime | None = None
    counts: bool = True
    state: State = "open"
    step: str | None = None
    done: dict[str, int] = {}
    missing: dict[str, int] = {}
    stuck: tuple[str, ...] = ()
    times: dict[str, datetime] = {}
    due: datetime | None = None
    attempts: int = 0
    reasons: tuple[str, ...] = ()
    error: str | None = None
    letters: tuple[str, ...] = ()
    revision: int = 0


Minutes = Annotated[float, Meta(gt=0, le=525_600)]


class Deadlines(Contract, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Minutes that a step may take, from when the ledger knows that it is owed."""

    normalised: Minutes = 60.0
    transcribed: Minutes = 1440.0
    tagged: Minutes = 120.0
    assembled: Minutes = 120.0
    indexed: Minutes = 120.0


class LedgerRules(Contract, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a step is overdue, and how often a contact is put back by itself; 0: never."""

    deadlines: Deadlines = Deadlines()
    redrives: Annotated[int, Meta(ge=0, le=20)] = 3


class DeadLetter(Contract, frozen=True, kw_only=True):
    """A record that could not be processed: its bytes, where it stood, and why.

    `record` is the id of the record; letters of the door have none.
    """

    id: str
    tenant: str | None = None
    interaction: str | None = None
    stage: str
    topic: str
    key: str = ""
    record: str = ""
    offset: int
    reason: str
    error: str
    attempt: int
    name: str | None = None
    partition: str = ""
    data: bytes

    @property
    def contact(self) -> str:
        """Name what the ledger accounts it to: its interaction, or the input that never was one."""
        return self.interaction or input_account(self.record or self.id)

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """Say for a record's headers what refused which record, and why; without its bytes."""
        return (
            ("stage", self.stage),
            ("source", f"{self.partition or self.topic}@{self.offset}" if self.topic else ""),
            ("reason", self.reason),
            ("error", self.error[:LONGEST_HEADER]),
            ("attempt", str(self.attempt)),
        )


DEFAULT_TENANT = "default"
"""Whose account holds what names no tenant."""


def input_account(id: str) -> str:
    """Name the account of an input that belongs to no interaction yet."""
    return f"input:{id}"
