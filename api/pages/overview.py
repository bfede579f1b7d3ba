"""The overview: how much, how it felt, what is wrong, and what the pipeline is doing now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.pages.frame import Page, tenant_of
from infra.store.base import DayCount, Views
from infra.store.view import milliseconds
from processors.contact_report import contact_report
from schemas.events import Channel

DAYS = 28
MOST_ALERTS = 100
MOST_TYPES = 10
MOST_DEAD_LETTERS = 100


class Overview(Page):
    """The page `/` and its two parts that refresh themselves."""

    def page(self, request: Request) -> Response:
        """Answer `/`."""
        tenant = tenant_of(request)
        views = self.lookup.views
        days = views.overview(tenant, DAYS)
        return self.render(
            request,
            "overview.html",
            chart=chart_of(days),
            totals=_totals(days),
            others=[] if days else [name for name in views.tenants() if name != tenant],
            **self._stages(),
            **self._troubles(tenant),
        )

    def state(self, request: Request) -> Response:
        """Answer `/overview/state`: what the pipeline is doing, asked every 2 s."""
        return self.render(request, "_state.html", **self._stages())

    def alerts(self, request: Request) -> Response:
        """Answer `/overview/alerts`: open alerts and dead letters."""
        return self.render(request, "_alerts.html", **self._troubles(tenant_of(request)))

    def ledger(self, request: Request) -> Response:
        """Answer `/overview/ledger`: how many contacts are complete."""
        states, reasons = _ledger(self.lookup.views, tenant_of(request))
        total = sum(states.values())
        complete = states["complete"] / total if total else None
        return self.render(
            request,
            "_ledger.html",
            states=states,
            total=total,
            complete=complete,
            reasons=reasons.most_common(5),
        )

    def contact_types(self, request: Request) -> Response:
        """Answer `/overview/contact-types`: what the contacts of the page's days were about."""
        tenant, views = tenant_of(request), self.lookup.views
        days = views.overview(tenant, DAYS)
        since = 1000 * _seconds(days[0].day) if days else 0
        rows = views.contact_types(tenant, since, milliseconds(self.services.now()))
        report = contact_report(rows, MOST_TYPES)
        return self.render(request, "_contact_types.html", report=report, days=DAYS)

    def _stages(self) -> dict[str, Any]:
        stages = self.services.status()
        return {"stages": stages, "busy": sum(stage.waiting for stage in stages)}

    def _troubles(self, tenant: str) -> dict[str, Any]:
        views = self.lookup.views
        alerts = views.alerts(tenant, MOST_ALERTS)
        letters = [
            letter
            for letter in views.dead_letters(MOST_DEAD_LETTERS)
            if letter.tenant in (None, tenant)
        ]
        return {
            "alerts": [alert for alert in alerts if alert.state == "firing"],
            "letters": len(letters),
            "most_letters": MOST_DEAD_LETTERS,
        }


def chart_of(days: Sequence[DayCount]) -> dict[str, Any]:
    """Lay day counts out for the charts: every day from first to last, `x` in seconds UTC.

    `score` is the mean sentiment of the day over its channels, weighted by interactions.
    """
    if not days:
        return {"x": [], "channels": {}, "score": [], "negative": []}
    dates = _dates(min(d.day for d in days), max(d.day for d in days))
    by_day = {(d.day, d.channel): d for d in days}
    channels = [c.value for c in Channel if any(d.channel == c.value for d in days)]
    rows = {at: [d for d in days if d.day == at] for at in dates}
    return {
        "x": [_seconds(at) for at in dates],
        "channels": {
            c: [found.interactions if (found := by_day.get((at, c))) else 0 for at in dates]
            for c in channels
        },
        "score": [_mean(rows[at]) for at in dates],
        "negative": [sum(d.negatives for d in rows[at]) for at in dates],
    }


def _totals(days: Sequence[DayCount]) -> dict[str, Any]:
    by_channel: Counter[str] = Counter()
    for count in days:
        by_channel[count.channel] += count.interactions
    interactions = sum(by_channel.values())
    return {
        "interactions": interactions,
        "negatives": sum(count.negatives for count in days),
        "score": _mean(days),
        "channels": [(c.value, by_channel[c.value]) for c in Channel if by_channel[c.value]],
        "days": len({count.day for count in days}),
    }


def _mean(days: Iterable[DayCount]) -> float | None:
    scored = [(d.score, d.interactions) for d in days if d.score is not None]
    weight = sum(n for _, n in scored)
    return round(sum(score * n for score, n in scored) / weight, 3) if weight else None


def _dates(first: str, last: str) -> list[str]:
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return [(start + timedelta(days=n)).isoformat() for n in range((end - start).days + 1)]


def _seconds(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())


def _ledger(views: Views, tenant: str) -> tuple[Counter[str], Counter[str]]:
    reasons: Counter[str] = Counter()
    for entry in views.unfinished(tenant):
        reasons.update(f"waits for {step}" for step in entry.missing)
        reasons.update(entry.reasons)
    return Counter(views.completeness(tenant)), reasons
