"""Tell whether the process is alive, can do its work, and how it is doing."""

from __future__ import annotations

from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from api.routes.desk import Desk
from api.routes.operation import Nothing, Operation, json_answer
from schemas.base import Contract
from schemas.errors import ThreadlineError

_METRICS_TEXT = "text/plain; version=0.0.4; charset=utf-8"


class Health(Contract, frozen=True, kw_only=True):
    """The process answers."""

    status: Literal["ok"]


class Readiness(Contract, frozen=True, kw_only=True, omit_defaults=False):
    """Whether work can be done; `wrong` says what stands in the way."""

    ready: bool
    wrong: tuple[str, ...]


async def alive(desk: Desk, request: Request) -> Response:
    """Say that the process is alive."""
    return json_answer(Health(status="ok"))


async def ready(desk: Desk, request: Request) -> Response:
    """Say whether work can be done: 503 where it cannot."""
    wrong = await desk.read(lambda: tuple(_wrong(desk)))
    return json_answer(Readiness(ready=not wrong, wrong=wrong), 503 if wrong else 200)


async def scrape(desk: Desk, request: Request) -> Response:
    """Write the metrics."""
    return Response(await desk.read(desk.figures.text), media_type=_METRICS_TEXT)


def _wrong(desk: Desk) -> list[str]:
    services = desk.services
    try:
        services.lookup().views.alerts("default", 1)
        waiting = desk.backlog()
    except ThreadlineError as error:
        return [f"the store cannot be read: {type(error).__name__}"]
    wrong = []
    if waiting >= services.backlog_limit:
        wrong.append(f"{waiting} inputs wait, the limit is {services.backlog_limit}")
    failure = services.last_error()
    if failure:
        wrong.append(f"the pipeline stopped: {failure}")
    return wrong


OPERATIONS = (
    Operation(
        method="GET",
        path="/healthz",
        about="Tell that the process is alive.",
        handle=alive,
        query=Nothing,
        gives=Health,
        is_open=True,
    ),
    Operation(
        method="GET",
        path="/readyz",
        about="Tell whether the store can be read and the backlog is under its limit.",
        handle=ready,
        query=Nothing,
        gives=Readiness,
        problems=(503,),
        is_open=True,
    ),
    Operation(
        method="GET",
        path="/metrics",
        about="Scrape the metrics in the text format of Prometheus.",
        handle=scrape,
        query=Nothing,
        gives="text/plain",
    ),
)
