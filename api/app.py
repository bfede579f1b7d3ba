"""The ASGI app: the HTTP API, the console's pages and the files that they need."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from api.auth import Guard
from api.envelope import Envelope
from api.pages.routes import console_routes
from api.problems import HANDLERS
from api.routes.catalogue import OPERATIONS
from api.routes.desk import Desk
from api.services import Services

STATIC = Path(__file__).parent / "static"


def create_app(services: Services) -> Starlette:
    """Build the app; no request from another origin is answered with leave to read (no CORS)."""
    desk = Desk(services)
    routes: list[BaseRoute] = [operation.route(desk) for operation in OPERATIONS]
    routes.append(Mount("/static", StaticFiles(directory=STATIC)))
    routes += console_routes(services)
    app = Starlette(
        routes=routes,
        middleware=[
            Middleware(Envelope, observe=desk.figures.observe),
            Middleware(Guard, token=services.token, unredacted=services.token_unredacted),
        ],
        exception_handlers=HANDLERS,
    )
    # A redirect would be built from the Host header, which the caller chooses.
    app.router.redirect_slashes = False
    return app
