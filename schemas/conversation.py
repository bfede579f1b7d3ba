"""Conversations: the interactions of one customer about one issue, and what they tell."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from schemas.base import Contract
from schemas.events import Channel, Ending
from schemas.interaction import Annotation
from schemas.satisfaction import Satisfaction
from schemas.utterance import Sentiment


class Brief(Contract, frozen=True, kw_only=True):
    """What of an interaction's document is needed to lay many side by side."""

    id: str
    channel: Channel
    started_at: datetime
    ended_at: datetime
    subject: str | None = None
    preview: str = ""
    ended: Ending | None = None
    annotations: tuple[Annotation, ...] = ()
    language: str | None = None
    sentiment: Sentiment | None = None
    trend: float | None = None
    complaint: float | None = None
    contact_type: str | None = None
    categories: tuple[str, ...] = ()
    churn_risk: float | None = None
    churn_parts: dict[str, float] = {}
    satisfaction: Satisfaction | None = None


class Meaning(NamedTuple):
    """The search vector of one thing that a customer said, as signed bytes."""

    interaction: str
    vector: bytes


class Joint(Contract, frozen=True, kw_only=True):
    """Why an interaction belongs to a conversation: `to` which earlier one it was joined.

    `confidence` is 0-1, and 1 where `by` says who joined them. `meaning` is the cosine of what
    the customer said in both, -1..1; `gap_s` are the seconds between them.
    """

    interaction: str
    to: str
    confidence: float
    same_type: bool
    gap_s: float
    meaning: float | None = None
    by: str | None = None


class Conversation(Contract, frozen=True, kw_only=True, omit_defaults=False):
    """Interactions about one issue, oldest first; `id` is derived from the oldest.

    `title` is the first subject, words or note; empty where nothing is known yet.
    `confidence` is that of the weakest joint, 1 for a single interaction. `repeats` counts by
    window, in days, the contacts that followed another of the conversation within it.
    `resolved_first` says by window whether the first contact was the last; None while the window
    is not over yet. `seconds` is the time from start to end of all its interactions in sum.
    """

    id: str
    interactions: tuple[str, ...]
    started_at: datetime
    ended_at: datetime
    channels: tuple[Channel, ...]
    contact_type: str | None
    title: str
    confidence: float
    joints: tuple[Joint, ...]
    is_open: bool
    switches: int
    seconds: float
    repeats: dict[str, int]
    resolved_first: dict[str, bool | None]


class RepeatFacts(Contract, frozen=True, kw_only=True, omit_defaults=False):
    """Counts of one customer for a window of `days`; ratios are left to who adds them up.

    First contact resolution, gross: `resolved_first` / (`issues` - `pending`). Repeat contact
    rate: `repeats` / `contacts`.
    """

    days: int
    contacts: int
    issues: int
    repeats: int
    resolved_first: int
    pending: int
