"""How much of a number read out in a call is hidden in its text and silent in its audio."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from infra.audio import probe
from processors.muting import JOIN_S
from processors.redaction import redact_conversation
from processors.redaction.spoken_numbers import digits_said
from processors.redaction.unheard import merged
from processors.turns import utterances
from schemas.answers import TranscribeAsk, Transcript
from schemas.base import Contract, decode
from schemas.events import Channel, Media, Track
from schemas.interaction import Recording
from schemas.utterance import Utterance
from threadline.evaluation.classifying import figure, times_real_time
from threadline.evaluation.lab import Lab
from threadline.evaluation.task import Case, Figure, Report

AUDIO = (".wav", ".mp3", ".flac", ".ogg")
EDGE_S = 0.5  # words this near to the number are neither of it nor beside it
START = datetime(2026, 1, 1, tzinfo=UTC)


class Digit(Contract, frozen=True, kw_only=True):
    """When one digit is said, in seconds."""

    start: float
    end: float


class Reference(Contract, frozen=True, kw_only=True):
    """The digits of the number that a call holds, and on which track they are said."""

    digits: tuple[Digit, ...]
    track: int = 0


class Outcome(NamedTuple):
    """What became of one call: digits said and left, seconds said and muted, other words."""

    name: str
    digits: int
    left: int
    said_s: float
    muted_s: float
    others: int
    hidden: int
    length_s: float


def read_out_calls(data: Path, lab: Lab) -> Report:
    """Transcribe calls as the product does, redact them, and compare with when digits were said."""
    files = sorted(
        path
        for path in data.iterdir()
        if path.suffix.lower() in AUDIO and path.with_suffix(".json").is_file()
    )
    lab.transcriber  # noqa: B018  # loaded before the watch starts
    with lab.stopwatch() as watch:
        done = [_outcome(path, lab) for path in lab.each(files)]
    return Report(
        task="redaction",
        figures=tuple(_figures(done, lab)),
        engines=(lab.engines.names[0],),
        worst=tuple(_worst(done)),
        speed=(times_real_time(sum(one.length_s for one in done), watch, len(done)),),
        notes=(
            "Digits in the text are counted among the words heard while the number is said; what"
            " the engine has not heard is hidden by nature, and must be muted all the same.",
            "Other words are those heard more than half a second before or after the number; some"
            " of them hide values of their own.",
        ),
    )


def _outcome(path: Path, lab: Lab) -> Outcome:
    truth = decode(path.with_suffix(".json").read_bytes(), Reference)
    about = probe(path)
    tracks = tuple(Track(blob=str(path), channel=channel) for channel in range(about.channels))
    heard = lab.engines.submit(TranscribeAsk(tracks=tracks)).result()
    assert isinstance(heard, Transcript)
    recording = Recording(
        id=path.stem,
        interaction=path.stem,
        tenant="default",
        channel=Channel.VOICE,
        started_at=START,
        media=Media(tracks=tracks),
        parties=(),
    )
    turns = utterances(recording, heard)
    speech = [span for track in heard.tracks for span in track.speech]
    policy = lab.settings.file.redaction
    return _compare(path.stem, truth, turns, redact_conversation(turns, policy, speech), about[2])


def _compare(
    name: str,
    truth: Reference,
    said: Sequence[Utterance],
    redacted: Sequence[Utterance],
    length_s: float,
) -> Outcome:
    first, last = truth.digits[0].start, truth.digits[-1].end
    muted = merged(
        (
            (one.start_s, one.end_s)
            for turn in redacted
            for one in turn.redactions
            if one.start_s is not None and one.end_s is not None
        ),
        JOIN_S,
    )
    after = {turn.id: turn for turn in redacted}
    left = others = hidden = 0
    for turn in said:
        for word, now in zip(turn.words, after[turn.id].words, strict=True):
            if word.end_s > first and word.start_s < last:
                left += len(digits_said(now.text))
            elif word.end_s < first - EDGE_S or word.start_s > last + EDGE_S:
                others += 1
                hidden += word.text != now.text
    return Outcome(
        name=name,
        digits=len(truth.digits),
        left=min(left, len(truth.digits)),
        said_s=sum(digit.end - digit.start for digit in truth.digits),
        muted_s=sum(_inside(digit.start, digit.end, muted) for digit in truth.digits),
        others=others,
        hidden=hidden,
        length_s=length_s,
    )


def _inside(start: float, end: float, spans: Sequence[tuple[float, float]]) -> float:
    return sum(max(0.0, min(end, high) - max(start, low)) for low, high in spans)


def _figures(done: Sequence[Outcome], lab: Lab) -> Iterator[Figure]:
    table = np.array([one[1:] for one in done], float)
    digits, left, said_s, muted_s, others, hidden, _ = table.T

    def share(part: np.ndarray, whole: np.ndarray, at: np.ndarray) -> float:
        return float(part[at].sum() / max(whole[at].sum(), 1e-9))

    of_calls = partial(figure, n=len(done), lab=lab, main=True)
    yield of_calls("digits hidden in the text", lambda at: 1 - share(left, digits, at))
    yield of_calls("audio of the digits muted", lambda at: share(muted_s, said_s, at))
    yield of_calls("other words hidden", lambda at: share(hidden, others, at), less_is_better=True)


def _worst(done: Sequence[Outcome]) -> Iterator[Case]:
    def cost(one: Outcome) -> float:
        return one.left / one.digits + 1 - one.muted_s / one.said_s

    for one in sorted(done, key=cost, reverse=True)[:20]:
        muted = one.muted_s / one.said_s
        if cost(one) > 0.001:
            yield Case(
                id=one.name,
                text=f"{one.left} of {one.digits} digits left, {muted:.1%} muted",
                truth="hidden",
                answer="in part",
                cost=round(cost(one), 3),
            )
