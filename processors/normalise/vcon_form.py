"""Open a vCon, 0.0.1 to 0.4.0 (draft-ietf-vcon-vcon-core): plain, signed or encrypted."""

from __future__ import annotations

import base64
import binascii
import re
import zlib

from processors.normalise.json_text import JsonObject, read_json
from schemas.errors import InvalidEvent

LARGEST_UNPACKED = 256 * 1024 * 1024
_GZIP = b"\x1f\x8b"
_PARTS = frozenset({"vcon", "parties", "dialog", "analysis", "attachments"})
# The contact centre extension only adds fields that may be ignored, so we can process it.
_SUPPORTED = frozenset({"CC"})
_BASE64URL = re.compile(rb"[A-Za-z0-9_-]*={0,2}")


def open_vcon(data: bytes) -> tuple[JsonObject, bool]:
    """Give the plain vCon object and whether it came signed. Signatures are not verified.

    Raises:
        InvalidEvent: `invalid_json`, `not_vcon`, `encrypted_vcon`, `unsupported_critical`, or
            `invalid_vcon` where the signed payload cannot be read.
    """
    document = _object(read_json(_unpacked(data)))
    if "ciphertext" in document:
        raise InvalidEvent(
            "encrypted_vcon", "the vCon is encrypted; decrypt it before sending it here"
        )
    signed = "payload" in document and "signatures" in document
    if signed:
        payload = document["payload"]
        if not isinstance(payload, str):
            raise InvalidEvent("invalid_vcon", "expected base64url text", field="$.payload")
        document = _object(read_json(_unpacked(decode_base64url(payload, field="$.payload"))))
    if _PARTS.isdisjoint(document):
        raise InvalidEvent("not_vcon", "none of parties, dialog, analysis and attachments is there")
    _check_critical(document)
    return document, signed


def looks_like_vcon(document: object) -> bool:
    """Tell whether a JSON value has the outline of a vCon in any form."""
    if not isinstance(document, dict):
        return False
    names = document.keys()
    if (
        "vcon" in names
        or {"payload", "signatures"} <= names
        or {"ciphertext", "recipients"} <= names
    ):
        return True
    return len(names & {"parties", "dialog", "analysis", "attachments"}) > 1


def decode_base64url(text: str, *, field: str) -> bytes:
    """Decode base64url, padded or not; the standard alphabet and line breaks are read as well.

    Raises:
        InvalidEvent: `invalid_vcon` at `field`.
    """
    compact = re.sub(r"\s+", "", text).replace("+", "-").replace("/", "_").rstrip("=")
    try:
        raw = compact.encode("ascii")
        if not _BASE64URL.fullmatch(raw):
            raise ValueError("a sign that base64url does not have")
        return base64.urlsafe_b64decode(raw + b"=" * (-len(raw) % 4))
    except (ValueError, binascii.Error) as error:
        raise InvalidEvent("invalid_vcon", f"not base64url: {error}", field=field) from error


def _object(value: object) -> JsonObject:
    if not isinstance(value, dict):
        raise InvalidEvent("not_vcon", "a vCon is a JSON object")
    return value


def _unpacked(data: bytes) -> bytes:
    if not data.startswith(_GZIP):
        return data
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(data, LARGEST_UNPACKED)
    except zlib.error as error:
        raise InvalidEvent("invalid_vcon", f"broken gzip: {error}") from error
    if not unpacker.eof:
        raise InvalidEvent("invalid_vcon", "the gzip is cut short, or too large when unpacked")
    return plain


def _check_critical(document: JsonObject) -> None:
    # `must_support` is what 0.3.0 called it.
    for name in ("critical", "must_support"):
        named = document.get(name) or []
        if not isinstance(named, list) or not all(isinstance(text, str) for text in named):
            raise InvalidEvent("invalid_vcon", "expected a list of names", field=f"$.{name}")
        unknown = sorted(set(named) - _SUPPORTED)
        if unknown:
            raise InvalidEvent(
                "unsupported_critical",
                f"the vCon must not be read without knowing {', '.join(unknown)[:200]}",
                field=f"$.{name}",
            )
