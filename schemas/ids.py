"""Deterministic ids: the same input always gets the same id, so a replay writes the same rows."""

from __future__ import annotations

from hashlib import blake2b


def derive(*parts: str | int) -> str:
    """Derive a 24-character id from its parts; equal parts give equal ids on every machine.

    Parts are joined by the unit separator, so `("a", "bc")` and `("ab", "c")` differ.
    """
    text = "\x1f".join(str(part) for part in parts)
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def content_hash(data: bytes) -> str:
    """Hash content to 40 hexadecimal characters: the name of a blob and of a cached answer."""
    return blake2b(data, digest_size=20).hexdigest()


def customer_id(tenant: str, identifier: str) -> str:
    """Derive the id of the customer whose oldest identifier this is."""
    return "c_" + derive("customer", tenant, identifier)[:16]
