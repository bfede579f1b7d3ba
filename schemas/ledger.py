"""Receipts that stages hand in, and the ledger's account of each contact."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal

from schemas.base import Contract


LONGEST_HEADER = 500
"""Characters of an error in a header; the letter has all of it."""


class Step(StrEnum):
    """The steps that a contact passes."""

    RECEIVED = "received"
    NORMALISED = "normalised"
    TRANSCRIBED = "transcribed"
    TAGGED = "tagged"
    ASSEMBLED = "assembled"
    INDEXED = "indexed"


class Receipt(Contract, frozen=True, kw_only=True):
    """A stage's word that it has dealt with `items` of an interaction at `step`.

    `awaits` lists items that a later step must hand in before the contact is complete.
    `rejected` carries the reason where the item was refused instead.
    """

    tenant: str
    interaction: str
    step: Step
    items: tuple[str, ...] = ()
    awaits: dict[str, tuple[str, ...]] = {}
    source: str | None = None
    channel: str | None = None
    at: datetime | None = None
    rejected: str | None = None


class LedgerEntry(Contract, frozen=True, kw_only=True):
    """Where one contact stands: items done and missing per step; event time only, no clock."""

    tenant: str
    interaction: str
    source: str | None = None
    channel: str | None = None
    at: datetime | None = None
    state: Literal["complete", "open", "rejected"] = "open"
    done: dict[str, int] = {}
    missing: dict[str, int] = {}
    reasons: tuple[str, ...] = ()
    revision: int = 0


class DeadLetter(Contract, frozen=True, kw_only=True):
    """A record that could not be processed: its bytes, where it stood, and why."""

    id: str
    tenant: str | None = None
    interaction: str | None = None
    stage: str
    topic: str
    key: str = ""
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
        return self.interaction or f"input:{self.id}"

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
