"""Which values are sensitive, and what becomes of each kind."""

from __future__ import annotations

from enum import StrEnum
from hashlib import blake2b

from schemas.base import Contract
from schemas.errors import ConfigError


class Sensitive(StrEnum):
    """A kind of value that redaction knows; the first of two overlapping finds wins."""

    EMAIL = "email"
    IBAN = "iban"
    CARD = "card"
    SSN = "ssn"
    PASSWORD = "password"  # noqa: S105  # the name of a kind, not a password
    EXPIRY = "expiry"
    CVV = "cvv"
    PIN = "pin"
    PHONE = "phone"
    ACCOUNT = "account"
    NATIONAL = "national"
    BIRTH = "birth"
    ADDRESS = "address"
    NUMBER = "number"
    UNHEARD = "unheard"
    NAME = "name"


_KEPT = frozenset({Sensitive.NAME})


class Action(StrEnum):
    """What becomes of a value.

    `mask` writes `[card]`; `hash` writes `[card:0f3a...]`, equal for equal values under one salt;
    `drop` leaves nothing; `keep` leaves it as it stands.
    """

    KEEP = "keep"
    MASK = "mask"
    HASH = "hash"
    DROP = "drop"


class Policy(Contract, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to do per kind; a kind that is not named is masked, but names, which are kept.

    `salt` keys the hashes and must be secret: a card has few enough digits to try them all.

    Raises:
        ConfigError: a kind is to be hashed and there is no salt.
    """

    actions: dict[Sensitive, Action] = {}
    salt: str = ""

    def __post_init__(self) -> None:
        if not self.salt and Action.HASH in self.actions.values():
            raise ConfigError("redaction by hash needs a salt")

    def __repr__(self) -> str:
        """Show the policy without its salt."""
        return f"Policy(actions={self.actions!r}, salt={'***' if self.salt else ''!r})"

    def action(self, kind: Sensitive) -> Action:
        """Tell what becomes of a kind."""
        return self.actions.get(kind, Action.KEEP if kind in _KEPT else Action.MASK)

    def piece(self, kind: Sensitive, value: str) -> str:
        """Write what stands in the place of a value.

        `value` is its plain form: digits of a number, so that written and spoken hash alike.
        """
        action = self.action(kind)
        if action is Action.DROP:
            return ""
        if action is Action.HASH:
            key = blake2b(self.salt.encode()).digest()
            plain = f"{kind}:{value}".encode("utf-8", "surrogatepass")
            return f"[{kind}:{blake2b(plain, key=key, digest_size=6).hexdigest()}]"
        return f"[{kind}]"


DEFAULT_POLICY = Policy()
