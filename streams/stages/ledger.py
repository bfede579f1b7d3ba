"""Ledger: the account of every contact, from the receipts of all stages and from dead letters.

It reads no ticks, which lie on one partition while contacts lie on many. Time comes to it as
reminders, ticks that are addressed to one contact.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from processors.ledger import Account, Happening, entry_of, gaps_between, post
from processors.ledger.standing import moment
from schemas.ids import derive
from schemas.ledger import DEFAULT_TENANT, DeadLetter, LedgerRules, Receipt, Reminder
from schemas.topics import ARRIVALS, DEAD_LETTERS, GAPS, LEDGER, RECEIPTS, REMINDERS
from streams.topology import Context, Emit, Message, Stage

NAME = "ledger"
VERSION = 2
BATCH = 2_000
"""Many receipts of one contact then cost one look at its account."""


def ledger(rules: LedgerRules | None = None) -> Stage:
    """Declare the stage."""
    agreed = rules or LedgerRules()

    def process(batch: Sequence[Message], ctx: Context) -> Iterator[Emit]:
        by_contact: dict[tuple[str, str], list[Happening]] = {}
        for message in batch:
            value = message.value
            assert isinstance(value, Receipt | DeadLetter | Reminder)
            contact = (value.tenant or DEFAULT_TENANT, contact_of(value))
            by_contact.setdefault(contact, []).append(Happening(message.at, value))
        ctx.prefetch(account_key(*contact) for contact in by_contact)
        for (tenant, interaction), happenings in by_contact.items():
            yield from _update(tenant, interaction, happenings, ctx, agreed)

    return Stage(
        name=NAME,
        version=VERSION,
        reads=(RECEIPTS.name, ARRIVALS.name, DEAD_LETTERS.name, REMINDERS.name),
        writes=(LEDGER.name, GAPS.name),
        process=process,
        batch=BATCH,
        patient=True,
    )


def account_key(tenant: str, interaction: str) -> str:
    """Name the state of a contact's account."""
    return f"{tenant}/{interaction}"


def contact_of(value: Receipt | DeadLetter | Reminder) -> str:
    """Name the contact that a record is accounted to."""
    return value.contact if isinstance(value, DeadLetter) else value.interaction


def _update(
    tenant: str,
    interaction: str,
    happenings: Sequence[Happening],
    ctx: Context,
    rules: LedgerRules,
) -> Iterator[Emit]:
    key = account_key(tenant, interaction)
    before = ctx.load(key, Account)
    account = post(before or Account(tenant=tenant, interaction=interaction), happenings)
    if account == before:
        return
    ctx.save(key, account)
    entry = entry_of(account, rules)
    yield Emit(LEDGER.name, key, derive(NAME, VERSION, key, entry.revision), entry)
    if account.reminded:
        earlier = entry_of(before, rules) if before is not None else None
        at = moment(max(_time_of(one) for one in happenings))
        for gap in gaps_between(earlier, entry, at):
            id = derive("gap", key, gap.step, gap.revision)
            yield Emit(GAPS.name, key, id, gap)


def _time_of(happening: Happening) -> int:
    value = happening.value
    if isinstance(value, Reminder):
        return round(value.now.timestamp() * 1000)
    return happening.at
