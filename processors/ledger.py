"""The ledger of completeness: what each step has done for a contact, and what is still missing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from schemas.base import Contract
from schemas.ledger import LedgerEntry, Receipt, Step


class Account(Contract, frozen=True, kw_only=True):
    """All receipts of one contact as sets, so that order and repetition do not matter."""

    tenant: str
    interaction: str
    source: str | None = None
    channel: str | None = None
    at: datetime | None = None
    done: dict[str, frozenset[str]] = {}
    awaited: dict[str, frozenset[str]] = {}
    refused: dict[str, frozenset[str]] = {}


def post(account: Account, receipts: Sequence[Receipt]) -> Account:
    """Add receipts to an account."""
    done, awaited = dict(account.done), dict(account.awaited)
    refused = dict(account.refused)
    for receipt in receipts:
        if receipt.rejected:
            told = refused.get(receipt.rejected, frozenset())
            refused[receipt.rejected] = told | set(receipt.items)
            continue
        done[receipt.step] = done.get(receipt.step, frozenset()) | set(receipt.items)
        for step, items in receipt.awaits.items():
            awaited[step] = awaited.get(step, frozenset()) | set(items)
    stamps = [stamp for stamp in (account.at, *(r.at for r in receipts)) if stamp is not None]
    return Account(
        tenant=account.tenant,
        interaction=account.interaction,
        source=_least([account.source, *(r.source for r in receipts)]),
        channel=_least([account.channel, *(r.channel for r in receipts)]),
        at=min(stamps) if stamps else None,
        done=dict(sorted(done.items())),
        awaited=dict(sorted(awaited.items())),
        refused=dict(sorted(refused.items())),
    )


def entry_of(account: Account) -> LedgerEntry:
    """Say where a contact stands.

    It is complete when every awaited item has been handed in, and rejected when something of it
    was refused, with the reasons. A refused item that is received after all is settled. The
    revision grows with every receipt that says something new.
    """
    missing = {
        step: len(items - account.done.get(step, frozenset()))
        for step, items in account.awaited.items()
        if items - account.done.get(step, frozenset())
    }
    received = account.done.get(Step.RECEIVED, frozenset())
    reasons = sorted(reason for reason, items in account.refused.items() if items - received)
    known = Step.NORMALISED in account.done or bool(account.refused)
    state = "rejected" if reasons else "complete" if known and not missing else "open"
    told = (account.done, account.awaited, account.refused)
    sizes = [len(items) for held in told for items in held.values()]
    return LedgerEntry(
        tenant=account.tenant,
        interaction=account.interaction,
        source=account.source,
        channel=account.channel,
        at=account.at,
        state=state,  # type: ignore[arg-type]  # one of the three literals above
        done={step: len(items) for step, items in account.done.items() if items},
        missing=missing,
        reasons=tuple(reasons),
        revision=sum(sizes) + sum(len(held) for held in told),
    )


def _least(values: Sequence[str | None]) -> str | None:
    return min((value for value in values if value is not None), default=None)
