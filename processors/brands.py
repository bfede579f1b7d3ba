"""Whose names a text holds: the company's own, or its competitors'."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple


class Named(NamedTuple):
    """The names found in a text, as they are spelt in the settings."""

    own: tuple[str, ...] = ()
    competitors: tuple[str, ...] = ()


NOBODY = Named()


class Brands:
    """The names by which a tenant and its competitors are called; whole words, in any case."""

    def __init__(self, own: Sequence[str] = (), competitors: Sequence[str] = ()) -> None:
        self._own = _patterns(own)
        self._competitors = _patterns(competitors)

    def named_in(self, text: str) -> Named:
        """Find the names in a text."""
        if not (self._own or self._competitors):
            return NOBODY
        return Named(_found(self._own, text), _found(self._competitors, text))


def _patterns(names: Sequence[str]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    kept = sorted({name.strip() for name in names if name.strip()})
    return tuple(
        (name, re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)) for name in kept
    )


def _found(patterns: tuple[tuple[str, re.Pattern[str]], ...], text: str) -> tuple[str, ...]:
    return tuple(name for name, pattern in patterns if pattern.search(text))
