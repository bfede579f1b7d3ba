"""Put contacts back where they stuck, at somebody's word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from infra.standing import Standing, standing_of
from schemas.base import Contract
from schemas.errors import InvalidEvent
from schemas.ledger import LedgerEntry
from streams.redrive import redrive, reminders, retried
from threadline.wiring import Wiring, now_ms

__all__ = ["PutBack", "Standing", "put_back", "standing_of"]

MOST = 10_000


class PutBack(Contract, frozen=True, kw_only=True, omit_defaults=False):
    """What was put back; `lost` names inputs of which the log has nothing any more."""

    contacts: int
    records: int
    lost: tuple[str, ...]


def put_back(wiring: Wiring, tenant: str, named: Sequence[str], *, failed: bool) -> PutBack:
    """Append the records that contacts are stuck with where they stuck, `MOST` contacts at once.

    `named` contacts, or all of the tenant that are stuck; with `failed` also the dead letters of
    faults of ours are tried again. The door lets in again what the log has lost.

    Raises:
        InvalidEvent: `unknown_contact`.
    """
    entries = list(_chosen(wiring, tenant, named, failed=failed))
    log, store, _ = wiring.backend(durable=True)
    at = now_ms()
    contacts = [(one.tenant, one.interaction) for one in entries]
    found = redrive(log, store, contacts, at)
    wanted = [id for one in entries if failed or named for id in one.letters]
    read = (wiring.lookup.views.dead_letter(id) for id in wanted)
    letters = [letter for letter in read if letter is not None and letter.topic]
    again = [record for letter in letters for record in retried(letter, at)]
    lost = tuple(sorted(id for ids in found.lost.values() for id in ids))
    with store.transaction():
        log.append([*found.records, *again, *reminders(contacts, at, redriven=True)])
        for letter in letters:
            store.settle(letter.id)
        store.readmit(lost)
    return PutBack(contacts=len(contacts), records=len(found.records) + len(again), lost=lost)


def _chosen(
    wiring: Wiring, tenant: str, named: Sequence[str], *, failed: bool
) -> Iterable[LedgerEntry]:
    views = wiring.lookup.views
    if not named:
        states = ("stuck", "failed") if failed else ("stuck",)
        return islice((one for one in views.unfinished(tenant) if one.state in states), MOST)
    found = []
    for contact in named:
        entry = views.account(tenant, contact)
        if entry is None:
            raise InvalidEvent("unknown_contact", f"the ledger has no contact {contact!r}")
        found.append(entry)
    return found
