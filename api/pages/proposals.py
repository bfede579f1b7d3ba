"""Proposals: customers who may be one person, side by side, for a person to decide."""

from __future__ import annotations

from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from api.pages.frame import Page, tenant_of
from api.pages.wording import telling
from infra.review import Entry, queue
from processors.identity.linkage.precision import Expected
from processors.identity.linkage.review import Side
from schemas.proposal import Proposal, Reason

MOST = 50
STRONG_BITS = 4.0
NEARLY = 0.9994


class Row(NamedTuple):
    """One line of the comparison: what each side says, and what that is worth."""

    name: str
    one: tuple[str, ...]
    other: tuple[str, ...]
    verdicts: list[tuple[str, str]]


class ProposalPage(Page):
    """The page `/proposals`."""

    def page(self, request: Request) -> Response:
        """Answer `/proposals`."""
        found = queue(self.lookup.views, tenant_of(request), 0, MOST)
        return self.render(
            request,
            "proposals.html",
            cards=[(entry, title_of(entry), rows_of(entry)) for entry in found.entries],
            size=found.size,
            share=share,
            run=found.run,
            offers=_offers(found.offers),
        )


def title_of(entry: Entry) -> tuple[str, str]:
    """Name both sides as people would: by name, else by what they are known by."""
    return _called(entry.one), _called(entry.other)


def rows_of(entry: Entry) -> list[Row]:
    """Lay the two sides out line by line."""
    proposal, one, other = entry.proposal, entry.one, entry.other
    emails = [_of_type(side, "email") for side in (one, other)]
    rest = [tuple(i for i in side.identifiers if i not in _whole(side)) for side in (one, other)]
    lines = (
        Row("Name", one.names, other.names, _said(proposal, "given name", "family name")),
        Row("Born", one.born, other.born, _said(proposal, "date of birth")),
        Row("Address", one.addresses, other.addresses, _said(proposal, "address")),
        Row("Email", emails[0], emails[1], _said(proposal, "email")),
        Row("Also known by", rest[0], rest[1], []),
    )
    return [line for line in lines if line.one or line.other]


def worth(reason: Reason) -> str:
    """Say in words what an agreement is worth."""
    if reason.bits >= STRONG_BITS:
        return "strongly for"
    if reason.bits > 0:
        return "for"
    return "strongly against" if reason.bits <= -STRONG_BITS else "against"


def share(probability: float) -> str:
    """Write a probability; nothing is quite certain."""
    return "over 99.9 %" if probability > NEARLY else f"{probability * 100:.1f} %"


def _called(side: Side) -> str:
    return max(side.names, key=len) if side.names else telling(side.identifiers).value


def _said(proposal: Proposal, *fields: str) -> list[tuple[str, str]]:
    several = len(fields) > 1
    return [
        (f"{one.field}: {one.level}" if several else one.level, worth(one))
        for one in proposal.reasons
        if one.field in fields
    ]


def _of_type(side: Side, type_name: str) -> tuple[str, ...]:
    start = f"{type_name}:"
    return tuple(one.removeprefix(start) for one in side.identifiers if one.startswith(start))


def _whole(side: Side) -> set[str]:
    return {f"email:{one}" for one in _of_type(side, "email")}


def _offers(offers: list[tuple[float, Expected]]) -> list[tuple[float, Expected]]:
    """Leave out offers that take in no more than a stricter one."""
    kept: list[tuple[float, Expected]] = []
    for precision, offer in offers:
        if offer.size > (kept[-1][1].size if kept else 0):
            kept.append((precision, offer))
    return kept
