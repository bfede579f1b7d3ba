"""The console's routes: pages that people read, made on the server."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from api.services import Services


def console_routes(services: Services) -> list[BaseRoute]:
    """List the pages: overview, search, timelines, interactions, alerts.

    Everything a page loads lies under `/static`; the JSON API is used for audio and peaks.
    """

    def overview(request: Request) -> Response:
        stages = ", ".join(status.stage for status in services.status())
        return HTMLResponse(f"<!doctype html><title>Threadline</title><p>{stages}</p>")

    return [Route("/", overview, name="overview")]
