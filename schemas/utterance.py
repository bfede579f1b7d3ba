"""One message, or one turn of a call, and what the text models say of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from schemas.base import Contract
from schemas.events import Channel, Party, Role


class Word(Contract, frozen=True, kw_only=True):
    """A spoken word; `start_s`/`end_s` in seconds of the recording, `confidence` 0-1."""

    text: str
    start_s: float
    end_s: float
    confidence: float


class Redaction(Contract, frozen=True, kw_only=True):
    """A stretch of `text` (character offsets after masking) that hides a value of `type`.

    `start_s`/`end_s` give the audio to mute, where the value was spoken.
    """

    type: str
    start: int
    end: int
    start_s: float | None = None
    end_s: float | None = None


class Utterance(Contract, frozen=True, kw_only=True):
    """What one party said at one time. `text` is already redacted.

    `at` is the wall-clock time of its start; `start_s`/`end_s` lie in the recording when spoken.
    `speaker` numbers the voices of a track on which several were told apart. `role_confidence`
    (0-1) is there where the role was told by what the voice says, and not by the source. `music`
    are stretches of the recording (seconds) that sound without speech, before this turn and since
    the one before; the last turn also has those after it.
    `quoted` keeps what was cut from a mail (quoted reply, signature), redacted too. Where
    `withdrawn`, an earlier version of a transcript had it and this one does not: nobody sees it.
    """

    id: str
    interaction: str
    tenant: str
    channel: Channel
    at: datetime
    party: Party
    text: str
    version: int = 1
    start_s: float | None = None
    end_s: float | None = None
    track: int | None = None
    speaker: int | None = None
    role_confidence: float | None = None
    words: tuple[Word, ...] = ()
    music: tuple[tuple[float, float], ...] = ()
    redactions: tuple[Redaction, ...] = ()
    quoted: str | None = None
    subject: str | None = None
    language: str | None = None
    engine: str | None = None
    attributes: dict[str, str] = {}
    withdrawn: bool = False

    @property
    def role(self) -> Role:
        """Tell who is speaking."""
        return self.party.role


MOOD_LINE = 0.25
"""Scores beyond this are called negative or positive; a matter of display and of filters."""


class Mood(StrEnum):
    """What a sentiment score is called."""

    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"


def mood_of(score: float) -> Mood:
    """Name a sentiment score from -1 to 1."""
    if score <= -MOOD_LINE:
        return Mood.NEGATIVE
    return Mood.POSITIVE if score >= MOOD_LINE else Mood.NEUTRAL


class Sentiment(Contract, frozen=True, kw_only=True):
    """Probabilities of negative, neutral and positive; `score` = positive - negative, -1..1."""

    negative: float
    neutral: float
    positive: float

    @property
    def score(self) -> float:
        """Give one number from -1 (negative) to 1 (positive)."""
        return round(self.positive - self.negative, 4)

    @property
    def is_charged(self) -> bool:
        """Tell whether an emotion is worth naming: a neutral text has none."""
        return self.neutral < 0.5

    @property
    def mood(self) -> Mood:
        """Name the score."""
        return mood_of(self.score)


class ChurnIntent(Contract, frozen=True, kw_only=True):
    """How much a line sounds like leaving us: `score` 0-1, above 0.5 where it says so."""

    score: float
    engine: str


class Insights(Contract, frozen=True, kw_only=True):
    """What the text models and keyword lists say of one utterance.

    `engine` names model and version. `vector` is the unit search vector as signed bytes
    (value x 127). Everything but keywords and categories is missing when the language was not
    analysed.
    """

    engine: str
    language: str | None = None
    sentiment: Sentiment | None = None
    emotion: str | None = None
    emotion_confidence: float | None = None
    complaint: float | None = None
    contact_type: str | None = None
    contact_type_confidence: float | None = None
    categories: tuple[str, ...] = ()
    churn: ChurnIntent | None = None
    vector: bytes = b""


class Tagged(Contract, frozen=True, kw_only=True):
    """An utterance with its insights."""

    utterance: Utterance
    insights: Insights
