"""How texts and arrays travel to PostgreSQL and back."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Sequence
from typing import Any

from psycopg.abc import Buffer
from psycopg.adapt import AdaptersMap, Dumper, Loader
from psycopg.pq import Format

LONGEST = 1000
"""Bytes of a text; two of them must fit into an entry of an index, which takes 2,700."""
_TEXT = 25
_ENCODERS: dict[str, tuple[int, Callable[[Any], bytes]]] = {
    "TEXT": (_TEXT, lambda text: stored(text).encode()),
    "INTEGER": (20, struct.Struct("!q").pack),
    "REAL": (701, struct.Struct("!d").pack),
    "BLOB": (17, bytes),
}
_length = struct.Struct("!i").pack
_head = struct.Struct("!iiIii").pack
_NULL = _length(-1)


def cut(text: str) -> str:
    """Cut a text that an index cannot take; it then ends in the hash of the whole."""
    if len(text) <= LONGEST // 4 or len(data := text.encode()) <= LONGEST:
        return text
    digest = hashlib.blake2b(data, digest_size=16).hexdigest()
    return data[: LONGEST - len(digest)].decode(errors="ignore") + digest


def stored(text: str) -> str:
    r"""Write a text so that PostgreSQL can keep it and index it, in the same order.

    It refuses NUL: `\0` becomes `\1\1`, and therefore `\1` becomes `\1\2`.
    """
    text = cut(text)
    if "\x00" in text or "\x01" in text:
        text = text.replace("\x01", "\x01\x02").replace("\x00", "\x01\x01")
    return text


def as_given(text: str) -> str:
    """Read a text back; one that was cut stays so, and finds what the whole text finds."""
    if "\x01" in text:
        return text.replace("\x01\x01", "\x00").replace("\x01\x02", "\x01")
    return text


class Array(bytes):
    """An array, written as PostgreSQL reads it. The statement must name its type."""


def array(type: str, values: Sequence[object]) -> Array:
    """Write values as an array of one of the dialect's types.

    psycopg would ask every value what it is; this takes a tenth of the time.
    """
    oid, encode = _ENCODERS[type]
    parts = [_head(1, 1, oid, len(values), 1)] if values else [struct.pack("!iiI", 0, 0, oid)]
    for value in values:
        if value is None:
            parts.append(_NULL)
        else:
            data = encode(value)
            parts += (_length(len(data)), data)
    return Array(b"".join(parts))


def register(adapters: AdaptersMap) -> None:
    """Teach a connection these ways."""
    adapters.register_dumper(str, _TextDumper)
    adapters.register_dumper(Array, _ArrayDumper)
    adapters.register_loader("text", _TextLoader)


class _TextDumper(Dumper):
    format = Format.BINARY
    oid = _TEXT

    def dump(self, obj: str) -> bytes:
        return stored(obj).encode()


class _ArrayDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: Array) -> bytes:
        return obj


class _TextLoader(Loader):
    format = Format.BINARY

    def load(self, data: Buffer) -> str:
        return as_given(bytes(data).decode())
