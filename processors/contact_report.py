"""What contacts were about, counted: the types, their shares, and what is not known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from schemas.base import Contract


class TypeRow(NamedTuple):
    """A count of contacts of one type (None: no type), all analysed or none of them."""

    type: str | None
    is_analysed: bool
    contacts: int
    negative: int


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


def contact_report(rows: Iterable[TypeRow], most: int | None = 20) -> ContactReport:
    """Add counts up, and list so many types; all for None."""
    by_type: Counter[str] = Counter()
    negative: Counter[str] = Counter()
    unknown = not_analysed = 0
    for row in rows:
        if row.type is not None:
            by_type[row.type] += row.contacts
            negative[row.type] += row.negative
        elif row.is_analysed:
            unknown += row.contacts
        else:
            not_analysed += row.contacts
    total = by_type.total() + unknown + not_analysed
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
        others=sum(count for _, count in ranked[len(ranked) if most is None else most :]),
        unknown=unknown,
        unknown_share=round(unknown / total, 4) if total else 0.0,
        not_analysed=not_analysed,
    )
