"""What every answer gets, whoever makes it: security headers, a duration, and never a traceback."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem

log = logging.getLogger(__name__)

SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self';"
        " frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
PRIVATE = "no-store"

Observe = Callable[[str, str, int, float], None]


class Envelope:
    """The outermost layer. `observe` takes route, method, status and seconds."""

    def __init__(self, app: ASGIApp, observe: Observe) -> None:
        self._app = app
        self._observe = observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request; anything that nobody foresaw becomes a problem with status 500."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status = time.perf_counter(), 0

        async def send_dressed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _dress(MutableHeaders(scope=message), scope["path"])
            await send(message)

        try:
            await self._app(scope, receive, send_dressed)
        except Exception as error:  # noqa: BLE001  # a traceback may quote a customer
            log.error("%s in %s", type(error).__name__, _place(error))
            if status:
                raise ConnectionAbortedError("the answer broke off") from None
            await problem(500, "something went wrong on our side")(scope, receive, send_dressed)
        finally:
            route = scope.get("threadline.route") or _family(scope["path"])
            self._observe(route, scope["method"], status, time.perf_counter() - begun)


def _dress(headers: MutableHeaders, path: str) -> None:
    for name, value in SECURITY_HEADERS.items():
        headers[name] = value
    if not path.startswith("/static/"):
        headers.setdefault("cache-control", PRIVATE)


def _family(path: str) -> str:
    if path.startswith("/static/"):
        return "static"
    return "other" if path.startswith("/v1/") else "console"


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "nowhere"
