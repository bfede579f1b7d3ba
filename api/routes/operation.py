"""How a route is declared: once, for the router, the OpenAPI document and the reference."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.routes.desk import Desk
from schemas.base import Contract, encode
from schemas.errors import InvalidEvent

JSON = "application/json"

Handle = Callable[[Desk, Request], Awaitable[Response]]
Tenant = Annotated[str, Meta(min_length=1, max_length=512, description="Whose data.")]


class Nothing(Contract, frozen=True, kw_only=True):
    """No query parameters are read; others are let pass."""


class OfTenant(Contract, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The query parameters that every read has."""

    tenant: Tenant = "default"


Q = TypeVar("Q", bound=Contract)


@dataclass(frozen=True)
class Operation:
    """One method on one path.

    `query` names the query parameters and `sends` the bodies it takes, by media type: a contract,
    or None for text and bytes. `gives` is what a success holds: a contract or a media type.
    """

    method: str
    path: str
    about: str
    handle: Handle
    gives: Any
    query: type[Contract] = OfTenant
    sends: tuple[tuple[str, Any], ...] = ()
    status: int = 200
    problems: tuple[int, ...] = ()
    is_open: bool = False

    @property
    def template(self) -> str:
        """Give the path as people and OpenAPI write it: `/v1/customers/{identifier}`."""
        return self.path.replace(":path", "")

    def route(self, desk: Desk) -> Route:
        """Make the route that answers it."""

        async def endpoint(request: Request) -> Response:
            request.scope["threadline.route"] = self.template
            return await self.handle(desk, request)

        return Route(self.path, endpoint, methods=[self.method])


def query_of(request: Request, query: type[Q]) -> Q:
    """Read the query parameters.

    Raises:
        InvalidEvent: `invalid_parameter`, naming it in `field`.
    """
    try:
        return msgspec.convert(dict(request.query_params), query, strict=False)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `")
        field = path.rstrip("`").removeprefix("$.") or None
        raise InvalidEvent("invalid_parameter", message, field=field) from error


def json_answer(value: object, status: int = 200) -> Response:
    """Answer with a contract as JSON."""
    return Response(encode(value), status, media_type=JSON)


def reading(
    work: Callable[[Desk, Q, dict[str, str]], object | None], query: type[Q], missing: str = ""
) -> Handle:
    """Make a handler of a function that reads; None from it is a 404 saying what is `missing`."""

    async def handle(desk: Desk, request: Request) -> Response:
        asked = query_of(request, query)
        body = await desk.read(partial(_encoded, work, desk, asked, request.path_params))
        if body is None:
            raise HTTPException(404, missing)
        return Response(body, media_type=JSON)

    return handle


def _encoded(
    work: Callable[[Desk, Q, dict[str, str]], object | None],
    desk: Desk,
    asked: Q,
    path: dict[str, str],
) -> bytes | None:
    value = work(desk, asked, path)
    return None if value is None else encode(value)
