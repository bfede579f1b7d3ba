"""Write an identifier one way: `type:value`, so that equal means the same address or number."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import phonenumbers
from email_validator import EmailNotValidError, validate_email

LONGEST_VALUE = 256
_TYPE = re.compile(r"[a-z][a-z0-9_-]{0,31}", re.ASCII)
_URI_SCHEMES = {"tel": "phone", "mailto": "email"}
# Wide and ligature signs are other spellings of the same sign there.
_FOLDED_TYPES = frozenset({"phone", "email", "handle"})
_NETWORKS = {
    "twitter": "x",
    "fb": "facebook",
    "ig": "instagram",
    "insta": "instagram",
    "tg": "telegram",
    "wa": "whatsapp",
}
_BY_NUMBER = frozenset({"whatsapp", "signal", "viber"})
"""Networks whose accounts are phone numbers."""
_CASE_KEPT = frozenset({"line", "messenger", "slack", "wechat"})
"""Networks whose accounts are ids made by machines, where case tells two apart."""


@lru_cache(maxsize=16_384)
def normalise_identifier(text: str, region: str = "US") -> str | None:
    """Write `type:value` canonically, or give None when it is malformed.

    `region` is the ISO 3166 country of national phone numbers. Canonical forms are fixed points.
    Phones become E.164 (`;ext=` kept, because an extension is somebody else's desk) when their
    length is possible, whether assigned or not. Emails keep their plus part. Handles are written
    as their network compares them. `tel:` and `mailto:` URIs are read as `phone` and `email`.
    """
    name, colon, value = text.partition(":")
    name = name.strip().lower()
    name = _URI_SCHEMES.get(name, name)
    value = unicodedata.normalize("NFKC" if name in _FOLDED_TYPES else "NFC", value).strip()
    if not colon or not _TYPE.fullmatch(name) or not _is_plain(value):
        return None
    canonical = _canonical_value(name, value, region)
    return f"{name}:{canonical}" if canonical and _is_plain(canonical) else None


def identifier_of(type_name: str, value: str, region: str = "US") -> str | None:
    """Build the canonical identifier of a type and a raw value, or None when malformed."""
    return normalise_identifier(f"{type_name}:{value}", region)


def type_of(identifier: str) -> str:
    """Read the type of a canonical identifier, such as `phone`."""
    return identifier.partition(":")[0]


def plus_base(email: str) -> str:
    """Cut the plus part of an email identifier or address, for comparison only.

    `email:ana+shop@example.com` becomes `email:ana@example.com`. Others come back unchanged.
    """
    local, at, domain = email.rpartition("@")
    base = local.partition("+")[0]
    if not at or not base or base.endswith(":"):
        return email
    return f"{base}@{domain}"


def _canonical_value(name: str, value: str, region: str) -> str | None:
    if name == "phone":
        return _phone(value, region)
    if name == "email":
        return _email(value)
    if name == "handle":
        return _handle(value, region)
    return value


def _phone(value: str, region: str) -> str | None:
    try:
        number = phonenumbers.parse(value.removeprefix("tel:"), region.upper())
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{e164};ext={number.extension}" if number.extension else str(e164)


def _email(value: str) -> str | None:
    try:
        # test_environment only lets the reserved domain .test through.
        parts = validate_email(
            value.removeprefix("mailto:"), check_deliverability=False, test_environment=True
        )
    except EmailNotValidError:
        return None
    return f"{_fold(parts.local_part)}@{parts.domain.lower()}"


def _handle(value: str, region: str) -> str | None:
    network, colon, account = value.partition(":")
    network = network.strip().lower()
    network = _NETWORKS.get(network, network)
    account = account.strip().lstrip("@").strip()
    if network in _BY_NUMBER and (number := _phone(account, region)) is not None:
        account = number
    elif network == "facebook":
        # Dots in a user name are for the eye only.
        account = _fold(account).replace(".", "")
    elif network not in _CASE_KEPT:
        account = _fold(account).lstrip("@").strip()
    if not colon or not _TYPE.fullmatch(network) or not account:
        return None
    return f"{network}:{account}"


def _fold(text: str) -> str:
    """Fold case for canonical caseless matching (Unicode 3.13, D145), composed again."""
    folded = unicodedata.normalize("NFD", unicodedata.normalize("NFD", text).casefold())
    return unicodedata.normalize("NFC", folded)


def _is_plain(value: str) -> bool:
    """Refuse empty, oversized and control or lone-surrogate text: no store can keep it."""
    if not 0 < len(value) <= LONGEST_VALUE:
        return False
    return all(unicodedata.category(sign) not in ("Cc", "Cs") for sign in value)
