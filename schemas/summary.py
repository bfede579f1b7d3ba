"""The summary of a contact: sentences that were said in it, each with its place."""

from __future__ import annotations

from enum import StrEnum

from schemas.base import Contract
from schemas.events import Role


class SummaryPart(StrEnum):
    """What a sentence of a summary tells."""

    REASON = "reason"
    OUTCOME = "outcome"
    PROMISE = "promise"


class Sentence(Contract, frozen=True, kw_only=True):
    """A sentence of an utterance's redacted text, from character `start`, and what it may tell.

    `start_s` is the second of the recording at which it begins. `until` quotes by when something
    was promised; `weight` says how good an example of its kind it is.
    """

    part: SummaryPart
    text: str
    start: int
    start_s: float | None = None
    until: str | None = None
    weight: int = 0


class SummaryLine(Contract, frozen=True, kw_only=True):
    """A line of a summary: the words of `role` in `utterance`, from character `start` of its text.

    `start_s` is the second of the recording; `until` quotes by when something was promised.
    """

    part: SummaryPart
    text: str
    role: Role
    utterance: str
    start: int
    start_s: float | None = None
    until: str | None = None
