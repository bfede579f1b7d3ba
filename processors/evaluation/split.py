"""Which items of a set are kept out of training: the same on every machine, for ever."""

from __future__ import annotations

from hashlib import blake2b


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
