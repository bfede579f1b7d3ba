"""What all routes of one app share: services, threads that read, and figures about itself."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TypeVar

from starlette.exceptions import HTTPException

from api.problems import RETRY_AFTER_S
from api.routes.figures import Figures
from api.services import Services
from infra.store.base import Views

T = TypeVar("T")

READERS = 4
BACKLOG_KEPT_S = 1.0
MOST_FROZEN = 1_000


class Desk:
    """One app's own things; two apps in one process share nothing."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.figures = Figures(
            services.status,
            lambda: services.lookup().views.waiting_at(),
            lambda: _frozen(services.lookup().views),
        )
        # Readers keep a connection and its cache per thread, so the threads must be few and must
        # not come and go.
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="reader")
        self._lock = threading.Lock()
        self._backlog = 0
        self._counted_at = float("-inf")

    async def read(self, work: Callable[[], T]) -> T:
        """Run something that reads the store or the index in a reader's thread."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, work)

    def backlog(self) -> int:
        """Count what waits to be normalised, at most once a second; blocks."""
        with self._lock:
            if time.monotonic() - self._counted_at >= BACKLOG_KEPT_S:
                self._backlog = self.services.backlog()
                self._counted_at = time.monotonic()
            return self._backlog

    @asynccontextmanager
    async def admitting(self) -> AsyncIterator[None]:
        """Guard a route that takes inputs in; wake the pipeline afterwards.

        Raises:
            HTTPException: 429 while too much waits already.
        """
        if await self.read(self.backlog) >= self.services.backlog_limit:
            raise HTTPException(
                429,
                "too many inputs wait to be processed; send this again later",
                {"Retry-After": str(RETRY_AFTER_S)},
            )
        yield
        self.services.wake()


def _frozen(views: Views) -> int:
    """Count frozen customers, up to a thousand of a tenant."""
    return sum(len(views.frozen_customers(tenant, MOST_FROZEN)) for tenant in views.tenants())
