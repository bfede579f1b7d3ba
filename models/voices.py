"""Find how many voices a recording has, and what each is like, from vectors of short stretches."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

# Halves of one voice are liker than 0.92, two voices mostly less than 0.86, two on a telephone up
# to 0.93 (measured): what lies between is for the words to decide.
TWO = 0.945
MORE = 0.84  # a third voice, or a fourth, is rare, so it takes more
LEAST_S = 2.5  # what a voice must have said in sum before it counts as one
FEWEST = 3  # windows of a voice: fewer say nothing of its spread
ROUNDS = 20


class Voices(NamedTuple):
    """A unit vector per voice, and how alike the two are that are most alike (0 of one voice)."""

    centres: Floats
    alike: float


class _Split(NamedTuple):
    likeness: float
    halves: tuple[Mask, Mask]


def voices(vectors: Floats, seconds: Floats, most: int) -> Voices:
    """Find the voices, the one that speaks most first; at least one, at most `most`.

    `vectors` are unit vectors of windows and `seconds` their lengths. Windows are split in two,
    from the top, along their main direction (Boley 1998, principal direction divisive
    partitioning, with two-means after it) as long as the halves differ as two voices do.
    """
    everyone = np.ones(len(vectors), dtype=bool)
    groups, alike = [everyone], 0.0
    while len(groups) < most:
        limit = TWO if len(groups) == 1 else MORE
        splits = [(_split(vectors, seconds, group, limit), at) for at, group in enumerate(groups)]
        found = [(split.likeness, at, split) for split, at in splits if split is not None]
        if not found:
            break
        alike, at, split = min(found, key=lambda item: item[:2])
        groups[at : at + 1] = split.halves
    centres = np.stack([_centre(vectors[group]) for group in groups])
    if len(groups) > 1:
        centres = _settled(vectors, centres)
    owners = (vectors @ centres.T).argmax(axis=1)
    said = [float(seconds[owners == voice].sum()) for voice in range(len(centres))]
    order = sorted(range(len(centres)), key=lambda voice: (-said[voice], voice))
    return Voices(np.asarray(centres[order], dtype=np.float32), alike)


def likeness(first: Floats, second: Floats) -> float:
    """Compare two groups of windows: the cosine of their centres without the noise of each.

    The mean over pairs across, divided by the geometric mean of the means over pairs within
    (Spearman's correction for attenuation, 1904). 1 for halves of one voice, however few.
    """
    across = float((first @ second.T).mean())
    return across / max(float(np.sqrt(_within(first) * _within(second))), 1e-6)


def _within(group: Floats) -> float:
    count = len(group)
    return max(float((group @ group.T).sum()) - count, 0.0) / (count * (count - 1))


def _split(vectors: Floats, seconds: Floats, group: Mask, most_alike: float) -> _Split | None:
    """Split a group in two; None where the halves are too short or too much alike."""
    members = np.flatnonzero(group)
    if len(members) < 2 * FEWEST:
        return None
    inside = vectors[members]
    centred = inside - inside.mean(axis=0)
    direction = np.linalg.svd(centred, full_matrices=False)[2][0]
    side = centred @ direction > 0
    if side.all() or not side.any():
        return None
    centres = _settled(inside, np.stack([_centre(inside[side]), _centre(inside[~side])]))
    side = (inside @ centres.T).argmax(axis=1) == 0
    lengths = (seconds[members][side], seconds[members][~side])
    if any(len(half) < FEWEST or half.sum() < LEAST_S for half in lengths):
        return None
    alike = likeness(inside[side], inside[~side])
    if alike > most_alike:
        return None
    halves = (np.zeros_like(group), np.zeros_like(group))
    halves[0][members[side]] = True
    halves[1][members[~side]] = True
    return _Split(alike, halves)


def _settled(vectors: Floats, centres: Floats) -> Floats:
    """Move centres to the mean of what is nearest to them until nothing changes (k-means)."""
    owners = (vectors @ centres.T).argmax(axis=1)
    for _ in range(ROUNDS):
        centres = np.stack(
            [
                _centre(vectors[owners == at]) if (owners == at).any() else centre
                for at, centre in enumerate(centres)
            ]
        )
        nearest = (vectors @ centres.T).argmax(axis=1)
        if (nearest == owners).all():
            break
        owners = nearest
    return centres


def _centre(vectors: Floats) -> Floats:
    mean = vectors.mean(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), dtype=np.float32)
