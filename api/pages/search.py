"""The search page: a query in the address, hits that open the second they were said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from api.pages.frame import Page, customer_name, tenant_of
from infra.lookup import Lookup
from schemas.errors import InvalidEvent, QueryError
from schemas.search import DayCount, Hit, Order, SearchPage

PAGE = 25
WEEK = 7
AROUND = 140
"""Characters of a long text shown before the first highlight and after the last one shown."""

EXAMPLES = (
    ('"cancel my account"~3 speaker:customer', "customers who want to leave"),
    ("sentiment:<-0.6 channel:voice after:7d", "very negative calls of this week"),
    ("(refund OR chargeback) NOT voucher", "money back, but no vouchers"),
    ('agent:"so sorry"', "agents who apologise"),
    ("fiber NEAR/5 down", "two words close together, in any order"),
    ("category:cancellation first:30s", "who says so in the first half minute"),
    ("duration:>5m refun*", "long contacts; words that begin with refun"),
)

CHIPS = (
    ("Calls", "channel:voice"),
    ("Chat", "channel:chat"),
    ("Email", "channel:email"),
    ("SMS", "channel:sms"),
    ("Social", "channel:social"),
    ("Said by customers", "speaker:customer"),
    ("Said by agents", "speaker:agent"),
    ("Negative", "sentiment:<-0.3"),
    ("Last 7 days", "after:7d"),
)


class Piece(NamedTuple):
    """A stretch of text, and whether it is a hit."""

    text: str
    is_hit: bool


class Shown(NamedTuple):
    """A hit with what the list shows beside it."""

    hit: Hit
    pieces: list[Piece]
    name: str | None
    href: str


class Chip(NamedTuple):
    """A filter that a click adds to the query, or takes out of it."""

    label: str
    part: str
    is_on: bool
    href: str


class SearchPages(Page):
    """The page `/search`; `part=hits` gives only the following hits."""

    def page(self, request: Request) -> Response:
        """Answer `/search?q=&order=&after=`."""
        query = request.query_params.get("q", "").strip()
        order = _order(request)
        context: dict[str, Any] = {
            "query": query,
            "order": order.value,
            "examples": EXAMPLES,
            "chips": [_chip(query, order, label, part) for label, part in CHIPS],
            "result": None,
            "error": None,
            "customer": None,
        }
        if not query:
            return self.render(request, "search.html", **context)
        tenant = tenant_of(request)
        after = request.query_params.get("after")
        try:
            found = self.lookup.search(
                tenant, query, now=self.services.now(), order=order, limit=PAGE, after=after
            )
        except (QueryError, InvalidEvent) as error:
            return self.render(request, "search.html", status=400, **context | {"error": error})
        context |= {
            "result": found,
            "shown": [_shown(self.lookup, tenant, hit) for hit in found.hits],
            "days": histogram(found.days),
            "more": _more(query, order, found),
            "customer": self.lookup.customer(tenant, query) if " " not in query else None,
        }
        template = "_hits.html" if request.query_params.get("part") == "hits" else "search.html"
        return self.render(request, template, **context)


def pieces(text: str, highlights: Sequence[tuple[int, int]]) -> list[Piece]:
    """Cut a text at its highlights; a long one to what surrounds the first of them."""
    first = highlights[0][0] if highlights else 0
    start = max(0, first - AROUND)
    stop = min(len(text), max(first, start) + 3 * AROUND)
    out: list[Piece] = [Piece("… ", False)] if start else []
    at = start
    for low, high in highlights:
        if low >= stop:
            break
        if low > at:
            out.append(Piece(text[at:low], False))
        out.append(Piece(text[low:high], True))
        at = high
    if at < stop:
        out.append(Piece(text[at:stop], False))
    if max(at, stop) < len(text):
        out.append(Piece(" …", False))
    return out


def histogram(days: Sequence[DayCount]) -> list[list[object]]:
    """List (day, hits) for every day from the first hit to the last, and for a week at least."""
    counts = {one.day: one.count for one in days}
    if not counts:
        return []
    first, last = min(counts), max(counts)
    missing = max(0, WEEK - (last - first).days - 1)
    first -= timedelta(days=(missing + 1) // 2)
    last += timedelta(days=missing // 2)
    every = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [[day.isoformat(), counts.get(day, 0)] for day in every]


def place_of(interaction: str, utterance: str, start_s: float | None) -> str:
    """Give the address of the second at which an utterance begins."""
    at = f"?t={start_s:.1f}" if start_s is not None else ""
    return f"/interactions/{interaction}{at}#u-{utterance}"


def _shown(lookup: Lookup, tenant: str, hit: Hit) -> Shown:
    interaction = lookup.views.interaction(tenant, hit.interaction)
    return Shown(
        hit,
        pieces(hit.text, hit.highlights),
        customer_name(interaction) if interaction else None,
        place_of(hit.interaction, hit.utterance, hit.start_s),
    )


def _order(request: Request) -> Order:
    return Order.BEST if request.query_params.get("order") == Order.BEST else Order.NEWEST


def _more(query: str, order: Order, found: SearchPage) -> str | None:
    if found.next is None:
        return None
    return "/search?" + urlencode(
        {"q": query, "order": order.value, "after": found.next, "part": "hits"}
    )


def _chip(query: str, order: Order, label: str, part: str) -> Chip:
    parts = query.split(" ")
    is_on = part in parts
    left = [one for one in parts if one != part] if is_on else [*parts, part]
    target = {"q": " ".join(filter(None, left)), "order": order.value}
    return Chip(label, part, is_on, "/search?" + urlencode(target))
