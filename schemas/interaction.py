"""One contact on one channel: the facts that come in about it, and the document made of them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from schemas.base import Contract
from schemas.events import (
    Channel,
    Consent,
    Ending,
    Kind,
    Link,
    Media,
    Party,
    Remark,
    RemarkKind,
    Role,
    Scalar,
    Segment,
    Survey,
)
from schemas.satisfaction import Satisfaction
from schemas.summary import SummaryLine
from schemas.talk import TalkMetrics
from schemas.utterance import Sentiment


class Fact(Contract, frozen=True, kw_only=True):
    """One normalised event about an interaction; `id` names it whatever order it comes in.

    `interaction` is the derived id; `reference` is the source's own name for it. `said_by` names
    who wrote a note or remark.
    """

    id: str
    interaction: str
    reference: str
    tenant: str
    source: str
    channel: Channel
    kind: Kind
    at: datetime
    version: int = 1
    parties: tuple[Party, ...] = ()
    subject: str | None = None
    media: Media | None = None
    segment: Segment | None = None
    ended: Ending | None = None
    survey: Survey | None = None
    consent: Consent | None = None
    link: Link | None = None
    remark: Remark | None = None
    note: str | None = None
    said_by: str | None = None
    attributes: dict[str, Scalar] = {}


class Recording(Contract, frozen=True, kw_only=True):
    """A call's audio, waiting to be transcribed. `started_at` is the time of its first sample.

    `source` is who sent it.
    """

    id: str
    interaction: str
    tenant: str
    channel: Channel
    started_at: datetime
    media: Media
    parties: tuple[Party, ...]
    attributes: dict[str, str] = {}
    source: str = ""


class Annotation(Contract, frozen=True, kw_only=True):
    """A note, a pin or a word on the issue that stands; `id` is what withdrawing it names.

    `other` is the interaction that is (not) about the same issue.
    """

    id: str
    at: datetime
    does: RemarkKind
    by: str | None = None
    text: str | None = None
    other: str | None = None


class SentimentTrend(StrEnum):
    """How a speaker's sentiment went from the first quarter to the last."""

    RISING = "rising"
    FALLING = "falling"
    DIPPED = "dipped"
    PEAKED = "peaked"
    FLAT = "flat"


class SentimentArc(Contract, frozen=True, kw_only=True):
    """The sentiment of one speaker over an interaction, from their `turns` that were analysed.

    `score` and `quarters` run from -1 to 1, `rating` and `ratings` are the same from -5 to 5; a
    quarter is None where the speaker said nothing in it.
    """

    role: Role
    name: str | None = None
    turns: int
    score: float
    rating: float
    quarters: tuple[float | None, ...]
    ratings: tuple[float | None, ...]
    trend: SentimentTrend | None = None


class Interaction(Contract, frozen=True, kw_only=True):
    """The document of one contact, a pure function of the set of its facts and utterances.

    `revision` grows with every fact or utterance, so a later document always carries a larger one.
    `sentiment` is the mean over the customer's utterances; `trend` is its second half minus its
    first half; `arcs` follow each speaker. `churn_risk` 0-1 is a ranking, not a calibrated
    probability; `churn_parts` are what it is made of, in log-odds that add up. `satisfaction` is
    an estimate, `surveys` hold what customers answered. `summary` quotes what was said.
    `annotations` are what staff noted, pinned and said of its issue, oldest first; `notes` are the
    texts among them.
    """

    id: str
    tenant: str
    reference: str
    source: str
    channel: Channel
    started_at: datetime
    ended_at: datetime
    revision: int
    parties: tuple[Party, ...] = ()
    identifiers: tuple[str, ...] = ()
    subject: str | None = None
    preview: str = ""
    utterances: int = 0
    duration_s: float | None = None
    media: Media | None = None
    segments: tuple[Segment, ...] = ()
    ended: Ending | None = None
    surveys: tuple[Survey, ...] = ()
    notes: tuple[str, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    language: str | None = None
    sentiment: Sentiment | None = None
    trend: float | None = None
    arcs: tuple[SentimentArc, ...] = ()
    negative: bool = False
    emotion: str | None = None
    complaint: float | None = None
    contact_type: str | None = None
    categories: tuple[str, ...] = ()
    churn_risk: float | None = None
    churn_parts: dict[str, float] = {}
    satisfaction: Satisfaction | None = None
    summary: tuple[SummaryLine, ...] = ()
    talk: TalkMetrics | None = None
    attributes: dict[str, Scalar] = {}
