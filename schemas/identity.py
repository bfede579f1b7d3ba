"""Identifiers, the evidence that joins or keeps them apart, and the customers computed from it."""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum
from typing import Literal

from schemas.base import Contract


class Strength(IntEnum):
    """How much a piece of evidence is worth; the smaller the stronger, used first."""

    MANUAL = 0
    AUTHENTICATED = 1
    PROFILE = 2
    STATED = 3
    OBSERVED = 4


Basis = Literal["event", "device", "thread", "profile", "session", "callback"]
"""What a machine saw: one message or call, a device, a thread of mails, a record, a login."""

Word = Literal["same", "different", "unused"]
"""What is said of two identifiers; `unused`: what a machine said of them counts for nothing."""

Span = tuple[int, int, int, int]
"""First and last time seen, when an end was told last, and that end; ms UTC, 0 for none."""


class Evidence(Contract, frozen=True, kw_only=True):
    """One reason to join or keep apart two identifiers (`type:value`, normalised, a < b).

    `id` is derived from what it says and who said it, so a duplicate is the same evidence.
    `withdrawn` takes an earlier statement of the same id back. An identifier that stands alone
    is told with `b` equal to `a`. From `until` on it no longer holds. Repeated evidence is kept as
    one statement that remembers in `seen` when it was said. `why` is a person's reason, redacted.
    What is `unused` is the machine's statement whose id is in `statement`, whenever it is said.
    """

    id: str
    tenant: str
    a: str
    b: str
    kind: Word = "same"
    statement: str | None = None
    strength: Strength = Strength.OBSERVED
    basis: Basis | None = None
    source: str
    said_by: str | None = None
    why: str | None = None
    at: datetime
    until: datetime | None = None
    seen: tuple[Span, ...] = ()
    withdrawn: bool = False


class Holding(Contract, frozen=True, kw_only=True):
    """An identifier while one customer held it: from `since` up to `until`; None has no bound."""

    identifier: str
    since: datetime | None = None
    until: datetime | None = None


class Customer(Contract, frozen=True, kw_only=True):
    """A cluster of identifiers.

    `revision` grows with the evidence that reached the cluster; it orders writes and is 0, and left
    out, in what people read.

    `aliases` are ids that customers now merged into this one had. `holdings` are those of the
    `identifiers` that others held before or after, or that were given up. `frozen` says that so
    much evidence connects this customer with others that some of it was left out.
    """

    id: str
    tenant: str
    identifiers: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    holdings: tuple[Holding, ...] = ()
    since: datetime
    revision: int = 0
    frozen: bool = False

    @property
    def held(self) -> tuple[Holding, ...]:
        """List every identifier with the time in which it was this customer's."""
        bounded = {holding.identifier for holding in self.holdings}
        always = (Holding(identifier=one) for one in self.identifiers if one not in bounded)
        return (*always, *self.holdings)


class CustomerChange(Contract, frozen=True, kw_only=True):
    """What one step of identity changed: clusters that are others now, and ids that are gone.

    `kept_names` are the ids of those that are found under the same names as when last told of.
    `frozen` says that so much evidence connects these customers that some of it was left out.
    """

    tenant: str
    customers: tuple[Customer, ...] = ()
    gone: tuple[str, ...] = ()
    kept_names: tuple[str, ...] = ()
    frozen: bool = False
