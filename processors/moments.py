"""When a stretch of an utterance's text was said, from the times of its words."""

from __future__ import annotations

from schemas.utterance import Utterance


def second_of(utterance: Utterance, offset: int) -> float | None:
    """Give the second of the recording at which the word at a character of the text begins.

    Words are looked up in the text in their order; None where the utterance was not spoken.
    """
    begins = utterance.start_s
    position = 0
    for word in utterance.words:
        piece = word.text.strip()
        found = utterance.text.find(piece, position) if piece else -1
        if found < 0:
            continue
        if found > offset:
            break
        begins, position = word.start_s, found + len(piece)
    return begins
