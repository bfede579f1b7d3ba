"""Receipts of a batch: one per interaction, whatever many utterances of it were dealt with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from schemas.ids import derive
from schemas.ledger import Receipt, Step
from schemas.topics import RECEIPTS
from schemas.utterance import Utterance
from streams.topology import Emit


def receipts_for(stage: str, step: Step, dealt_with: Iterable[Utterance]) -> Iterator[Emit]:
    """Hand in a receipt per interaction for utterances that a stage has dealt with."""
    by_interaction: dict[tuple[str, str], dict[str, None]] = {}
    for said in dealt_with:
        by_interaction.setdefault((said.tenant, said.interaction), {})[said.id] = None
    for (tenant, interaction), ids in by_interaction.items():
        receipt = Receipt(tenant=tenant, interaction=interaction, step=step, items=tuple(ids))
        yield Emit(RECEIPTS.name, interaction, derive("receipt", stage, *ids), receipt)
