r"""Make calls in which a card number is read out, for `threadline eval redaction`.

Single spoken digits (files named DIGIT_SPEAKER_INDEX.wav) are spliced into recorded calls, after
the demo's agent has asked for the number or without a question. Run from the repository root:

    python -m threadline.evaluation.make_card_calls --digits DIR --calls DIR --out DIR \
        [--seed N] [--around SECONDS]

Another seed makes other numbers in other calls; from 1 on, half of the calls have 8 kHz.
"""

from __future__ import annotations

import argparse
import json
import random
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from infra.audio import RATE, decode

Samples = NDArray[np.float32]

QUESTION = Path(__file__).parents[1] / "demo" / "audio" / "call-02.wav"
PAUSES = ("even", "fours", "quick", "slow")
AROUND_S = 25.0
QUIET = 0.012
QUIET_S = 0.4
NOISE_RMS = 0.0008
FRAME = RATE // 50


class Plan(NamedTuple):
    """How one call is made; `two` puts the customer on a track of their own."""

    speaker: str
    pauses: str
    asked: bool
    two: bool
    seed: int = 0
    rate: int = RATE
    around_s: float = AROUND_S

    @property
    def name(self) -> str:
        """Name the call by its plan."""
        asked, tracks = "asked" if self.asked else "unasked", "two" if self.two else "mono"
        return f"{self.speaker}-{self.pauses}-{asked}-{tracks}"


def plans(speakers: Sequence[str], seed: int = 0) -> list[Plan]:
    """Plan four calls of each speaker: every way of pausing, half of them asked for."""
    return [
        Plan(
            speaker,
            pauses,
            (at + turn + seed) % 2 == 0,
            (at + turn + seed) % 5 == 4,
            seed,
            RATE // 2 if seed and (at // 2 + turn + seed) % 2 else RATE,
        )
        for at, speaker in enumerate(speakers)
        for turn, pauses in enumerate(PAUSES)
    ]


def card(rng: random.Random) -> list[int]:
    """Make up sixteen digits that begin with 4 and pass the Luhn check."""
    digits = [4, *(rng.randrange(10) for _ in range(14))]
    doubled = [
        digit * 2 - 9 * (digit > 4) if at % 2 == 0 else digit for at, digit in enumerate(digits)
    ]
    return [*digits, -sum(doubled) % 10]


def make(plan: Plan, call: Path, digits: Path, out: Path) -> None:
    """Make one call and, beside it, the seconds at which its digits are said."""
    rng = random.Random(plan.name + str(plan.seed or ""))  # noqa: S311  # to be made again, not to be kept secret
    heard = decode(call)
    level = _loudness(heard)
    at = _pause(heard, rng)
    before = heard[max(0, at - int(plan.around_s * RATE)) : at]
    after = heard[at : at + int(plan.around_s * RATE)]
    question = _question(level) if plan.asked else np.zeros(0, np.float32)
    number, times = _number(plan, digits, level, rng)
    offset = (len(before) + len(question)) / RATE
    said = [(before, 0), (question, 0), (number, 1), (after, 0)]
    tracks = _mixed(said, 2 if plan.two else 1, len(plan.name) + plan.seed)
    _write(out / f"{plan.name}.wav", tracks, plan.rate)
    reference = {
        "digits": [{"start": round(a + offset, 3), "end": round(b + offset, 3)} for a, b in times],
        "track": int(plan.two),
    }
    (out / f"{plan.name}.json").write_text(json.dumps(reference), "utf-8")


def _question(level: float) -> Samples:
    """Cut the agent's request for the card out of the demo's call, with a pause behind it."""
    agent = decode(QUESTION, 0)
    spoken = _stretches(agent)
    start, end = spoken[1]
    asked = agent[start:end]
    return np.concatenate([_silence(0.4), asked * (level / _loudness(asked)), _silence(0.6)])


def _stretches(samples: Samples) -> list[tuple[int, int]]:
    """Find what is said between pauses of a second: first and last+1 sample of each."""
    loud = [at * FRAME for at, top in enumerate(_frames(samples)) if top > QUIET]
    ends = [at for at in range(1, len(loud)) if loud[at] - loud[at - 1] > RATE]
    starts = [0, *ends]
    return [
        (loud[first], loud[(*ends, len(loud))[number] - 1] + FRAME)
        for number, first in enumerate(starts)
    ]


