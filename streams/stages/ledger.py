"""Ledger: the account of every contact, from the receipts of all stages and from dead letters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from processors.ledger import Account, entry_of, post
from schemas.ids import derive
from schemas.ledger import DeadLetter, Receipt, Step
from schemas.topics import DEAD_LETTERS, LEDGER, RECEIPTS
from streams.topology import Context, Emit, Message, Stage

NAME = "ledger"
VERSION = 1


def ledger() -> Stage:
    """Declare the stage."""
    return Stage(
        name=NAME,
        version=VERSION,
        reads=(RECEIPTS.name, DEAD_LETTERS.name),
        writes=(LEDGER.name,),
        process=_process,
    )


def _process(batch: Sequence[Message], ctx: Context) -> Iterator[Emit]:
    by_contact: dict[tuple[str, str], list[Receipt]] = {}
    for message in batch:
        receipt = _receipt(message)
        by_contact.setdefault((receipt.tenant, receipt.interaction), []).append(receipt)
    ctx.prefetch("/".join(contact) for contact in by_contact)
    for (tenant, interaction), receipts in by_contact.items():
        key = f"{tenant}/{interaction}"
        account = ctx.load(key, Account) or Account(tenant=tenant, interaction=interaction)
        account = post(account, receipts)
        ctx.save(key, account)
        entry = entry_of(account)
        yield Emit(LEDGER.name, key, derive(NAME, VERSION, key, entry.revision), entry)


def _receipt(message: Message) -> Receipt:
    """Read a receipt; a dead letter is the receipt of a refusal."""
    value = message.value
    if isinstance(value, Receipt):
        return value
    assert isinstance(value, DeadLetter)
    return Receipt(
        tenant=value.tenant or "default",
        interaction=value.contact,
        step=Step.RECEIVED,
        items=(value.id,),
        rejected=value.reason,
    )
