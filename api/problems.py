"""Every error as `application/problem+json` (RFC 9457): what is wrong, where, and what to do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from schemas.base import encode
from schemas.errors import (
    ConfigError,
    Conflict,
    InvalidEvent,
    PolicyViolation,
    QueryError,
    ThreadlineError,
    Unavailable,
)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 5

Handler = Callable[[Request, Any], Awaitable[Response]]


def problem(
    status: int, detail: str, *, headers: Mapping[str, str] | None = None, **members: object
) -> Response:
    """Write a problem. `members` extend it; those that are None are left out."""
    document = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **{name: value for name, value in members.items() if value is not None},
    }
    return Response(encode(document), status, headers=headers, media_type=MEDIA_TYPE)


def busy(detail: str, status: int = 503) -> Response:
    """Ask the caller to come again in a few seconds."""
    return problem(status, detail, headers={"Retry-After": str(RETRY_AFTER_S)})


async def _invalid(_: Request, error: InvalidEvent) -> Response:
    return problem(422, error.detail, reason=error.reason, field=error.field, line=error.line)


async def _query(_: Request, error: QueryError) -> Response:
    return problem(
        400,
        str(error),
        reason="invalid_query",
        position=error.position,
        length=error.length,
        pointer=error.pointer,
    )


async def _unavailable(_: Request, error: Unavailable) -> Response:
    return busy(str(error))


async def _ours(_: Request, error: ThreadlineError) -> Response:
    status = {Conflict: 409, PolicyViolation: 403, ConfigError: 500}.get(type(error), 500)
    return problem(status, str(error))


async def _http(_: Request, error: HTTPException) -> Response:
    return problem(error.status_code, error.detail, headers=error.headers)


HANDLERS: dict[Any, Handler] = {
    InvalidEvent: _invalid,
    QueryError: _query,
    Unavailable: _unavailable,
    ThreadlineError: _ours,
    HTTPException: _http,
}
"""What answers which exception; a subclass is found before its base."""
