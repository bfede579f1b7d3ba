"""Tag: every utterance gets language, sentiment, emotion, contact type, categories and vector."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from processors.keywords import KeywordMatcher
from processors.tag import insights
from processors.verdicts import overruled
from schemas.answers import EncodeAsk, TextAnswer
from schemas.ledger import Step
from schemas.topics import RECEIPTS, TAGGED, UTTERANCES
from schemas.utterance import Tagged, Utterance
from streams.stages.receipts import receipts_for
from streams.topology import Context, Emit, Message, Stage

NAME = "tag"
VERSION = 2


def tag(keywords: KeywordMatcher) -> Stage:
    """Declare the stage."""

    def process(batch: Sequence[Message], ctx: Context) -> Iterator[Emit]:
        for message in batch:
            utterance, answer = message.value, ctx.answer(message)
            assert isinstance(utterance, Utterance)
            assert answer is None or isinstance(answer, TextAnswer)
            found = insights(utterance, answer, keywords)
            found = overruled(found, answer.verdicts if answer else ())
            tagged = Tagged(utterance=utterance, insights=found)
            yield Emit(TAGGED.name, utterance.interaction, utterance.id, tagged)
        said = (message.value for message in batch if isinstance(message.value, Utterance))
        yield from receipts_for(NAME, Step.TAGGED, said)

    return Stage(
        name=NAME,
        version=VERSION,
        reads=(UTTERANCES.name,),
        writes=(TAGGED.name, RECEIPTS.name),
        process=process,
        asks=_ask,
    )


def _ask(message: Message) -> EncodeAsk | None:
    utterance = message.value
    assert isinstance(utterance, Utterance)
    if not utterance.text.strip():
        return None
    return EncodeAsk(text=utterance.text, language_hint=utterance.language)
