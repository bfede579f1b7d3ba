"""Former customer ids: a merge gives customers another one, and the old one leads on."""

from __future__ import annotations

from functools import partial
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from api.problems import problem
from api.routes.desk import Desk
from api.routes.operation import Handle

_UNCACHED = "no-store"
"""A merge can be undone, so nobody may remember where an old id led."""


def led_on(handle: Handle) -> Handle:
    """Answer a former id in `{identifier}` with 308 to the same place under the present one."""

    async def handle_present(desk: Desk, request: Request) -> Response:
        asked = request.path_params["identifier"]
        tenant = request.query_params.get("tenant", "default")
        present = await desk.read(partial(_present_id, desk, tenant, asked))
        if present is None:
            return await handle(desk, request)
        location = address_under(request, asked, present)
        headers = {"Location": location, "Cache-Control": _UNCACHED}
        return problem(308, f"this customer is {present} now", headers=headers, customer=present)

    return handle_present


def address_under(request: Request, asked: str, present: str) -> str:
    """Write the address that was asked for, with another customer id in its path."""
    head, _, tail = request.url.path.partition(f"/{asked}")
    path = f"{head}/{quote(present)}{tail}"
    return f"{path}?{request.url.query}" if request.url.query else path


def _present_id(desk: Desk, tenant: str, asked: str) -> str | None:
    return desk.services.lookup().present_id(tenant, asked)
