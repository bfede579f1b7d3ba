"""One person who writes to one thread from two addresses: a thread is evidence, a name is none."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import datetime

from processors.normalise.result import Company
from schemas.base import Contract
from schemas.events import COMPANY_SIDE, Party
from schemas.identity import Evidence, Strength
from schemas.ids import derive

MOST_ADDRESSES = 10
"""Of one thread; a mailing list is no evidence about anybody."""


class Writer(Contract, frozen=True, kw_only=True):
    """An address that wrote to a thread, by its full name, and when first."""

    name: str
    at: datetime


class Writers(Contract, frozen=True, kw_only=True):
    """Who has written to a thread, by address."""

    by_address: dict[str, Writer] = {}


def with_writer(known: Writers, party: Party, company: Company, at: datetime) -> Writers:
    """Add the writer of a mail, if it is a customer with a full name and one address."""
    name = _full_name(party.name)
    if name is None or party.role in COMPANY_SIDE or len(party.identifiers) != 1:
        return known
    address = party.identifiers[0]
    held = known.by_address.get(address)
    if company.owns(address) or (held is None and len(known.by_address) >= MOST_ADDRESSES):
        return known
    first = at if held is None else min(at, held.at)
    return Writers(by_address={**known.by_address, address: Writer(name=name, at=first)})


def thread_evidence(
    known: Writers, address: str, *, tenant: str, source: str
) -> Iterator[Evidence]:
    """Tell which other addresses of a thread belong to the person who writes from this one."""
    writer = known.by_address.get(address)
    if writer is None:
        return
    for other, wrote in sorted(known.by_address.items()):
        if other == address or wrote.name != writer.name:
            continue
        a, b = sorted((address, other))
        yield Evidence(
            id=derive("evidence", tenant, a, b, "same", "thread", source),
            tenant=tenant,
            a=a,
            b=b,
            strength=Strength.OBSERVED,
            basis="thread",
            source=source,
            at=max(writer.at, wrote.at),
        )


def _full_name(name: str | None) -> str | None:
    """Write a name of two words or more for comparison; `Support` may be anybody."""
    words = unicodedata.normalize("NFKC", name or "").casefold().replace(",", " ").split()
    return " ".join(sorted(words)) if len(words) > 1 else None
