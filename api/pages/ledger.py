"""The ledger: how complete each day is, what is stuck and why, and the account of one contact."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from api.pages.frame import Page, missing, tenant_of
from infra.standing import STATES, standing_of
from processors.ledger.completeness import day_number
from schemas.ledger import LedgerEntry, Step

DAYS = 14
MOST = 200
STEPS = tuple(step.value for step in Step)


class LedgerPages(Page):
    """The pages `/ledger` and `/ledger/{contact}`."""

    def index(self, request: Request) -> Response:
        """Answer `/ledger`; `until` is the last day that is shown, `day` and `state` narrow it."""
        asked, today = request.query_params, self.services.now().date()
        views, tenant = self.lookup.views, tenant_of(request)
        standing = standing_of(views, tenant, DAYS, _day(asked.get("until")), today)
        day = _day(asked.get("day"))
        state = asked.get("state") if asked.get("state") in (*STATES, "complete") else None
        if day is not None or state is not None:
            listed = self._listed(tenant, day, state, standing.days)
        else:
            listed = list(standing.unfinished[:MOST])
        earlier = standing.days[-1].day - timedelta(days=1) if standing.days else None
        return self.render(
            request,
            "ledger.html",
            standing=standing,
            listed=listed,
            most=MOST,
            day=day,
            state=state,
            states=STATES,
            earlier=earlier,
            link=_link,
        )

    def page(self, request: Request) -> Response:
        """Answer `/ledger/{contact}`."""
        tenant, contact = tenant_of(request), request.path_params["contact"]
        views = self.lookup.views
        entry = views.account(tenant, contact)
        if entry is None:
            return missing(
                request, "The ledger has no such contact.", "All days are listed at /ledger."
            )
        return self.render(
            request,
            "account.html",
            entry=entry,
            steps=[_step(entry, step) for step in STEPS if step in _passed(entry)],
            interaction=views.interaction(tenant, contact),
        )

    def _listed(
        self, tenant: str, day: date | None, state: str | None, days: Any
    ) -> list[LedgerEntry]:
        first = day_number(day) if day is not None else day_number(days[-1].day) if days else 0
        last = day_number(day) if day is not None else day_number(days[0].day) if days else 0
        views = self.lookup.views
        wanted = (state,) if state is not None else STATES
        found = [one for s in wanted for one in views.ledger_of(tenant, first, last, s, MOST)]
        return found[:MOST]


def _passed(entry: LedgerEntry) -> set[str]:
    return {*entry.done, *entry.missing, *entry.times}


def _step(entry: LedgerEntry, step: str) -> dict[str, Any]:
    owed = entry.missing.get(step, 0)
    mark = "stuck" if step in entry.stuck else "owed" if owed else "done"
    return {
        "step": step,
        "done": entry.done.get(step, 0),
        "missing": owed,
        "at": entry.times.get(step),
        "mark": mark,
    }


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _link(**asked: object) -> str:
    """Write the address of a part of the ledger."""
    given = {name: value for name, value in asked.items() if value}
    return f"/ledger?{urlencode(given)}" if given else "/ledger"
