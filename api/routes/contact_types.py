"""What contacts were about, and what customers bring up in them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from api.routes.desk import Desk
from api.routes.operation import OfTenant, Operation, reading
from infra.contact_terms import FIRST, LAST, Asked, ContactTerms, contact_terms
from infra.store.view import milliseconds
from processors.contact_report import ContactReport, contact_report
from schemas.errors import InvalidEvent

Moment = Annotated[datetime, Meta(tz=True)]


class ReportQuery(OfTenant, frozen=True, kw_only=True):
    """Which contacts, and how many types."""

    since: Annotated[Moment | None, Meta(description="Started at or after.")] = None
    until: Annotated[Moment | None, Meta(description="Started before.")] = None
    top: Annotated[int, Meta(ge=1, le=1000, description="How many types.")] = 20


class TermsQuery(OfTenant, frozen=True, kw_only=True):
    """Which contacts are compared with which, and how many terms."""

    type: Annotated[str | None, Meta(description="Contacts of this type; of any without.")] = None
    since: Annotated[
        Moment | None,
        Meta(description="Compare those from then on with those before; else with other types."),
    ] = None
    until: Annotated[Moment | None, Meta(description="Started before.")] = None
    baseline_since: Annotated[
        Moment | None, Meta(description="What they are compared with started at or after.")
    ] = None
    top: Annotated[int, Meta(ge=1, le=1000, description="How many terms.")] = 20


def report(desk: Desk, query: ReportQuery, _: dict[str, str]) -> ContactReport:
    """Count contacts by type."""
    since, until = milliseconds(query.since or FIRST), milliseconds(query.until or LAST)
    views = desk.services.lookup().views
    return contact_report(views.contact_types(query.tenant, since, until), query.top)


def terms(desk: Desk, query: TermsQuery, _: dict[str, str]) -> ContactTerms:
    """Find what stands out.

    Raises:
        InvalidEvent: there is nothing to compare with.
    """
    if query.type is None and query.since is None:
        raise InvalidEvent(
            "invalid_parameter", "say what to compare: a type, or since when", field="type"
        )
    asked = Asked(query.type, query.since, query.until, query.baseline_since, query.top)
    return contact_terms(desk.services.lookup().views, query.tenant, asked)


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/contact-types",
        about="Count what contacts were about.",
        handle=reading(report, ReportQuery),
        query=ReportQuery,
        gives=ContactReport,
        problems=(422,),
    ),
    Operation(
        method="GET",
        path="/v1/contact-types/terms",
        about="Tell what customers bring up in contacts of a type more than before or elsewhere.",
        handle=reading(terms, TermsQuery),
        query=TermsQuery,
        gives=ContactTerms,
        problems=(422,),
    ),
)
