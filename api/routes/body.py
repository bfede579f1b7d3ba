"""Read a request's body, never more of it than is allowed."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message


async def read_body(request: Request, largest: int) -> bytes:
    """Read the whole body.

    Raises:
        HTTPException: 413 where it is over `largest` bytes.
    """
    _check_length(request, largest)
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > largest:
            raise _too_large(largest)
        pieces.append(piece)
    return b"".join(pieces)


def bounded(request: Request, largest: int) -> Request:
    """Give the same request, whose body raises 413 as soon as it is over `largest` bytes.

    Raises:
        HTTPException: 413 where the head announces too much.
    """
    _check_length(request, largest)
    left = largest

    async def receive() -> Message:
        nonlocal left
        message = await request.receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise _too_large(largest)
        return message

    return Request(request.scope, receive)


def media_type(request: Request) -> str:
    """Read the media type of the body without its parameters, in lower case."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _check_length(request: Request, largest: int) -> None:
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and len(announced) < 20 and int(announced) > largest:
        raise _too_large(largest)


def _too_large(largest: int) -> HTTPException:
    # The rest of the body is not read, so the connection is of no more use.
    return HTTPException(
        413, f"the body is over {largest >> 20} MiB; send less at a time", {"Connection": "close"}
    )
