"""What is searched for: every filter, phrases, both orders, and page after page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from infra.lookup import Lookup
from schemas.identity import Customer
from schemas.search import Order

LIMIT = 20
MOST_PAGES = 12
SETTLED = 200
"""Hits up to which every index puts the best first alike; of more, a server picks by itself."""

QUERIES = (
    "",
    "refund",
    "router",
    "card",
    "thank*",
    '"cancel my account"',
    '"cancel account"~3',
    "cancel NEAR/5 account",
    "credited NEAR/4 fee",
    "refund OR router",
    "(refund OR invoice) NOT channel:chat",
    "-the channel:chat",
    "speaker:customer still",
    "speaker:agent",
    "customer_said:cancel",
    'agent:"let me"',
    "channel:voice",
    "channel:email charged",
    "channel:sms",
    "channel:social sentiment:<0",
    "sentiment:<-0.3",
    "sentiment:[-1 TO -0.5] speaker:customer",
    "sentiment:>=0.5",
    "NOT sentiment:[-1 TO 1]",
    "emotion:anger",
    "contact_type:billing",
    "category:cancel",
    "category:outage OR category:billing",
    "language:en the",
    "NOT language:en",
    "first:30s",
    "duration:>1m",
    "after:2025-03-04 before:2025-03-05",
    "after:30d",
)


def searched(
    lookup: Lookup, customers: Sequence[Customer], now: datetime
) -> Iterator[tuple[str, object]]:
    """Ask every query in both orders; `customers` are some to ask for, best known first."""
    for tenant in lookup.views.tenants():
        known = [customer for customer in customers if customer.tenant == tenant][:3]
        named = [f'customer:"{customer.identifiers[-1]}"' for customer in known]
        named += [f"{query} -the" for query in named[:1]]
        named += [
            f"interaction:{interaction.id}"
            for customer in known[:1]
            for interaction in lookup.views.timeline(tenant, customer.identifiers, None, 2)
        ]
        for query in (*QUERIES, *named):
            for order in Order:
                yield from _pages(lookup, tenant, query, order, now)


def _pages(
    lookup: Lookup, tenant: str, query: str, order: Order, now: datetime
) -> Iterator[tuple[str, object]]:
    after: str | None = None
    for number in range(MOST_PAGES):
        page = lookup.search(tenant, query, now=now, order=order, limit=LIMIT, after=after)
        name = f"{tenant}/{query or '(everything)'} {order.value}"
        if order is Order.BEST and page.total > SETTLED:
            yield f"{name}, counts", (page.total, page.days)
            return
        yield f"{name} page {number + 1}", page
        after = page.next
        if after is None:
            return
