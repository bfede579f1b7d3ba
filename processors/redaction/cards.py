"""Find card numbers in runs of digits."""

from __future__ import annotations

from processors.redaction.checksums import CARD_LENGTHS, branded, luhn
from processors.redaction.spoken_numbers import Run

_USUAL = (16, 15, 14, 13, 19, 18, 17)
_MAESTRO_SHORT = 12


def cards(run: Run) -> list[tuple[int, int]]:
    """Find card numbers: first and last+1 digit of each.

    Every 16 digits between two groups that pass the Luhn check count, whatever they begin with;
    a piece of a longer number, and other lengths made of several groups, only with a known prefix.
    Overlapping finds become one: nobody can tell which of them is the card.
    """
    if _whole(run):
        return [(0, len(run.digits))]
    found: list[tuple[int, int]] = []
    broken: list[tuple[int, int]] = []
    for start in range(len(run.digits) - min(CARD_LENGTHS) + 1):
        length = next((length for length in _USUAL if _card(run, start, start + length)), 0)
        if length:
            window = _widen(run, start, start + length)
            crosses = any(window[0] < place < window[1] for place in run.hard)
            (broken if crosses else found).append(window)
    # "2024: 4111..." must not lose its card to a chance hit across the colon.
    alone = [window for window in broken if not any(_overlap(window, other) for other in found)]
    return _merge(sorted(found + alone))


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _merge(windows: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in windows:
        if merged and start < merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def _whole(run: Run) -> bool:
    """Tell whether the run is one card number and nothing else."""
    size = len(run.digits)
    one_token = run.groups[0] == run.groups[-1]
    if size == _MAESTRO_SHORT:
        return one_token and branded(run.digits) and luhn(run.digits)
    if size not in CARD_LENGTHS or not luhn(run.digits):
        return False
    return one_token or size == _USUAL[0] or branded(run.digits) or all(run.spoken)


def _widen(run: Run, start: int, end: int) -> tuple[int, int]:
    """Take the tokens at both ends whole: what hangs on a card is a stutter of the engine."""
    while start and run.groups[start - 1] == run.groups[start]:
        start -= 1
    while end < len(run.digits) and run.groups[end] == run.groups[end - 1]:
        end += 1
    return start, end


def _card(run: Run, start: int, end: int) -> bool:
    if end > len(run.digits):
        return False
    digits = run.digits[start:end]
    known = branded(digits)
    opens = start == 0 or run.groups[start - 1] != run.groups[start]
    closes = end == len(run.digits) or run.groups[end] != run.groups[end - 1]
    if opens and closes:
        one_token = run.groups[start] == run.groups[end - 1]
        return (known or one_token or len(digits) == _USUAL[0]) and luhn(digits)
    # Half of a spoken word is no boundary that anybody means.
    return known and len(digits) == _USUAL[0] and luhn(digits)
