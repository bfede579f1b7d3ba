"""One interaction: its document, its utterances, its audio and the shape of its wave."""

from __future__ import annotations

import logging
import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated, NamedTuple

from msgspec import Meta, structs
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from api.auth import may_hear_all
from api.routes.desk import Desk
from api.routes.operation import OfTenant, Operation, json_answer, query_of, reading
from api.services import Services
from infra.audio import joined, peaks
from infra.blobs import BlobStore
from infra.store.base import Views
from processors.muting import hearing
from schemas.base import Contract
from schemas.errors import InvalidEvent
from schemas.events import Media, Track
from schemas.interaction import Interaction
from schemas.utterance import Tagged

log = logging.getLogger(__name__)

_UNKNOWN = "there is no such interaction"
_NO_AUDIO = "this interaction has no such audio"
_PLAYABLE = re.compile(r"(?:audio|video)/[\w.+-]{1,60}", re.ASCII)
_STARTS = (
    (b"RIFF", "audio/wav"),
    (b"RF64", "audio/wav"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\xff\xf2", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
    (b"#!AMR", "audio/amr"),
    (b"\x1a\x45\xdf\xa3", "audio/webm"),
)


class InteractionAnswer(Contract, frozen=True, kw_only=True, omit_defaults=False):
    """An interaction with what was said in it; search vectors are left out."""

    interaction: Interaction
    utterances: list[Tagged]


class TrackQuery(OfTenant, frozen=True, kw_only=True):
    """Which track of the recording."""

    track: Annotated[
        Annotated[int, Meta(ge=0, le=63)] | None,
        Meta(description="Only the file of this track; left out, all of them together."),
    ] = None
    unredacted: Annotated[
        bool, Meta(description="As it was recorded, for holders of the token for that.")
    ] = False


class PeaksQuery(OfTenant, frozen=True, kw_only=True):
    """How fine, and of which file."""

    buckets: Annotated[int, Meta(ge=1, le=10_000, description="Values per channel.")] = 800
    track: Annotated[
        Annotated[int, Meta(ge=0, le=63)] | None,
        Meta(description="Only the file of this track; left out, every file."),
    ] = None
    unredacted: Annotated[
        bool, Meta(description="As it was recorded, for holders of the token for that.")
    ] = False


def interaction(desk: Desk, query: OfTenant, path: dict[str, str]) -> InteractionAnswer | None:
    """Read an interaction with its utterances."""
    views = desk.services.lookup().views
    found = views.interaction(query.tenant, path["id"])
    if found is None:
        return None
    utterances = [
        structs.replace(one, insights=structs.replace(one.insights, vector=b""))
        for one in views.utterances(query.tenant, found.id)
    ]
    return InteractionAnswer(interaction=found, utterances=utterances)


async def audio(desk: Desk, request: Request) -> Response:
    """Send the audio file of a track, or all tracks; tracks in files of their own are joined.

    What the transcript hides is silent, but for those who may hear all and ask for it.
    """
    query = query_of(request, TrackQuery)
    held = await desk.read(lambda: _held_audio(desk, query, request))
    path, kind = await run_in_threadpool(_file, desk.services, held)
    # Erased audio must not live on in a browser's cache.
    return FileResponse(path, media_type=kind, headers={"Cache-Control": "no-store"})


async def wave(desk: Desk, request: Request) -> Response:
    """Give the peaks of each channel of each file, in the order of the tracks, muted likewise."""
    query = query_of(request, PeaksQuery)
    held = await desk.read(lambda: _held_audio(desk, query, request))
    # An hour of audio takes seconds to decode: no work for the few readers.
    return json_answer(await run_in_threadpool(_wave, desk.services, held, query.buckets))


class HeldAudio(NamedTuple):
    """The files of a recording that are asked for, and what is to be silent in them."""

    media: Media
    names: tuple[str, ...]
    muted: tuple[tuple[float, float], ...]


def _held_audio(desk: Desk, query: TrackQuery | PeaksQuery, request: Request) -> HeldAudio:
    views, id = desk.services.lookup().views, request.path_params["id"]
    media = _media(views, query.tenant, id)
    tracks = media.tracks if query.track is None else (_track(media, query.track),)
    names = tuple(dict.fromkeys(track.blob for track in tracks))
    if query.unredacted:
        if not may_hear_all(request.scope):
            raise HTTPException(403, "hearing what is muted takes the token for it")
        log.info("the original of interaction %s was asked for", id)
        return HeldAudio(media, names, ())
    turns = (tagged.utterance for tagged in views.utterances(query.tenant, id))
    may = hearing(turns, views.account(query.tenant, id))
    if may.withheld:
        raise HTTPException(409 if may.why == "transcribing" else 403, may.withheld)
    return HeldAudio(media, names, may.muted)


def _wave(services: Services, held: HeldAudio, buckets: int) -> list[list[float]]:
    rows: list[list[float]] = []
    for name in held.names:
        rows += _peaks(_audible(services, name, held.muted), buckets)
    return rows


def _file(services: Services, held: HeldAudio) -> tuple[Path, str]:
    for name in held.names:
        _kept(services, name)
    name, joins = held.names[0], len(held.names) > 1
    if joins:
        name = _joined(services.blobs, held.names)
    path = _audible(services, name, held.muted)
    if joins or held.muted:
        return path, "audio/wav"
    stated = (held.media.mediatype or "").partition(";")[0].strip().lower()
    return path, stated if _PLAYABLE.fullmatch(stated) else _sniffed(path)


def _audible(services: Services, name: str, muted: tuple[tuple[float, float], ...]) -> Path:
    """Find the file of a recording as the caller may hear it."""
    path = _kept(services, name)
    return services.muted.path(path, name, muted) if muted else path


def _media(views: Views, tenant: str, id: str) -> Media:
    found = views.interaction(tenant, id)
    if found is None:
        raise HTTPException(404, _UNKNOWN)
    if found.media is None:
        raise HTTPException(404, _NO_AUDIO)
    return found.media


def _track(media: Media, index: int) -> Track:
    if index >= len(media.tracks):
        raise HTTPException(404, _NO_AUDIO)
    return media.tracks[index]


def _kept(services: Services, name: str) -> Path:
    try:
        return services.blobs.path(name)
    except InvalidEvent as error:
        services.muted.forget(name)
        raise HTTPException(404, "the audio is no longer kept") from error


@lru_cache(maxsize=256)
def _joined(blobs: BlobStore, names: tuple[str, ...]) -> str:
    return blobs.put(joined([blobs.path(name) for name in names]))


@lru_cache(maxsize=256)
def _peaks(path: Path, buckets: int) -> list[list[float]]:
    return peaks(path, buckets)


def _sniffed(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(12)
    if head[4:8] == b"ftyp":
        return "audio/mp4"
    return next((kind for start, kind in _STARTS if head.startswith(start)), "audio/basic")


OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/interactions/{id}",
        about="Read an interaction with its utterances and insights.",
        handle=reading(interaction, OfTenant, _UNKNOWN),
        gives=InteractionAnswer,
        problems=(404, 422),
    ),
    Operation(
        method="GET",
        path="/v1/interactions/{id}/audio",
        about="Hear a track of a call; byte ranges are answered.",
        handle=audio,
        query=TrackQuery,
        gives="audio/*",
        problems=(403, 404, 409, 416, 422),
    ),
    Operation(
        method="GET",
        path="/v1/interactions/{id}/peaks",
        about="Draw a call's wave: the loudest sample of each stretch, per channel.",
        handle=wave,
        query=PeaksQuery,
        gives=list[list[float]],
        problems=(403, 404, 409, 422),
    ),
)
