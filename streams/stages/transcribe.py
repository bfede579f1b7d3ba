"""Transcribe: a recording becomes redacted turns with word times, one party per voice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from processors.redaction import DEFAULT_POLICY, Policy, redact_conversation
from processors.turns import utterances
from schemas.answers import TranscribeAsk, Transcript
from schemas.ids import derive
from schemas.interaction import Recording
from schemas.ledger import Receipt, Step
from schemas.topics import RECEIPTS, RECORDINGS, UTTERANCES
from streams.topology import Context, Emit, Message, Stage

NAME = "transcribe"
VERSION = 2


def transcribe(policy: Policy = DEFAULT_POLICY) -> Stage:
    """Declare the stage."""

    def process(batch: Sequence[Message], ctx: Context) -> Iterator[Emit]:
        for message in batch:
            recording, transcript = message.value, ctx.answer(message)
            assert isinstance(recording, Recording)
            assert isinstance(transcript, Transcript)
            speech = [span for track in transcript.tracks for span in track.speech]
            turns = redact_conversation(utterances(recording, transcript), policy, speech)
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
            id = derive("receipt", NAME, recording.id)
            yield Emit(RECEIPTS.name, recording.interaction, id, receipt)

    return Stage(
        name=NAME,
        version=VERSION,
        reads=(RECORDINGS.name,),
        writes=(UTTERANCES.name, RECEIPTS.name),
        process=process,
        asks=_ask,
        remembers=True,
        batch=8,
    )


def _ask(message: Message) -> TranscribeAsk:
    recording = message.value
    assert isinstance(recording, Recording)
    return TranscribeAsk(
        tracks=recording.media.tracks, language=recording.attributes.get("language")
    )
