"""`POST /v1/events`: one event, an array of them, or one a line; a bad one harms no other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated

import msgspec
from msgspec import Meta
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.problems import problem
from api.routes.body import media_type, read_body
from api.routes.desk import Desk
from api.routes.operation import JSON, OfTenant, Operation, json_answer, query_of
from infra.admission import reused
from infra.sources.arrival import Rejection, SourceDefaults, rejection
from infra.store.base import Admission
from processors.normalise.event import normalise_event
from processors.normalise.event_line import parse_events_line
from schemas.base import Contract, decode
from schemas.errors import InvalidEvent
from schemas.events import Channel, Event, Kind, Name

LARGEST_BODY = 16 << 20
MOST_EVENTS = 10_000
NDJSON = "application/x-ndjson"
_LINES = frozenset({NDJSON, "application/ndjson", "application/jsonl"})


class EventsQuery(OfTenant, frozen=True, kw_only=True):
    """What events get that do not say it themselves."""

    source: Annotated[Name, Meta(description="The source of events that name none.")] = "api"
    channel: Annotated[
        Channel | None, Meta(description="The channel of events that name none.")
    ] = None


class Refused(Contract, frozen=True, kw_only=True):
    """An event that was not let in; `line` counts from 1, `index` from 0."""

    index: int | None = None
    line: int | None = None
    id: str | None = None
    reason: str
    message: str
    field: str | None = None


class Taken(Contract, frozen=True, kw_only=True, omit_defaults=False):
    """What became of the events sent: ids let in, ids known already, and those refused."""

    accepted: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    rejected: tuple[Refused, ...] = ()


@dataclass(frozen=True)
class Item:
    """One event as it stands in the body."""

    data: bytes
    index: int | None = None
    line: int | None = None

    @property
    def name(self) -> str:
        """Name it among the dead letters."""
        if self.line is not None:
            return f"events:{self.line}"
        return "events" if self.index is None else f"events[{self.index}]"


class _Named(Contract, frozen=True, kw_only=True):
    id: str | None = None


async def take_events(desk: Desk, request: Request) -> Response:
    """Take events in."""
    query = query_of(request, EventsQuery)
    kind = media_type(request)
    if kind != JSON and kind not in _LINES:
        raise HTTPException(415, f"send the events as {JSON} or, one a line, as {NDJSON}")
    async with desk.admitting():
        body = await read_body(request, LARGEST_BODY)
        items = await run_in_threadpool(split_lines if kind in _LINES else split_json, body)
        taken = await run_in_threadpool(partial(_take, desk, items, query))
    if taken.accepted or taken.known:
        return json_answer(taken, 202)
    first = taken.rejected[0]
    return problem(
        422,
        first.message,
        reason=first.reason,
        field=first.field,
        line=first.line,
        rejected=taken.rejected,
    )


def split_lines(body: bytes) -> list[Item]:
    """Split a body of one event per line; blank lines are skipped.

    Raises:
        InvalidEvent: `empty_body`, `too_many_events`.
    """
    if body.count(b"\n") > 2 * MOST_EVENTS:
        raise _too_many()
    lines = enumerate(body.split(b"\n"), 1)
    return _checked([Item(data.strip(), line=n) for n, data in lines if data.strip()])


def split_json(body: bytes) -> list[Item]:
    """Split a JSON array into its events, or take one event as it is.

    Raises:
        InvalidEvent: `empty_body`, `invalid_json`, `too_many_events`.
    """
    if not body.lstrip().startswith(b"["):
        return _checked([Item(body)] if body.strip() else [])
    try:
        pieces = msgspec.json.decode(body, type=list[msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InvalidEvent("invalid_json", f"not a JSON array: {error}") from error
    except RecursionError as error:
        raise InvalidEvent("invalid_json", "nested too deeply") from error
    return _checked([Item(bytes(piece), index=n) for n, piece in enumerate(pieces)])


def _checked(items: list[Item]) -> list[Item]:
    if not items:
        raise InvalidEvent("empty_body", "there is no event in the body")
    if len(items) > MOST_EVENTS:
        raise _too_many()
    return items


def _too_many() -> InvalidEvent:
    return InvalidEvent("too_many_events", f"send {MOST_EVENTS} events at a time at most")


def _take(desk: Desk, items: Sequence[Item], query: EventsQuery) -> Taken:
    defaults = SourceDefaults(tenant=query.tenant, source=query.source, channel=query.channel)
    read: list[tuple[Item, Event]] = []
    refused: list[tuple[Item, Rejection]] = []
    for item in items:
        try:
            read.append((item, _event(desk, item, defaults)))
        except InvalidEvent as error:
            refused.append((item, rejection(item.name, error, item.data)))
    ids: dict[Admission, list[str]] = {outcome: [] for outcome in Admission}
    admitted = desk.services.door.admit([event for _, event in read])
    for (item, event), (_, outcome) in zip(read, admitted, strict=True):
        if outcome is Admission.REUSED:
            refused.append((item, reused(event)))
        else:
            ids[outcome].append(event.id)
    if refused:
        desk.services.door.refuse([why for _, why in refused], query.tenant)
    new, known = ids[Admission.NEW], ids[Admission.KNOWN]
    desk.figures.count(len(new), len(known), [why.reason for _, why in refused])
    answers = [_refused(item, why) for item, why in refused]
    answers.sort(key=lambda one: one.line or one.index or 0)
    return Taken(accepted=tuple(new), known=tuple(known), rejected=tuple(answers))


def _event(desk: Desk, item: Item, defaults: SourceDefaults) -> Event:
    event = parse_events_line(item.data, line=item.line, defaults=defaults)
    for index, track in enumerate(event.media.tracks if event.media else ()):
        if not desk.services.blobs.holds(track.blob):
            raise InvalidEvent(
                "missing_blob",
                "no such audio is kept; send it to /v1/recordings",
                field=f"$.media.tracks[{index}].blob",
                line=item.line,
            )
    if event.kind is Kind.LINK:
        # Whether its identifiers can be read depends on the company's region.
        normalise_event(event, desk.services.company(event.tenant))
    return event


def _refused(item: Item, why: Rejection) -> Refused:
    return Refused(
        index=item.index,
        line=item.line,
        id=_id_of(item.data),
        reason=why.reason,
        message=why.message,
        field=why.field,
    )


def _id_of(data: bytes) -> str | None:
    try:
        return decode(data, _Named).id
    except (InvalidEvent, RecursionError):
        return None


OPERATIONS = (
    Operation(
        method="POST",
        path="/v1/events",
        about="Take in one event, an array of events, or one event a line.",
        handle=take_events,
        query=EventsQuery,
        sends=((JSON, Event | list[Event]), (NDJSON, None)),
        gives=Taken,
        status=202,
        problems=(413, 415, 422, 429, 503),
    ),
)
