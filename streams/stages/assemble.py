"""Assemble: the document of each interaction, made anew whenever a fact or turn of it arrives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from processors.assemble import Dossier, add, interaction_of
from processors.talk import DEFAULT_RULES
from schemas.ids import derive
from schemas.interaction import Fact
from schemas.ledger import Receipt, Step
from schemas.satisfaction import Rate
from schemas.talk import TalkRules
from schemas.topics import CONVERSATIONS, INTERACTIONS, RECEIPTS, TAGGED
from schemas.utterance import Tagged
from streams.topology import Context, Emit, Message, Stage

NAME = "assemble"
VERSION = 3


def assemble(rate: Rate | None = None, rules: TalkRules = DEFAULT_RULES) -> Stage:
    """Declare the stage; `rate` estimates how satisfied a customer was, `rules` measure talk."""

    def process(batch: Sequence[Message], ctx: Context) -> Iterator[Emit]:
        return _process(batch, ctx, rate, rules)

    return Stage(
        name=NAME,
        version=VERSION,
        reads=(INTERACTIONS.name, TAGGED.name),
        writes=(CONVERSATIONS.name, RECEIPTS.name),
        process=process,
    )


def _process(
    batch: Sequence[Message], ctx: Context, rate: Rate | None, rules: TalkRules
) -> Iterator[Emit]:
    by_interaction: dict[str, list[Message]] = {}
    for message in batch:
        by_interaction.setdefault(message.key, []).append(message)
    ctx.prefetch(by_interaction)
    for interaction, messages in by_interaction.items():
        yield from _update(interaction, messages, ctx, rate, rules)


def _update(
    interaction: str, messages: Sequence[Message], ctx: Context, rate: Rate | None, rules: TalkRules
) -> Iterator[Emit]:
    facts = [m.value for m in messages if isinstance(m.value, Fact)]
    tagged = [m.value for m in messages if isinstance(m.value, Tagged)]
    before = ctx.load(interaction, Dossier) or Dossier()
    dossier = add(before, facts, tagged)
    if dossier.revision != before.revision:
        ctx.save(interaction, dossier)
        document = interaction_of(dossier, rate, rules)
        if document is not None:
            id = derive(NAME, VERSION, interaction, dossier.revision)
            yield Emit(CONVERSATIONS.name, interaction, id, document)
    # Also for what was known already: a receipt may have been lost on its way to the ledger.
    items = (*(fact.id for fact in facts), *(one.utterance.id for one in tagged))
    receipt = Receipt(
        tenant=facts[0].tenant if facts else tagged[0].utterance.tenant,
        interaction=interaction,
        step=Step.ASSEMBLED,
        items=tuple(dict.fromkeys(items)),
    )
    yield Emit(RECEIPTS.name, interaction, derive("receipt", NAME, *receipt.items), receipt)
