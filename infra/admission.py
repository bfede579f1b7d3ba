"""The door: inputs enter the log once each, and refused ones are recorded with their reason."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import NamedTuple

from infra.log.base import Log, NewRecord
from infra.sources.arrival import LARGEST_KEPT, Rejection
from infra.store.base import Admission, Store
from processors.normalise.key import Place, is_remark, place_of
from schemas.base import encode
from schemas.events import Event, Payload
from schemas.ids import content_hash, derive
from schemas.ledger import DeadLetter, Receipt, Step, input_account
from schemas.topics import ARRIVALS, DEAD_LETTERS, INBOUND

INGEST = "ingest"
"""The name under which refused inputs stand among the dead letters."""


class Admitted(NamedTuple):
    """What became of one input."""

    id: str
    outcome: Admission


class Door:
    """Lets inputs in. Safe to call from many threads; one call is one transaction."""

    def __init__(self, log: Log, store: Store, now_ms: Callable[[], int]) -> None:
        self._log = log
        self._store = store
        self._now_ms = now_ms
        self._lock = threading.Lock()

    def admit(self, inputs: Sequence[Event | Payload]) -> list[Admitted]:
        """Write inputs to the log; one that is there already is not written again.

        An id that comes again with another content is not let in: its outcome is `reused`.

        Raises:
            Unavailable: the log cannot be written now; none of these inputs was accepted.
        """
        now = self._now_ms()
        places = [place_of(value) for value in inputs]
        records = [
            NewRecord(INBOUND.name, place.key, inbound_id(value), now, encode(value))
            for value, place in zip(inputs, places, strict=True)
        ]
        with self._lock, self._store.transaction():
            outcomes = self._store.admit([(r.id, content_hash(r.value)) for r in records])
            # Remembered before, committed after: a crash in between lets the sender try again,
            # and what the log then holds twice has the same ids.
            new = [number for number, o in enumerate(outcomes) if o is Admission.NEW]
            arrived = _arrivals([(records[n].id, inputs[n], places[n]) for n in new], now)
            self._log.append([records[n] for n in new] + arrived)
        return [Admitted(r.id, outcome) for r, outcome in zip(records, outcomes, strict=True)]

    def refuse(self, rejections: Sequence[Rejection], tenant: str) -> None:
        """Record refused inputs as dead letters, with their bytes and the reason."""
        letters = [_letter(rejection, tenant) for rejection in rejections]
        now = self._now_ms()
        with self._lock, self._store.transaction():
            self._log.append(
                [
                    NewRecord(DEAD_LETTERS.name, x.contact, x.id, now, encode(x), x.headers)
                    for x in letters
                ]
            )
            self._store.materialise(DEAD_LETTERS, letters)


def _arrivals(admitted: Sequence[tuple[str, Event | Payload, Place]], now: int) -> list[NewRecord]:
    """Tell the ledger what came in, one receipt per contact: what is lost from here on is missed.

    In the same commit as the inputs themselves.
    """
    by_contact: dict[tuple[str, str], list[tuple[str, Event | Payload, Place]]] = {}
    for one in admitted:
        id, value, place = one
        contact = place.interaction or input_account(id)
        by_contact.setdefault((value.tenant, contact), []).append(one)
    return [
        NewRecord(ARRIVALS.name, contact, derive(ARRIVALS.name, *ids), now, encode(receipt))
        for (tenant, contact), several in by_contact.items()
        for ids in [tuple(dict.fromkeys(id for id, _, _ in several))]
        for receipt in [_receipt(tenant, contact, ids, several)]
    ]


def _receipt(
    tenant: str,
    contact: str,
    ids: tuple[str, ...],
    several: Sequence[tuple[str, Event | Payload, Place]],
) -> Receipt:
    # What staff remark on a contact does not say where that came from, and when.
    values = [value for _, value, _ in several if not is_remark(value)]
    events = [value for value in values if isinstance(value, Event)]
    known = [place.counts for _, _, place in several if place.counts is not None]
    return Receipt(
        tenant=tenant,
        interaction=contact,
        step=Step.RECEIVED,
        items=ids,
        awaits={Step.NORMALISED.value: ids},
        source=min((value.source for value in values), default=None),
        channel=min((event.channel.value for event in events), default=None),
        reference=min((event.interaction for event in events), default=None),
        at=min((event.occurred_at for event in events), default=None),
        counts=any(known) if known else None,
    )


def inbound_id(value: Event | Payload) -> str:
    """Name an input for ever: by tenant, source and the id it came with."""
    return derive(INBOUND.name, value.tenant, value.source, value.id)


def reused(value: Event | Payload) -> Rejection:
    """Refuse an input whose id was used before for another content."""
    return Rejection(
        name=value.id,
        reason="id_reused",
        message=f"the id {value.id!r} came before with another content",
        data=encode(value)[:LARGEST_KEPT],
    )


def _letter(rejection: Rejection, tenant: str) -> DeadLetter:
    data = rejection.data or b""
    where = "".join(
        (
            f" (line {rejection.line})" if rejection.line is not None else "",
            f" at {rejection.field}" if rejection.field else "",
        )
    )
    return DeadLetter(
        id=derive("dead", INGEST, tenant, rejection.name, rejection.reason, content_hash(data)),
        tenant=tenant,
        stage=INGEST,
        topic="",
        offset=0,
        reason=rejection.reason,
        error=rejection.message + where,
        attempt=1,
        name=rejection.name,
        data=data,
    )
