"""Tag: every utterance gets language, sentiment, emotion, contact type, categories and vector."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from processors.brands import Brands
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
VERSION = 3


def tag(keywords: KeywordMatcher, brands: Mapping[str, Brands] | None = None) -> Stage:
    """Declare the stage; `brands` are those of each tenant."""
    known = brands or {}
    no_brands = Brands()

    def ask(message: Message) -> EncodeAsk | None:
        utterance = message.value
        assert isinstance(utterance, Utterance)
        if not utterance.text.strip():
            return None
        named = known.get(utterance.tenant, no_brands).named_in(utterance.text)
        return EncodeAsk(
            text=utterance.text,
            language_hint=utterance.language,
            own=named.own,
            competitors=named.competitors,
        )

    def process(batch: Sequence[Message], ctx: Context) -> Iterator[Emit]:
        for message in batch:
            utterance, answer = message.value, ctx.answer(message)
            assert isinstance(utterance, Utterance)
            assert answer is None or isinstance(answer, TextAnswer)
            named = known.get(utterance.tenant, no_brands).named_in(utterance.text)
            found = insights(utterance, answer, keywords, named)
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
        asks=ask,
    )
