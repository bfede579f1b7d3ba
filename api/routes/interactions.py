"""One interaction: its document, its utterances, its audio and the shape of its wave."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from msgspec import Meta, structs
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from api.routes.desk import Desk
from api.routes.operation import OfTenant, Operation, json_answer, query_of, reading
from infra.audio import joined, peaks
from infra.blobs import BlobStore
from schemas.base import Contract
from schemas.errors import InvalidEvent
from schemas.events import Media, Track
from schemas.interaction import Interaction
from schemas.utterance import Tagged

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


class PeaksQuery(OfTenant, frozen=True, kw_only=True):
    """How fine, and of which file."""

    buckets: Annotated[int, Meta(ge=1, le=10_000, description="Values per channel.")] = 800
    track: Annotated[
        Annotated[int, Meta(ge=0, le=63)] | None,
        Meta(description="Only the file of this track; left out, every file."),
    ] = None


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
    """Send the audio file of a track, or all tracks; tracks in files of their own are joined."""
    query = query_of(request, TrackQuery)
    media, names = await desk.read(lambda: _blobs(desk, query, request.path_params["id"]))
    path, kind = await run_in_threadpool(_file, desk.services.blobs, media, names)
    # Erased audio must not live on in a browser's cache.
    return FileResponse(path, media_type=kind, headers={"Cache-Control": "no-store"})


async def wave(desk: Desk, request: Request) -> Response:
    """Give the peaks of each channel of each file, in the order of the tracks."""
    query = query_of(request, PeaksQuery)
    _, names = await desk.read(lambda: _blobs(desk, query, request.path_params["id"]))
    # An hour of audio takes seconds to decode: no work for the few readers.
    return json_answer(await run_in_threadpool(_wave, desk.services.blobs, names, query.buckets))


def _blobs(desk: Desk, query: TrackQuery | PeaksQuery, id: str) -> tuple[Media, tuple[str, ...]]:
    media = _media(desk, query.tenant, id)
    tracks = media.tracks if query.track is None else (_track(media, query.track),)
    return media, tuple(dict.fromkeys(track.blob for track in tracks))


def _wave(blobs: BlobStore, names: tuple[str, ...], buckets: int) -> list[list[float]]:
    rows: list[list[float]] = []
    for name in names:
        _held(blobs, name)
        rows += _peaks(blobs, name, buckets)
    return rows


def _file(blobs: BlobStore, media: Media, names: tuple[str, ...]) -> tuple[Path, str]:
    for name in names:
        _held(blobs, name)
    if len(names) > 1:
        return blobs.path(_joined(blobs, names)), "audio/wav"
    path = blobs.path(names[0])
    stated = (media.mediatype or "").partition(";")[0].strip().lower()
    return path, stated if _PLAYABLE.fullmatch(stated) else _sniffed(path)


def _media(desk: Desk, tenant: str, id: str) -> Media:
    found = desk.services.lookup().views.interaction(tenant, id)
    if found is None:
        raise HTTPException(404, _UNKNOWN)
    if found.media is None:
        raise HTTPException(404, _NO_AUDIO)
    return found.media


def _track(media: Media, index: int) -> Track:
    if index >= len(media.tracks):
        raise HTTPException(404, _NO_AUDIO)
    return media.tracks[index]


def _held(blobs: BlobStore, name: str) -> Path:
    try:
        return blobs.path(name)
    except InvalidEvent as error:
        raise HTTPException(404, "the audio is no longer kept") from error


@lru_cache(maxsize=256)
def _joined(blobs: BlobStore, names: tuple[str, ...]) -> str:
    return blobs.put(joined([blobs.path(name) for name in names]))


@lru_cache(maxsize=256)
def _peaks(blobs: BlobStore, name: str, buckets: int) -> list[list[float]]:
    return peaks(blobs.path(name), buckets)


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
        problems=(404, 416, 422),
    ),
    Operation(
        method="GET",
        path="/v1/interactions/{id}/peaks",
        about="Draw a call's wave: the loudest sample of each stretch, per channel.",
        handle=wave,
        query=PeaksQuery,
        gives=list[list[float]],
        problems=(404, 422),
    ),
)
