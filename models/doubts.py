"""Doubt what sounds like speech amid music and tones: look again, without what went before it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from models.sound import BAND_HZ, FRAME, RATE, sounds_tonal

Samples = NDArray[np.float32]
Span = tuple[int, int]
"""A stretch in samples: the first, and one after the last."""

BLOCK = RATE  # samples that are looked at afresh
LEAST = 512  # samples of which the detection tells one probability
# Measured on speech and on music put between speech. The detection remembers: music that follows
# speech passes for speech, and not when it is looked at alone, as speech mostly does.
SURE = 0.8  # probability, looked at afresh, above which it is speech even amid music ...
SURE_OF_LINES = 0.9  # ... and above which it is even if it is made of steady tones
AROUND = 3 * RATE  # samples on either side that tell amid what it stands
FEWEST = 5  # frames around it that tell anything
MUSICAL = 0.6  # share of the frames around it that are tonal
LINES = 4  # steady tones at most
IN_LINES = 0.9  # share of the power that a voice hardly ever has in so few lines
HELD, SURELY_HELD = 0.4, 0.8  # share that music has: a voice glides, and mostly has less
RESOLUTION = 1 << 15  # points of a transform, at least
LOBE = 2.2  # half width of a line, in steps of a transform without padding (Hann window)


def music_among(
    samples: Samples,
    spans: Sequence[Span],
    plain: Sequence[bool],
    look: Callable[[Samples], NDArray[np.float32]],
) -> list[bool]:
    """Tell which stretches that sound like speech are music or tones; `plain` ones never are.

    `look` gives the probability of speech per frame of some samples, knowing no others.
    """
    chances = [
        1.0 if surely else _afresh(samples, span, look)
        for span, surely in zip(spans, plain, strict=True)
    ]
    surely = [span for span, chance in zip(spans, chances, strict=True) if chance >= SURE]
    gaps = _gaps(samples, surely)
    return [
        _is_music(samples, span, chance, gaps) for span, chance in zip(spans, chances, strict=True)
    ]


def _is_music(samples: Samples, span: Span, chance: float, gaps: NDArray[np.float32]) -> bool:
    if chance >= SURE_OF_LINES:
        return False
    least = IN_LINES
    if _amid_music(gaps, span):
        least = HELD if chance < SURE else SURELY_HELD
    return _in_lines(samples, span) > least


def _afresh(samples: Samples, span: Span, look: Callable[[Samples], NDArray[np.float32]]) -> float:
    """Give the highest probability of speech in a stretch of which each second stands alone."""
    start, end = span
    parts = max(1, round((end - start) / BLOCK))
    edges = [start + (end - start) * at // parts // LEAST * LEAST for at in range(parts)]
    blocks = zip(edges, [*edges[1:], end], strict=True)
    return max(float(look(samples[a:b]).max()) for a, b in blocks)


def _gaps(samples: Samples, spans: Sequence[Span]) -> NDArray[np.float32]:
    """Tell of each frame whether it is tonal, 0 or 1; NaN in sure speech and beside it."""
    count = len(samples) // FRAME
    tonal = sounds_tonal(samples[: count * FRAME].reshape(count, FRAME)).astype(np.float32)
    for start, end in spans:
        tonal[max(start // FRAME - 1, 0) : (end - 1) // FRAME + 2] = np.nan
    return tonal


def _amid_music(gaps: NDArray[np.float32], span: Span) -> bool:
    first, last = max(span[0] - AROUND, 0) // FRAME, (span[1] + AROUND) // FRAME + 1
    around = gaps[first:last].copy()
    around[span[0] // FRAME - first : (span[1] - 1) // FRAME + 1 - first] = np.nan
    told = around[~np.isnan(around)]
    return len(told) >= FEWEST and float(told.mean()) > MUSICAL


def _in_lines(samples: Samples, span: Span) -> float:
    """Give the share of the power that the few strongest lines of the spectrum carry."""
    start = max(min(span[0], span[1] - 2 * LEAST), 0)
    part = samples[start : span[1]]
    points = max(RESOLUTION, len(part))
    power = np.square(np.abs(np.fft.rfft(part * np.hanning(len(part)), points)))
    low, high = (round(hertz * points / RATE) for hertz in BAND_HZ)
    power = power[low:high]
    whole, wide = float(power.sum()) + 1e-12, int(LOBE * points / len(part)) + 1
    carried = 0.0
    for _ in range(LINES):
        top = int(power.argmax())
        line = slice(max(top - wide, 0), top + wide)
        carried += float(power[line].sum())
        power[line] = 0.0
    return carried / whole
