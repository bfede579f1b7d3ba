"""The console's routes: pages that people read, made on the server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from api.pages.alerts import AlertPages
from api.pages.contact_types import ContactTypePages
from api.pages.customers import CustomerPages
from api.pages.frame import led_on
from api.pages.interaction import InteractionPages
from api.pages.ledger import LedgerPages
from api.pages.overview import Overview
from api.pages.proposals import ProposalPage
from api.pages.search import SearchPages
from api.pages.timeline import TimelinePages
from api.services import Services

READERS = 2
"""Each reader's thread keeps connections and a copy of the index's columns, so they are few."""

Handle = Callable[[Request], Response]


def console_routes(services: Services) -> list[BaseRoute]:
    """List the pages: overview, search, timelines, interactions, contact types, ledger, alerts.

    Everything a page loads lies under `/static`; the JSON API is used for audio, peaks and what
    people say about identity.
    """
    overview, customers, alerts = Overview(services), CustomerPages(services), AlertPages(services)
    ledger, types = LedgerPages(services), ContactTypePages(services)
    pages: tuple[tuple[str, Handle], ...] = (
        ("/", overview.page),
        ("/overview/state", overview.state),
        ("/overview/alerts", overview.alerts),
        ("/overview/ledger", overview.ledger),
        ("/overview/contact-types", overview.contact_types),
        ("/search", SearchPages(services).page),
        ("/customers", customers.index),
        ("/customers/{identifier:path}/why", led_on(customers.why, services)),
        ("/customers/{identifier:path}", led_on(TimelinePages(services).page, services)),
        ("/interactions/{id}", InteractionPages(services).page),
        ("/contact-types", types.page),
        ("/contact-types/terms", types.terms),
        ("/proposals", ProposalPage(services).page),
        ("/ledger", ledger.index),
        ("/ledger/{contact}", ledger.page),
        ("/alerts", alerts.index),
        ("/alerts/{id}", alerts.page),
    )
    readers = ThreadPoolExecutor(READERS, thread_name_prefix="console")
    return [Route(path, partial(_answer, readers, handle)) for path, handle in pages]


async def _answer(readers: Executor, handle: Handle, request: Request) -> Response:
    return await asyncio.get_running_loop().run_in_executor(readers, handle, request)
