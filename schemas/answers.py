"""What slow engines are asked and what they answer; answers come into a stage as arguments."""

from __future__ import annotations

from typing import Literal

from schemas.base import Contract
from schemas.events import Track
from schemas.utterance import ChurnIntent, Sentiment, Word

Span = tuple[float, float]
"""A stretch of a recording: start and end in seconds."""


class TrackTranscript(Contract, frozen=True, kw_only=True):
    """The words heard on one track, in time order.

    `speech` are the stretches in which the voice detection found somebody speaking, sorted and
    apart; `speech_s` is their length together. `speakers` has a number per word where several
    people were told apart by their voices, counted from 0 in the order in which they first speak;
    `alike` says how alike these voices are (0-1): above 0.9 they may be one. `music` are stretches
    that sound though nobody speaks.
    """

    words: tuple[Word, ...] = ()
    speech_s: float = 0.0
    speech: tuple[Span, ...] = ()
    speakers: tuple[int, ...] = ()
    alike: float = 0.0
    music: tuple[Span, ...] = ()


class Transcript(Contract, frozen=True, kw_only=True):
    """What a speech engine heard: one entry per track asked about, in the same order."""

    engine: str
    language: str | None
    duration_s: float
    tracks: tuple[TrackTranscript, ...]


class Encoding(Contract, frozen=True, kw_only=True):
    """What the text encoder says of one text. `vector` holds the unit vector x 127 as int8.

    What the encoder cannot tell in the language of the text is missing.
    """

    engine: str
    sentiment: Sentiment | None = None
    emotion: str | None = None
    emotion_confidence: float | None = None
    complaint: float | None = None
    vector: bytes


class ContactAnswer(Contract, frozen=True, kw_only=True):
    """What a text is about, and how sure that is, 0-1; no type: none that was taught."""

    engine: str
    type: str | None = None
    confidence: float | None = None


class Verdict(Contract, frozen=True, kw_only=True):
    """What a company's own model says of one text: the probability of each of our labels."""

    task: Literal["sentiment", "emotion", "complaint", "contact_type"]
    engine: str
    odds: dict[str, float]


class TranscribeAsk(Contract, frozen=True, kw_only=True, tag_field="ask", tag="transcribe"):
    """Ask for the words of a recording's tracks.

    Without a `language` it is told from the first speech. `vocabulary` are names that may be said.
    """

    tracks: tuple[Track, ...]
    language: str | None = None
    vocabulary: tuple[str, ...] = ()


class EncodeAsk(Contract, frozen=True, kw_only=True, tag_field="ask", tag="encode"):
    """Ask for language, sentiment and vector of one text.

    `language_hint` is inherited from the conversation where the text itself is too short to tell.
    `own` are the names by which the text calls the company, `competitors` those of others in it.
    """

    text: str
    language_hint: str | None = None
    own: tuple[str, ...] = ()
    competitors: tuple[str, ...] = ()


class TextAnswer(Contract, frozen=True, kw_only=True):
    """The language of a text, its encoding where that language is analysed, and what it is about.

    `contact` is missing where no contact types were taught in that language, `churn` where it is
    not read. `verdicts` are those of a company's own models, and go before the rest.
    """

    language: str | None = None
    encoding: Encoding | None = None
    contact: ContactAnswer | None = None
    churn: ChurnIntent | None = None
    verdicts: tuple[Verdict, ...] = ()


Ask = TranscribeAsk | EncodeAsk
Answer = Transcript | TextAnswer
