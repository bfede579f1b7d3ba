"""Diarisation error: time given to nobody, to somebody where nobody speaks, or to the wrong one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from schemas.base import Contract

Turn = tuple[str, float, float]
"""Who, from when to when in seconds."""

STEP_S = 0.01


class DiarisationError(Contract, frozen=True, kw_only=True):
    """Seconds of error, and of speech in the truth (two who speak at once count twice)."""

    missed_s: float = 0.0
    false_alarm_s: float = 0.0
    confused_s: float = 0.0
    speech_s: float = 0.0

    @property
    def rate(self) -> float:
        """Give the diarisation error rate; NaN without speech."""
        wrong = self.missed_s + self.false_alarm_s + self.confused_s
        return wrong / self.speech_s if self.speech_s else float("nan")


def diarisation_error(
    truth: Sequence[Turn], answer: Sequence[Turn], *, collar_s: float = 0.25
) -> DiarisationError:
    """Compare turns under the best pairing of speakers (NIST Rich Transcription 2009).

    `collar_s` seconds around each border of the truth are not counted.
    """
    length = max((end for _, _, end in [*truth, *answer]), default=0.0)
    steps = int(np.ceil(length / STEP_S)) + 1
    there, found = _frames(truth, steps), _frames(answer, steps)
    counted = np.ones(steps, dtype=bool)
    for border in [time for _, start, end in truth for time in (start, end)]:
        low = max(int((border - collar_s) / STEP_S), 0)
        counted[low : int((border + collar_s) / STEP_S) + 1] = False
    there, found = there[:, counted], found[:, counted]
    together = there.astype(np.int64) @ found.T.astype(np.int64)
    rows, columns = linear_sum_assignment(-together)
    right = float(together[rows, columns].sum())
    said, heard = there.sum(axis=0), found.sum(axis=0)
    either = float(np.minimum(said, heard).sum())
    return DiarisationError(
        missed_s=round(float(np.maximum(said - heard, 0).sum()) * STEP_S, 2),
        false_alarm_s=round(float(np.maximum(heard - said, 0).sum()) * STEP_S, 2),
        confused_s=round((either - right) * STEP_S, 2),
        speech_s=round(float(said.sum()) * STEP_S, 2),
    )


def _frames(turns: Sequence[Turn], steps: int) -> NDArray[np.bool_]:
    names = list(dict.fromkeys(name for name, _, _ in turns))
    frames = np.zeros((len(names), steps), dtype=bool)
    for name, start, end in turns:
        frames[names.index(name), round(start / STEP_S) : round(end / STEP_S)] = True
    return frames
