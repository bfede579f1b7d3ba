"""What contacts were about, counted: the types, their shares, and what is not known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from schemas.base import Contract
from schemas.interaction import Interaction


class TypeCount(Contract, frozen=True, kw_only=True, omit_defaults=False):
    """How many contacts are of a type, their share of all, and the share of negative among them."""

    type: str
    contacts: int
    share: float
    negative: float


class ContactReport(Contract, frozen=True, kw_only=True, omit_defaults=False):
    """Contacts by type, the commonest first; shares are of all `contacts`, 0-1.

    `unknown` are about nothing that was taught; `not_analysed` are in a language without contact
    types, or nobody said anything in them. `others` have a type beyond those listed.
    """

    contacts: int
    types: list[TypeCount]
    others: int
    unknown: int
    unknown_share: float
    not_analysed: int


def in_range(
    contacts: Iterable[Interaction], since: datetime | None, until: datetime | None
) -> Iterable[Interaction]:
    """Keep the contacts that started from `since` on and before `until`."""
    for contact in contacts:
        late = since is None or contact.started_at >= since
        if late and (until is None or contact.started_at < until):
            yield contact


def contact_report(contacts: Iterable[Interaction], most: int = 20) -> ContactReport:
    """Count contacts by type."""
    by_type: Counter[str] = Counter()
    negative: Counter[str] = Counter()
    total = unknown = 0
    for contact in contacts:
        total += 1
        if contact.contact_type is not None:
            by_type[contact.contact_type] += 1
            negative[contact.contact_type] += contact.negative
        elif contact.sentiment is not None:
            unknown += 1
    known = by_type.total()
    ranked = sorted(by_type.items(), key=lambda item: (-item[1], item[0]))
    return ContactReport(
        contacts=total,
        types=[
            TypeCount(
                type=name,
                contacts=count,
                share=round(count / total, 4),
                negative=round(negative[name] / count, 4),
            )
            for name, count in ranked[:most]
        ],
        others=sum(count for _, count in ranked[most:]),
        unknown=unknown,
        unknown_share=round(unknown / total, 4) if total else 0.0,
        not_analysed=total - known - unknown,
    )
