"""Put records of contacts that are stuck back where they stuck; whatever was done collapses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from infra.log.base import Log, NewRecord, Record
from infra.store.base import Store
from processors.ledger import Account
from processors.ledger.standing import unsettled
from schemas.base import decode, encode
from schemas.errors import InvalidEvent
from schemas.ids import derive
from schemas.ledger import DEFAULT_TENANT, DeadLetter, Receipt, Reminder, Step, input_account
from schemas.topics import (
    INBOUND,
    INTERACTIONS,
    RECEIPTS,
    RECORDINGS,
    REMINDERS,
    TAGGED,
    UTTERANCES,
)
from streams.delivery import decode_value
from streams.stages.ledger import NAME as LEDGER_STAGE
from streams.stages.ledger import account_key

MARGIN_MS = 3_600_000
"""How much later than its record the word that something is awaited may have been written."""
CHUNK = 1_000

TOPICS_OF: Mapping[str, tuple[str, ...]] = {
    Step.NORMALISED: (INBOUND.name,),
    Step.TRANSCRIBED: (RECORDINGS.name,),
    Step.TAGGED: (UTTERANCES.name,),
    Step.ASSEMBLED: (INTERACTIONS.name, TAGGED.name),
    Step.INDEXED: (TAGGED.name,),
}
"""Where the records lie that a step waits for."""


class Redriven(NamedTuple):
    """What is to be appended, and the contacts and inputs of which the log has nothing any more."""

    records: tuple[NewRecord, ...]
    contacts: tuple[tuple[str, str], ...]
    lost: Mapping[tuple[str, str], tuple[str, ...]]


def redrive(log: Log, store: Store, contacts: Sequence[tuple[str, str]], now_ms: int) -> Redriven:
    """Find the records that contacts, by tenant and interaction, are stuck with.

    Each is taken from the topic where it stuck. What is not there any more is derived anew from the
    contact's inputs; where these are gone too, only the source can send them again.
    """
    accounts = _accounts(store, contacts)
    stuck: dict[str, dict[str, int]] = {}
    for account in accounts.values():
        for item, (topics, told) in _stuck(account).items():
            for topic in topics:
                held = stuck.setdefault(topic, {})
                held[item] = min(told, held.get(item, told))
    found = _find(log, stuck)
    lost = _without(accounts, {id for _, id in found})
    inputs = {
        id: account.since or 0
        for contact, account in accounts.items()
        if contact in lost
        for id in account.inputs()
    }
    found |= _find(log, {INBOUND.name: inputs})
    gone = {
        contact: tuple(sorted(id for id in ids if (INBOUND.name, id) not in found))
        for contact, ids in {c: accounts[c].inputs() for c in lost}.items()
    }
    records = [
        NewRecord(one.topic, one.key, one.id, now_ms, one.value)
        for several in found.values()
        for one in several
    ]
    settled = _settled(store, accounts, now_ms)
    lost_inputs = {contact: ids for contact, ids in gone.items() if ids}
    return Redriven((*records, *settled), tuple(accounts), lost_inputs)


def reminders(
    contacts: Iterable[tuple[str, str]], now_ms: int, *, redriven: bool
) -> list[NewRecord]:
    """Address a tick to contacts."""
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    return [
        NewRecord(
            REMINDERS.name,
            interaction,
            derive("reminder", tenant, interaction, now_ms),
            now_ms,
            encode(Reminder(tenant=tenant, interaction=interaction, now=now, redriven=redriven)),
        )
        for tenant, interaction in contacts
    ]


def retried(letter: DeadLetter, now_ms: int) -> list[NewRecord]:
    """Put a dead letter's record back on its topic, and tell the ledger that it is tried again."""
    record = letter.record or derive("retry", letter.id, now_ms)
    settled = Receipt(
        tenant=letter.tenant or DEFAULT_TENANT,
        interaction=letter.contact,
        step=Step.RECEIVED,
        settles=(letter.id,),
    )
    id = derive("settled", letter.id, now_ms)
    return [
        NewRecord(letter.topic, letter.key, record, now_ms, letter.data),
        NewRecord(RECEIPTS.name, settled.interaction, id, now_ms, encode(settled)),
    ]


def _settled(
    store: Store, accounts: Mapping[tuple[str, str], Account], now_ms: int
) -> list[NewRecord]:
    """Settle the refusals of records whose bytes nobody could read: they are put back now.

    Such a refusal names no contact, so it has an account of its own.
    """
    names = {
        (of, input_account(item))
        for (tenant, _), account in accounts.items()
        for item in (*account.inputs(), *(i for items in account.owed.values() for i in items))
        for of in (tenant, DEFAULT_TENANT)
    }
    found = _accounts(store, sorted(names - accounts.keys()))
    told = []
    for (tenant, contact), account in found.items():
        letters = tuple(sorted(unsettled(account)))
        if letters:
            receipt = Receipt(
                tenant=tenant, interaction=contact, step=Step.RECEIVED, settles=letters,
                counts=False,
            )  # fmt: skip
            id = derive("settled", *letters, now_ms)
            told.append(NewRecord(RECEIPTS.name, contact, id, now_ms, encode(receipt)))
    return told


def _accounts(store: Store, contacts: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Account]:
    keys = {account_key(*contact): contact for contact in contacts}
    found = store.load(LEDGER_STAGE, list(keys))
    return {keys[key]: decode(data, Account) for key, data in found.items()}


def _stuck(account: Account) -> dict[str, tuple[tuple[str, ...], int]]:
    """Say of each missing item in which topics its record waits, by the first step it misses."""
    found: dict[str, tuple[tuple[str, ...], int]] = {}
    for step, topics in TOPICS_OF.items():
        for item, told in account.owed.get(step, {}).items():
            found.setdefault(item, (topics, told))
    return found


def _without(accounts: Mapping[tuple[str, str], Account], found: set[str]) -> set[tuple[str, str]]:
    """Name the contacts of which something is missing whose record was not found."""
    return {
        contact
        for contact, account in accounts.items()
        if any(item not in found for items in account.owed.values() for item in items)
    }


def _find(log: Log, wanted: Mapping[str, Mapping[str, int]]) -> dict[tuple[str, str], list[Record]]:
    """Read topics from where the first of the wanted records may stand; give them in order."""
    found: dict[tuple[str, str], list[Record]] = {}
    for topic, items in wanted.items():
        if not items:
            continue
        after = log.positions_at((topic,), max(0, min(items.values()) - MARGIN_MS))
        while records := log.read((topic,), after, CHUNK):
            for record in records:
                after[record.partition] = record.offset
                if record.id in items and _is_readable(record):
                    found.setdefault((topic, record.id), []).append(record)
    return found


def _is_readable(record: Record) -> bool:
    """Tell whether there is any use in putting a record back."""
    try:
        decode_value(record.topic, record.value)
    except InvalidEvent:
        return False
    return True
