"""What may be joined: strengths, limits per type, values that mean nobody, lines and holders."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from processors.identity.identifiers import type_of
from schemas.base import Contract
from schemas.identity import Basis, Evidence, Strength
from schemas.ids import content_hash

LIMITS = {
    "crm": 1,
    "account": 5,
    "email": 5,
    "phone": 5,
    "handle": 5,
    "device": 20,
    "cookie": 50,
}
BLOCKED = frozenset(
    {
        *("-1", "anonymous", "guest", "n/a", "nan", "nil", "none", "null"),
        *("undefined", "unavailable", "unknown"),
        # A withheld caller number, spelt on the keypad: ANONYMOUS, RESTRICTED, UNAVAILABLE,
        # UNKNOWN, BLOCKED.
        *("+266696687", "+7378742833", "+86282452253", "+8656696", "+2562533"),
    }
)
Declared = Literal["authenticated", "profile", "stated", "observed", "unused"]
STRENGTHS: dict[Basis, Declared] = {
    "session": "authenticated",
    "callback": "authenticated",
    "profile": "profile",
    "event": "stated",
    "thread": "stated",
    "device": "observed",
}
SHORTEST_SILENCE = 3
"""In months; more than `seen.STRETCH_DAYS`: contacts that are one stretch hide no silence."""
_MONTH_MS = 2_629_800_000
"""A twelfth of 365.25 days."""


class Rules(Contract, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How evidence is turned into customers; a change is a recomputation, not a migration.

    `limits` hold identifiers per type in one customer, `other_limit` those of unnamed types.
    `strengths` say what each basis of evidence is worth; what is `unused` joins nobody.
    `blocked` are values (`null`) or whole identifiers (`email:noreply@shop.example`) that never
    join by themselves, besides the usual ones, of which `unblocked` are let through. An identifier
    of a `shareable` type that touches more than `shared_after` identifiers of `strong` types is a
    shared line and stops joining. One of a `reassigned` type has a new holder after
    `silent_months` without a contact (0: never), or when a record claims it whose holder so far
    has not been seen with it for `taken_over_after_days`.
    """

    limits: dict[str, Annotated[int, Meta(ge=1)]] = {}
    other_limit: Annotated[int, Meta(ge=1)] = 5
    strengths: dict[Basis, Declared] = {}
    strong: tuple[str, ...] = ("email", "crm", "account")
    shareable: tuple[str, ...] = ("phone", "cookie", "device", "account")
    shared_after: Annotated[int, Meta(ge=1)] = 3
    blocked: frozenset[str] = frozenset()
    unblocked: frozenset[str] = frozenset()
    reassigned: tuple[str, ...] = ("phone",)
    silent_months: Annotated[int, Meta(ge=0)] = 60
    taken_over_after_days: Annotated[int, Meta(ge=0)] = 45

    def __post_init__(self) -> None:
        """Refuse a silence that is shorter than what counts as going on."""
        if 0 < self.silent_months < SHORTEST_SILENCE:
            raise ValueError(f"silent_months is 0 or at least {SHORTEST_SILENCE}")

    def limit(self, type_name: str) -> int:
        """Give how many identifiers of a type one customer may have."""
        return self.limits.get(type_name, LIMITS.get(type_name, self.other_limit))

    @property
    def silence_ms(self) -> int:
        """Give the silence after which an identifier has a new holder, in ms."""
        return self.silent_months * _MONTH_MS

    def strength_of(self, evidence: Evidence) -> Strength | None:
        """Give what a statement is worth; None when it may not be used."""
        if evidence.basis is None or evidence.strength is Strength.MANUAL:
            return evidence.strength
        name = self.strengths.get(evidence.basis)
        if name is None:
            return evidence.strength
        return None if name == "unused" else Strength[name.upper()]

    def blocks(self, identifier: str) -> bool:
        """Tell whether an identifier's value stands for nobody in particular."""
        return _blocks(identifier, self.blocked, self.unblocked)

    def is_strong(self, identifier: str) -> bool:
        """Tell whether an identifier normally belongs to one person only."""
        return type_of(identifier) in self.strong

    def is_shareable(self, identifier: str) -> bool:
        """Tell whether several people may well use this identifier."""
        return type_of(identifier) in self.shareable


def rules_name(rules: Rules) -> str:
    """Name rules by their content."""
    return content_hash(msgspec.json.encode(rules, order="deterministic"))[:12]


@lru_cache(maxsize=8_192)
def _blocks(identifier: str, blocked: frozenset[str], unblocked: frozenset[str]) -> bool:
    kind, _, value = identifier.partition(":")
    if kind == "handle":
        value = value.partition(":")[2]
    value = value.casefold()
    if identifier in unblocked or value in unblocked:
        return False
    if identifier in blocked or value in blocked or value in BLOCKED:
        return True
    return not value.strip("0-")
