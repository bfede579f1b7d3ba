"""Which items of a set are kept out of training: the same on every machine, for ever."""

from __future__ import annotations

import re
from hashlib import blake2b
from html import unescape

_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_USER = re.compile(r"@\w+")
_LINK = re.compile(r"(?:https?://|www\.)\S*|\bhttp\b")


def held_out(key: str, share: float = 0.2, salt: str = "") -> bool:
    """Tell whether an item is of the part that is tested on: about `share` of all keys.

    Take as key what must not stand on both sides: the text itself, the author, the conversation.
    """
    digest = blake2b(f"{salt}\0{' '.join(key.split()).casefold()}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") < share * 2.0**64


def fold(key: str, folds: int = 10, salt: str = "") -> int:
    """Give the fold of a key, 0 to `folds` - 1, for cross-validation by group."""
    digest = blake2b(f"{salt}\0{' '.join(key.split()).casefold()}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % folds


def same_words(text: str) -> str:
    """Give a key that copies of a text share, however a set has cleaned them.

    Sets differ in quotes, escapes, user names, links, case and signs: what is tested on must be
    found in a pool of training texts all the same.
    """
    text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), unescape(text)).casefold()
    return "".join(filter(str.isalnum, _LINK.sub(" ", _USER.sub("@user", text))))