def _number(
    plan: Plan, digits: Path, level: float, rng: random.Random
) -> tuple[Samples, list[tuple[float, float]]]:
    parts: list[Samples] = [_silence(rng.uniform(0.2, 0.6))]
    times = []
    for at, digit in enumerate(card(rng)):
        files = sorted(digits.glob(f"{digit}_{plan.speaker}_*.wav"))
        said = decode(rng.choice(files))
        start = sum(map(len, parts)) / RATE
        times.append((start, start + len(said) / RATE))
        parts += [said * (level / _loudness(said)), _silence(_gap(plan.pauses, at, rng))]
    return np.concatenate(parts), times


def _gap(pauses: str, at: int, rng: random.Random) -> float:
    """Choose the seconds after a digit."""
    if pauses == "fours":
        return rng.uniform(0.6, 1.1) if at % 4 == 3 else rng.uniform(0.08, 0.2)
    low, high = {"even": (0.1, 0.6), "quick": (0.05, 0.15), "slow": (0.3, 0.6)}[pauses]
    return rng.uniform(low, high)


def _pause(samples: Samples, rng: random.Random) -> int:
    """Choose a place in a pause of the call, away from its ends."""
    quiet = [top < QUIET for top in _frames(samples)]
    long = int(QUIET_S * RATE / FRAME)
    places = [
        (at + long // 2) * FRAME
        for at in range(len(quiet) - long)
        if all(quiet[at : at + long]) and 8 * RATE < at * FRAME < len(samples) - 8 * RATE
    ]
    return rng.choice(places)


def _mixed(said: Sequence[tuple[Samples, int]], tracks: int, seed: int) -> Samples:
    """Lay stretches one after another, each on its track, over a little noise."""
    length = sum(len(samples) for samples, _ in said)
    noise = np.random.default_rng(seed).normal(0, NOISE_RMS, (length, tracks))
    mixed: Samples = noise.astype(np.float32)
    at = 0
    for samples, track in said:
        mixed[at : at + len(samples), min(track, tracks - 1)] += samples
        at += len(samples)
    return mixed


def _write(path: Path, tracks: Samples, rate: int) -> None:
    every = RATE // rate
    tracks = tracks[: len(tracks) // every * every].reshape(-1, every, tracks.shape[1]).mean(axis=1)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(tracks.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(tracks, -0.99, 0.99) * 32767).astype("<i2").tobytes())


def _frames(samples: Samples) -> Samples:
    whole = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    highest: Samples = np.abs(whole).max(axis=1)
    return highest


def _loudness(samples: Samples) -> float:
    loud = samples[np.abs(samples) > 0.01]
    return float(np.sqrt(np.mean(np.square(loud)))) if len(loud) else 0.05


def _silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * RATE), np.float32)


def main() -> None:
    """Make the calls of every speaker whose digits are there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--digits", type=Path, required=True, help="single spoken digits")
    parser.add_argument("--calls", type=Path, required=True, help="recorded calls to splice into")
    parser.add_argument("--out", type=Path, required=True, help="folder for the calls made")
    parser.add_argument("--seed", type=int, default=0, help="another one makes other calls")
    parser.add_argument(
        "--around", type=float, default=AROUND_S, help="seconds of the call before and after"
    )
    given = parser.parse_args()
    make_all(given.digits, given.calls, given.out, given.seed, given.around)


def make_all(
    digits: Path, calls: Path, out: Path, seed: int = 0, around_s: float = AROUND_S
) -> None:
    """Make the calls of every speaker whose digits are there."""
    out.mkdir(parents=True, exist_ok=True)
    speakers = sorted({path.stem.split("_")[1] for path in digits.glob("?_*_*.wav")})
    recorded = sorted(path for path in calls.iterdir() if path.suffix.lower() in (".mp3", ".wav"))
    for at, plan in enumerate(plans(speakers, seed)):
        make(
            plan._replace(around_s=around_s), recorded[(at * 5 + seed) % len(recorded)], digits, out
        )


if __name__ == "__main__":
    main()
