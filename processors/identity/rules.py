"""What may be joined: limits per type, values that mean nobody, and when a line is shared."""

from __future__ import annotations

import re

import msgspec

from processors.identity.identifiers import type_of
from schemas.base import Contract

LIMITS = {
    "crm": 1,
    "account": 5,
    "email": 5,
    "phone": 5,
    "handle": 5,
    "device": 20,
    "cookie": 50,
}
_ZEROS = re.compile(r"[0-]*")


class Rules(Contract, frozen=True, kw_only=True):
    """How evidence is turned into customers; a change is a recomputation, not a migration.

    `limits` hold identifiers per type in one customer, `other_limit` those of unnamed types.
    `blocked` are values (`null`) or whole identifiers (`email:noreply@shop.example`) that never
    join by themselves. An identifier of a `shareable` type that touches more than `shared_after`
    identifiers of `strong` types is a shared line and stops joining.
    """

    limits: dict[str, int] = msgspec.field(default_factory=lambda: dict(LIMITS))
    other_limit: int = 5
    strong: tuple[str, ...] = ("email", "crm", "account")
    shareable: tuple[str, ...] = ("phone", "cookie", "device", "account")
    shared_after: int = 3
    blocked: frozenset[str] = frozenset(
        {
            *("-1", "anonymous", "guest", "n/a", "nan", "nil", "none", "null"),
            *("undefined", "unavailable", "unknown"),
            # A withheld caller number, spelt on the keypad: ANONYMOUS, RESTRICTED, UNAVAILABLE,
            # UNKNOWN, BLOCKED.
            *("+266696687", "+7378742833", "+86282452253", "+8656696", "+2562533"),
        }
    )

    def limit(self, type_name: str) -> int:
        """Give how many identifiers of a type one customer may have."""
        return self.limits.get(type_name, self.other_limit)

    def blocks(self, identifier: str) -> bool:
        """Tell whether an identifier's value stands for nobody in particular."""
        if identifier in self.blocked:
            return True
        kind, _, value = identifier.partition(":")
        if kind == "handle":
            value = value.partition(":")[2]
        return value.casefold() in self.blocked or _ZEROS.fullmatch(value) is not None

    def is_strong(self, identifier: str) -> bool:
        """Tell whether an identifier normally belongs to one person only."""
        return type_of(identifier) in self.strong

    def is_shareable(self, identifier: str) -> bool:
        """Tell whether several people may well use this identifier."""
        return type_of(identifier) in self.shareable
