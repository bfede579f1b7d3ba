"""The timeline of a customer: entries, filters, conversations, and the card beside them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from api.pages.frame import Page, missing, tenant_of
from api.pages.wording import Identifier, identifier
from api.routes.timeline import end_of
from infra.customer_history import History, card_of, history_of
from infra.lookup import Lookup, TimelinePage
from infra.store.base import Only
from processors.customer_card import CustomerCard
from schemas.conversation import Conversation, Joint
from schemas.events import Channel, RemarkKind
from schemas.identity import Customer
from schemas.interaction import Interaction
from schemas.utterance import Mood

PAGE = 20
ISSUES = 6
LONGEST_TITLE = 70
READER_COOKIE = "threadline-reader"
_KEPT = ("channel", "sentiment", "contact_type", "pinned", "on", "issue")


class Wanted(NamedTuple):
    """What the address asks for; `asked` are its parameters, as they are written."""

    only: Only
    on: date | None
    issue: str
    asked: dict[str, str]


class Entry(NamedTuple):
    """An interaction on a timeline; `head` is true where a new day begins.

    `issue` is the conversation that it belongs to, `joint` says why.
    """

    interaction: Interaction
    head: bool
    is_new: bool
    issue: Conversation | None
    joint: Joint | None

    @property
    def pins(self) -> list[Any]:
        """List who pinned it."""
        return [one for one in self.interaction.annotations if one.does is RemarkKind.PIN]

    @property
    def apart(self) -> str | None:
        """Name the contact from which it is parted when its issue is another one."""
        if self.joint is not None:
            return self.joint.to
        others = self.issue.interactions if self.issue is not None else ()
        return next((id for id in others if id != self.interaction.id), None)


class TimelinePages(Page):
    """The page `/customers/{identifier}`."""

    def page(self, request: Request) -> Response:
        """Answer with the page, or with a `part` of it: `entries`, or the `entry` of an `id`."""
        tenant, who = tenant_of(request), request.path_params["identifier"]
        customer = self.lookup.customer(tenant, who)
        if customer is None:
            return missing(
                request,
                f"Nobody is known as {who}.",
                "Try a phone number, an email address, a handle or a CRM id.",
            )
        now = self.services.now()
        history = history_of(self.lookup.views, customer, now)
        wanted = wanted_of(request.query_params)
        reader = unquote(request.cookies.get(READER_COOKIE, ""))
        part = request.query_params.get("part")
        if part == "entry":
            found = self._one(customer, history, request.query_params.get("id", ""))
        else:
            after = request.query_params.get("after")
            found = _found(self.lookup, history, who, wanted, after, reader)
        last_day = request.query_params.get("day") if part != "entry" else None
        context: dict[str, Any] = {
            "who": who,
            "customer": customer,
            "asked": {name: wanted.asked.get(name, "") for name in _KEPT},
            "is_narrowed": bool(wanted.asked),
            "entries": _entries(history, found, last_day),
            "only_entry": part == "entry",
            "issues": history.conversations,
            "titles": _titles(history),
            "more": _more(who, wanted, found),
        }
        if part in ("entries", "entry"):
            return self.render(request, "_entries.html", **context)
        card = card_of(self.lookup.views, history, now)
        return self.render(
            request,
            "timeline.html",
            card=card,
            identifiers=_identifiers(customer),
            links=_links(who, wanted, card),
            types=list(card.contact_types.items()),
            reader=reader,
            seen_at=found.seen_at,
            count_new=_count_new(history, found.seen_at),
            shown_issues=ISSUES,
            **context,
        )

    def _one(self, customer: Customer, history: History, id: str) -> TimelinePage:
        mine = any(one.id == id for one in history.contacts)
        found = self.lookup.views.interaction(customer.tenant, id) if mine else None
        return TimelinePage(customer, [found] if found else [], None)


def wanted_of(query: Mapping[str, str]) -> Wanted:
    """Read the filters of an address; what cannot be read filters nothing."""
    asked = {name: query.get(name, "").strip() for name in _KEPT}
    on = _converted(asked["on"], date)
    only = Only(
        _converted(asked["channel"], Channel),
        _converted(asked["sentiment"], Mood),
        asked["contact_type"] or None,
        asked["pinned"] == "1",
    )
    return Wanted(only, on, asked["issue"], {name: text for name, text in asked.items() if text})


def _converted(text: str, kind: Any) -> Any:
    try:
        return msgspec.convert(text, kind) if text else None
    except msgspec.ValidationError:
        return None


def _found(
    lookup: Lookup, history: History, who: str, wanted: Wanted, after: str | None, reader: str
) -> TimelinePage:
    customer = history.customer
    issue = next((one for one in history.conversations if one.id == wanted.issue), None)
    if issue is not None:
        views = lookup.views
        contacts = [views.interaction(customer.tenant, id) for id in issue.interactions]
        seen_at = lookup.seen_at(customer, reader) if reader else None
        kept = [one for one in reversed(contacts) if one is not None]
        new = tuple(one.id for one in kept if seen_at is not None and one.ended_at > seen_at)
        return TimelinePage(customer, kept, None, seen_at, new)
    page = lookup.timeline(
        customer.tenant,
        who,
        after,
        PAGE,
        only=wanted.only,
        until=end_of(wanted.on),
        reader=reader or None,
    )
    return page if page is not None else TimelinePage(customer, [], None)


def _entries(history: History, page: TimelinePage, last_day: str | None) -> list[Entry]:
    issues = {id: one for one in history.conversations for id in one.interactions}
    joints = {joint.interaction: joint for one in history.conversations for joint in one.joints}
    out = []
    for one in page.interactions:
        day = one.started_at.date().isoformat()
        out.append(
            Entry(one, day != last_day, one.id in page.new, issues.get(one.id), joints.get(one.id))
        )
        last_day = day
    return out


def _titles(history: History) -> dict[str, str]:
    """Name the conversations, and the contacts that a word of staff names, by their ids."""
    titles = {one.id: one.subject or one.preview for one in history.contacts}
    titles |= {one.id: one.title for one in history.conversations}
    return {id: title[:LONGEST_TITLE] for id, title in titles.items() if title}


def _more(who: str, wanted: Wanted, page: TimelinePage) -> str | None:
    if page.next is None:
        return None
    last = page.interactions[-1].started_at.date().isoformat() if page.interactions else ""
    return _address(who, {**wanted.asked, "after": page.next, "day": last, "part": "entries"})


def _links(who: str, wanted: Wanted, card: CustomerCard) -> list[tuple[str, int, str, bool]]:
    """List the channels with their counts, where each leads, and whether it is chosen."""
    rest = {name: text for name, text in wanted.asked.items() if name not in ("channel", "issue")}
    chosen = wanted.only.channel
    links = [("", card.contacts, _address(who, rest), chosen is None and not wanted.issue)]
    return links + [
        (
            one.channel.value,
            one.contacts,
            _address(who, {**rest, "channel": one.channel.value}),
            one.channel is chosen,
        )
        for one in card.channels
    ]


def _address(who: str, query: Mapping[str, str]) -> str:
    path = f"/customers/{quote(who, safe=':@+')}"
    return f"{path}?{urlencode(query)}" if query else path


def _identifiers(customer: Customer) -> list[tuple[str, list[Identifier]]]:
    by_type: dict[str, list[Identifier]] = {}
    for one in sorted(map(identifier, customer.identifiers), key=lambda i: (i.label, i.value)):
        by_type.setdefault(one.label, []).append(one)
    return list(by_type.items())


def _count_new(history: History, seen_at: datetime | None) -> int:
    return sum(seen_at is not None and one.ended_at > seen_at for one in history.contacts)
