"""`POST /v1/recordings`: the audio of a call, in one file or one per side."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import structs
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.routes.body import bounded, media_type
from api.routes.desk import Desk
from api.routes.events import EventsQuery
from api.routes.operation import Operation, json_answer, query_of
from infra.admission import reused
from infra.sources.arrival import Rejection, SourceDefaults
from infra.sources.intake import Found, Intake
from infra.sources.recording import Sidecar, pair_of, recording_event
from infra.store.base import Admission
from processors.normalise.event import interaction_id
from schemas.base import Contract, decode
from schemas.errors import InvalidEvent
from schemas.events import Event

LARGEST_BODY = 512 << 20
LARGEST_METADATA = 1 << 20
MULTIPART = "multipart/form-data"
_OUTSIDE_NAMES = re.compile(r"[^\w.+ -]")


class Upload(Contract, frozen=True, kw_only=True):
    """The form: one or two files of audio and, if wanted, the sidecar's JSON."""

    audio: tuple[bytes, ...]
    metadata: Sidecar | None = None


class RecordingTaken(Contract, frozen=True, kw_only=True, omit_defaults=False):
    """The recording let in, or known already; `blobs` name its audio, one per file."""

    accepted: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    interaction: str
    blobs: tuple[str, ...]


async def take_recording(desk: Desk, request: Request) -> Response:
    """Take a recording in."""
    query = query_of(request, EventsQuery)
    if media_type(request) != MULTIPART:
        raise HTTPException(415, f"send the audio as {MULTIPART}")
    async with (
        desk.admitting(),
        bounded(request, LARGEST_BODY).form(
            max_files=3, max_fields=1, max_part_size=LARGEST_METADATA
        ) as form,
    ):
        uploads, told = _audio(form), await _metadata(form)
        taken = await run_in_threadpool(partial(_take, desk, uploads, told, query))
    return json_answer(taken, 202)


def _audio(form: FormData) -> list[UploadFile]:
    uploads = [part for part in form.getlist("audio") if isinstance(part, UploadFile)]
    if not 1 <= len(uploads) <= 2:
        raise InvalidEvent("missing_field", "send one file of audio, or two", field="audio")
    return uploads


async def _metadata(form: FormData) -> Sidecar:
    given = form.get("metadata")
    if given is None:
        return Sidecar()
    data = await given.read(LARGEST_METADATA) if isinstance(given, UploadFile) else given
    try:
        return decode(data, Sidecar)
    except InvalidEvent as error:
        raise InvalidEvent(
            error.reason, error.detail, field=f"metadata{(error.field or '$')[1:]}"
        ) from error


def _take(
    desk: Desk, uploads: Sequence[UploadFile], told: Sidecar, query: EventsQuery
) -> RecordingTaken:
    services = desk.services
    tenant = told.tenant or query.tenant
    intake = Intake(
        defaults=SourceDefaults(tenant=tenant, source=query.source, channel=query.channel),
        blobs=services.blobs,
        company=services.company(tenant),
        now=services.now(),
    )
    with TemporaryDirectory() as folder:
        group = _in_order([_saved(Path(folder), n, one) for n, one in enumerate(uploads)])
        try:
            event = _event(group, told, intake)
        except InvalidEvent as error:
            _refuse(desk, group[0].refused(error), tenant)
            raise
    return _admit(desk, event, told)


def _event(group: Sequence[Found], told: Sidecar, intake: Intake) -> Event:
    if told.occurred_at is not None:
        return recording_event(group, told, intake)
    # The time of the temporary file means nothing; the time of arrival at least says so.
    arrived = structs.replace(
        told,
        occurred_at=intake.now,
        attributes={**told.attributes, "time_from": "arrival"},
    )
    return recording_event(group, arrived, intake)


def _admit(desk: Desk, event: Event, told: Sidecar) -> RecordingTaken:
    assert event.media is not None
    ((_, outcome),) = desk.services.door.admit([event])
    if outcome is Admission.REUSED:
        # Without a stated id, the id is that of the very audio: only its time of arrival differs.
        if told.id is not None or told.occurred_at is not None:
            refusal = reused(event)
            _refuse(desk, refusal, event.tenant)
            raise InvalidEvent(refusal.reason, refusal.message, field="metadata.id")
        outcome = Admission.KNOWN
    is_new = outcome is Admission.NEW
    desk.figures.count(int(is_new), int(not is_new), ())
    return RecordingTaken(
        accepted=(event.id,) if is_new else (),
        known=() if is_new else (event.id,),
        interaction=interaction_id(event),
        blobs=tuple(dict.fromkeys(track.blob for track in event.media.tracks)),
    )


def _refuse(desk: Desk, refusal: Rejection, tenant: str) -> None:
    desk.services.door.refuse([refusal], tenant)
    desk.figures.count(0, 0, [refusal.reason])


def _saved(folder: Path, number: int, upload: UploadFile) -> Found:
    """Write an upload to a file of a folder of its own, under a name that is safe."""
    given = (upload.filename or "").replace("\\", "/").rpartition("/")[2]
    name = _OUTSIDE_NAMES.sub("_", given)[-100:].lstrip(".") or "recording"
    place = folder / str(number) / name
    place.parent.mkdir()
    with place.open("wb") as file:
        shutil.copyfileobj(upload.file, file)
    return Found(path=place, name=name)


def _in_order(files: list[Found]) -> list[Found]:
    """Put the agent's or left side first where the names tell; else as they were sent."""
    if len(files) == 2:
        pair = pair_of(files[0], {files[1].base: files[1]})
        if pair is not None:
            return list(pair)
    return files


OPERATIONS = (
    Operation(
        method="POST",
        path="/v1/recordings",
        about="Take in a call's audio; two files are its two sides.",
        handle=take_recording,
        query=EventsQuery,
        sends=((MULTIPART, Upload),),
        gives=RecordingTaken,
        status=202,
        problems=(413, 415, 422, 429, 503),
    ),
)
