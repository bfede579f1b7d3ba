"""Contact types: what contacts are about, and what customers bring up more than before."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from api.pages.frame import Page, tenant_of
from api.pages.wording import minute
from infra.contact_terms import Asked, contact_terms
from infra.store.view import milliseconds
from processors.contact_report import ContactReport, contact_report
from processors.terms import Term

STRETCHES = (7, 28, 91)
"""Days that the page offers."""
TIMES_AS_LONG = 4
"""The stretch before, which is compared with, is so many times as long."""
MOST_TYPES = 20
MOST_TERMS = 6
MOST_READ = 2_000
"""Contacts a side whose words are read for a page: a fraction of a second per type."""


class Stretch(NamedTuple):
    """The days that are looked at, and those before them."""

    days: int
    before: datetime
    since: datetime
    until: datetime


class Row(NamedTuple):
    """A type with its share before; None where there was nothing before."""

    type: str
    contacts: int
    share: float
    before: float | None
    negative: float
    href: str


class Shown(NamedTuple):
    """A term, and where it was said."""

    term: Term
    href: str


class ContactTypePages(Page):
    """The page `/contact-types` and its part `/contact-types/terms`, which comes later."""

    def page(self, request: Request) -> Response:
        """Answer `/contact-types?days=`."""
        stretch = self._stretch(request)
        here = self._report(request, stretch.since, stretch.until, MOST_TYPES)
        earlier = self._report(request, stretch.before, stretch.since, None)
        return self.render(
            request,
            "contact_types.html",
            stretch=stretch,
            stretches=STRETCHES,
            report=here,
            rows=_rows(here, earlier, stretch),
            has_before=earlier.contacts > 0,
        )

    def terms(self, request: Request) -> Response:
        """Answer `/contact-types/terms?days=&type=`: what is said more than before."""
        stretch = self._stretch(request)
        asked = Asked(
            request.query_params.get("type"),
            stretch.since,
            stretch.until,
            stretch.before,
            MOST_TERMS,
            MOST_READ,
        )
        found = contact_terms(self.lookup.views, tenant_of(request), asked)
        shown = [
            Shown(one, _search(f'"{one.term}" NOT speaker:agent', stretch)) for one in found.terms
        ]
        return self.render(request, "_terms.html", shown=shown, found=found)

    def _stretch(self, request: Request) -> Stretch:
        asked = request.query_params.get("days", "")
        days = int(asked) if asked in map(str, STRETCHES) else STRETCHES[0]
        until = self.services.now()
        since = until - timedelta(days=days)
        return Stretch(days, since - TIMES_AS_LONG * timedelta(days=days), since, until)

    def _report(
        self, request: Request, since: datetime, until: datetime, most: int | None
    ) -> ContactReport:
        views, first, last = self.lookup.views, milliseconds(since), milliseconds(until)
        return contact_report(views.contact_types(tenant_of(request), first, last), most)


def _rows(here: ContactReport, earlier: ContactReport, stretch: Stretch) -> list[Row]:
    shares = {one.type: one.share for one in earlier.types}
    return [
        Row(
            one.type,
            one.contacts,
            one.share,
            shares.get(one.type, 0.0) if earlier.contacts else None,
            one.negative,
            _search(f'contact_type:"{one.type}"', stretch),
        )
        for one in here.types
    ]


def _search(query: str, stretch: Stretch) -> str:
    return "/search?" + urlencode({"q": f"{query} after:{minute(stretch.since)}"})
