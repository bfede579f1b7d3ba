"""Alerts: what has risen, by how much, how unlikely that is, and what people say."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from api.pages.frame import Page, customer_name, missing, tenant_of
from api.pages.wording import minute, words
from schemas.alert import Alert, Window
from schemas.interaction import Interaction

MOST = 200


class Measured(NamedTuple):
    """A window with what its bars show; `widest` is the length of a full bar."""

    window: Window
    share: float
    ratio: float
    widest: float


class AlertPages(Page):
    """The pages `/alerts` and `/alerts/{id}`."""

    def index(self, request: Request) -> Response:
        """Answer `/alerts`."""
        alerts = self.lookup.views.alerts(tenant_of(request), MOST)
        return self.render(request, "alerts.html", alerts=alerts, segment=segment_in_words)

    def page(self, request: Request) -> Response:
        """Answer `/alerts/{id}`."""
        tenant = tenant_of(request)
        lookup = self.lookup
        alert = lookup.views.alert(tenant, request.path_params["id"])
        if alert is None:
            return missing(request, "There is no such alert.", "All alerts are listed at /alerts.")
        found = [lookup.views.interaction(tenant, id) for id in alert.examples]
        examples: list[tuple[Interaction, str | None]] = [
            (one, customer_name(one)) for one in found if one is not None
        ]
        return self.render(
            request,
            "alert.html",
            alert=alert,
            segment=segment_in_words,
            windows=[measure(window) for window in alert.windows],
            terms=[(term, _search(alert, f'"{term}"')) for term in alert.terms],
            everything=_search(alert, ""),
            examples=examples,
        )


def segment_in_words(segment: str) -> str:
    """Say which contacts an alert is about: `queue=technical` becomes `Queue: technical`."""
    if segment == "all":
        return "All contacts"
    name, _, value = segment.partition("=")
    if name == "step":
        return f"Contacts not {value} in time"
    return f"{words(name)}: {value}" if value else words(name)


def measure(window: Window) -> Measured:
    """Work out shares and bar lengths of a window."""
    share = window.negatives / window.contacts if window.contacts else 0.0
    expected = window.expected_negatives
    ratio = window.negatives / expected if expected else 0.0
    return Measured(window, share, ratio, max(window.negatives, expected, 1.0))


def _search(alert: Alert, text: str) -> str:
    """Search what customers said while the episode lasted, an hour around it."""
    widest = max((window.minutes for window in alert.windows), default=60)
    start = min(alert.started_at, alert.fired_at - timedelta(minutes=widest))
    end = (alert.cleared_at or alert.fired_at) + timedelta(hours=1)
    parts = (text, "sentiment:<-0.3", f"after:{minute(start)}", f"before:{minute(end)}")
    return "/search?" + urlencode({"q": " ".join(filter(None, parts))})
