"""Write letters without their marks, as people in a hurry do."""

from __future__ import annotations

from collections.abc import Iterator
from unicodedata import combining, normalize

LATIN = range(0xC0, 0x250)
MARKS = range(0x300, 0x370)
_GERMAN = {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"}


def _bare() -> Iterator[tuple[int, str]]:
    for code in LATIN:
        letters = "".join(one for one in normalize("NFD", chr(code)) if not combining(one))
        if letters != chr(code):
            yield code, letters
    yield from ((code, "") for code in MARKS)


_PLAIN = dict(_bare())
_PLAIN_GERMAN = _PLAIN | {ord(letter): two for letter, two in _GERMAN.items()}


def without_marks(text: str, language: str) -> str:
    """Write `código` as `codigo`, and in German `öffnen` as `oeffnen`."""
    if text.isascii():
        return text
    return text.translate(_PLAIN_GERMAN if language == "de" else _PLAIN)
