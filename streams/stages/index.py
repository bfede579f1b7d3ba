"""Index: every tagged utterance goes to the search index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schemas.ledger import Step
from schemas.topics import RECEIPTS, SEARCH, TAGGED
from schemas.utterance import Tagged
from streams.stages.receipts import receipts_for
from streams.topology import Context, Emit, Message, Stage

NAME = "index"
VERSION = 1


def index() -> Stage:
    """Declare the stage."""
    return Stage(
        name=NAME,
        version=VERSION,
        reads=(TAGGED.name,),
        writes=(SEARCH.name, RECEIPTS.name),
        process=_process,
    )


def _process(batch: Sequence[Message], ctx: Context) -> Iterator[Emit]:
    for message in batch:
        tagged = message.value
        assert isinstance(tagged, Tagged)
        said = tagged.utterance
        yield Emit(SEARCH.name, said.interaction, said.id, tagged)
    indexed = (one.value.utterance for one in batch if isinstance(one.value, Tagged))
    yield from receipts_for(NAME, Step.INDEXED, indexed)
