"""Work out what of a recording may be heard: what its transcript hides is to be muted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from processors.redaction.unheard import Span, merged
from schemas.events import Channel
from schemas.ledger import LedgerEntry, Step
from schemas.utterance import Utterance

JOIN_S = 0.3
"""Muted stretches that are nearer become one; what lies between is no word."""

NOT_TRANSCRIBED = "the recording is not transcribed yet: nobody can tell what is to be muted"
TIMES_UNKNOWN = "the transcript hides values without saying when they were spoken"
NOTHING_HEARD = "nothing was understood in the recording: nobody can tell what is to be muted"

Why = Literal["", "transcribing", "unknown"]


class Hearing(NamedTuple):
    """What ordinary callers may hear: all but `muted` (seconds, in order); `withheld` says why not.

    `why` is `transcribing` while that may still change by itself.
    """

    muted: tuple[Span, ...] = ()
    withheld: str = ""
    why: Why = ""


def hearing(utterances: Iterable[Utterance], account: LedgerEntry | None) -> Hearing:
    """Tell what may be heard of a call's recording, given its turns and the ledger's account of it.

    What is hidden at unknown times withholds all of it. So does a transcript that is not there yet,
    or whose turns have not all come through.
    """
    if not _is_transcribed(account):
        return Hearing(withheld=NOT_TRANSCRIBED, why="transcribing")
    spoken = [one for one in utterances if one.channel is Channel.VOICE or one.start_s is not None]
    if not spoken:
        return Hearing(withheld=NOTHING_HEARD, why="unknown")
    spans: list[Span] = []
    for redaction in (each for turn in spoken for each in turn.redactions):
        if redaction.start_s is None or redaction.end_s is None:
            return Hearing(withheld=TIMES_UNKNOWN, why="unknown")
        spans.append((redaction.start_s, redaction.end_s))
    return Hearing(tuple(merged(spans, JOIN_S)))


def _is_transcribed(account: LedgerEntry | None) -> bool:
    if account is None:
        return False
    owed = (Step.NORMALISED, Step.TRANSCRIBED, Step.TAGGED)
    if any(account.missing.get(step) for step in owed):
        return False
    return bool(account.done.get(Step.NORMALISED) and account.done.get(Step.TRANSCRIBED))
