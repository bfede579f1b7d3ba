"""What contacts were about."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from msgspec import Meta

from api.routes.desk import Desk
from api.routes.operation import OfTenant, Operation, reading
from infra.store.view import milliseconds
from processors.contact_report import ContactReport, contact_report

FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class ReportQuery(OfTenant, frozen=True, kw_only=True):
    """Which contacts, and how many types."""

    since: Annotated[
        Annotated[datetime, Meta(tz=True)] | None, Meta(description="Started at or after.")
    ] = None
    until: Annotated[
        Annotated[datetime, Meta(tz=True)] | None, Meta(description="Started before.")
    ] = None
    top: Annotated[int, Meta(ge=1, le=1000, description="How many types.")] = 20


def report(desk: Desk, query: ReportQuery, _: dict[str, str]) -> ContactReport:
    """Count contacts by type."""
    since, until = milliseconds(query.since or FIRST), milliseconds(query.until or LAST)
    views = desk.services.lookup().views
    return contact_report(views.contact_types(query.tenant, since, until), query.top)


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
)
