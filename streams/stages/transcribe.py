"""Transcribe: a recording becomes redacted turns with word times, one party per voice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from processors.redaction import DEFAULT_POLICY, Policy, redact_conversation
from processors.transcripts import Transcribed, told
from processors.turns import utterances
from schemas.answers import TranscribeAsk, Transcript
from schemas.ids import derive
from schemas.interaction import Recording
from schemas.ledger import Receipt, Step
from schemas.topics import RECEIPTS, RECORDINGS, UTTERANCES
from streams.topology import Context, Emit, Message, Stage

NAME = "transcribe"
VERSION = 2


@dataclass(frozen=True)
class Hearing:
    """How a tenant's calls are heard: in which language, and which names may be said.

    `languages` are those of sources whose calls are in another one; without any it is detected.
    """

    language: str | None = None
    languages: Mapping[str, str] = field(default_factory=dict)
    vocabulary: tuple[str, ...] = ()


NOTHING_SAID = Hearing()


def transcribe(
    policy: Policy = DEFAULT_POLICY, hearings: Mapping[str, Hearing] | None = None
) -> Stage:
    """Declare the stage; `hearings` are by tenant.

    A recording that is transcribed by another model, or otherwise than before, gets a new version
    of its turns; those that are no longer there are withdrawn.
    """

    def ask(message: Message) -> TranscribeAsk:
        recording = message.value
        assert isinstance(recording, Recording)
        return _ask(recording, (hearings or {}).get(recording.tenant, NOTHING_SAID))

    def process(batch: Sequence[Message], ctx: Context) -> Iterator[Emit]:
        for message in batch:
            recording, transcript = message.value, ctx.answer(message)
            assert isinstance(recording, Recording)
            assert isinstance(transcript, Transcript)
            speech = [span for track in transcript.tracks for span in track.speech]
            found = redact_conversation(utterances(recording, transcript), policy, speech)
            before = ctx.load(recording.id, Transcribed)
            after, turns = told(before, recording, transcript.engine, found)
            if after != before:
                ctx.save(recording.id, after)
            for turn in turns:
                yield Emit(UTTERANCES.name, turn.interaction, turn.id, turn)
            said = tuple(turn.id for turn in turns)
            receipt = Receipt(
                tenant=recording.tenant,
                interaction=recording.interaction,
                step=Step.TRANSCRIBED,
                items=(recording.id,),
                awaits={step: said for step in (Step.TAGGED, Step.ASSEMBLED, Step.INDEXED) if said},
            )
            id = derive("receipt", NAME, recording.id, *said)
            yield Emit(RECEIPTS.name, recording.interaction, id, receipt)

    return Stage(
        name=NAME,
        version=VERSION,
        reads=(RECORDINGS.name,),
        writes=(UTTERANCES.name, RECEIPTS.name),
        process=process,
        asks=ask,
        remembers=True,
        batch=8,
    )


def _ask(recording: Recording, hearing: Hearing) -> TranscribeAsk:
    stated = recording.attributes.get("language")
    names = (party.name for party in recording.parties if party.name)
    return TranscribeAsk(
        tracks=recording.media.tracks,
        language=stated or hearing.languages.get(recording.source, hearing.language),
        # Brands last: who opens a call with what a list begins with makes the model read on there.
        vocabulary=tuple(dict.fromkeys((*names, *hearing.vocabulary))),
    )
