"""Decode bytes of any claimed charset, and keep out characters that no store accepts."""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

# NUL and lone surrogates are refused by databases and JSON; the others are invisible noise.
_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufeff\u200b\u2060\u00ad]")
# Codecs that are no charset of a mail, or decode in quadratic time.
_REFUSED = frozenset({"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape"})
# Names that mailers use and Python does not know.
_ALIASES = {
    "cp-850": "cp850",
    "iso-8859-8-i": "iso-8859-8",
    "utf8mb4": "utf-8",
    "windows-874": "cp874",
    "x-gbk": "gbk",
    "x-sjis": "cp932",
    "x-windows-949": "cp949",
}
# Mailers that claim these mean the superset (as browsers read them).
_SUPERSETS = {"iso8859-1": "cp1252", "gb2312": "gb18030", "euc_kr": "cp949", "shift_jis": "cp932"}


def clean_text(text: str) -> str:
    """Unify line ends and drop control characters, lone surrogates and invisible marks."""
    return _UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def decode_text(data: bytes, charset: str | None = None) -> str:
    """Decode text whatever its charset claims to be; never raises.

    Without a usable charset, UTF-8 is tried and then Windows-1252. Bytes that mean nothing in the
    claimed charset become U+FFFD.
    """
    codec = _codec(charset or "")
    if codec and codec not in ("ascii", "utf-8"):
        try:
            return data.decode(codec, "replace")
        except (LookupError, ValueError):
            pass
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("utf-8" if codec == "utf-8" else "cp1252", "replace")


@lru_cache(maxsize=512)
def _codec(charset: str) -> str | None:
    """Name the Python codec of a charset, or None when there is none to trust."""
    name = charset.strip().strip("\"'").lower()
    try:
        codec = codecs.lookup(_ALIASES.get(name, name))
    except (LookupError, ValueError):
        return None
    # This private mark is how bytes.decode itself tells rot13 and zip from charsets.
    if not codec._is_text_encoding or codec.name.replace("-", "_") in _REFUSED:
        return None
    return _SUPERSETS.get(codec.name, codec.name)
