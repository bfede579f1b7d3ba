"""Read a vCon leniently: old field names are understood, wrong types and indices are refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from processors.normalise.json_text import JsonObject
from processors.normalise.vcon_fields import (
    index_of,
    indices_at,
    is_index,
    number_at,
    object_at,
    objects_at,
    text_at,
    time_at,
)
from processors.normalise.vcon_form import decode_base64url, open_vcon
from schemas.errors import InvalidEvent
from schemas.events import Party, Role

_ROLES = {
    **{role.value: role for role in Role},
    "sme": Role.AGENT,
    "caller": Role.CUSTOMER,
    "contact": Role.CUSTOMER,
    "third_party": Role.THIRDPARTY,
}


@dataclass(frozen=True)
class Dialog:
    """One dialog. `parties` lists who takes part; `channels` has an entry per audio channel.

    An entry of `channels` lists the parties heard there: none for an unused channel, several
    where they share it. It is empty where the vCon gives a plain list, which names takers part
    and, when there are as many channels as parties, also the channels.
    """

    index: int
    type: str
    start: datetime | None
    duration_s: float | None
    parties: tuple[int, ...]
    channels: tuple[tuple[int, ...], ...]
    originator: int | None
    mediatype: str | None
    filename: str | None
    url: str | None
    hashes: tuple[str, ...]
    message_id: str | None
    content: str | bytes | None
    raw: JsonObject

    @property
    def media_name(self) -> str | None:
        """Give the file name of the audio, without the host that an address would name."""
        if self.filename:
            return self.filename.replace("\\", "/").rpartition("/")[2]
        if not self.url:
            return None
        return self.url.partition("?")[0].partition("#")[0].rpartition("/")[2] or None


@dataclass(frozen=True)
class VconDocument:
    """A vCon that has passed every check. `parties` are as stated, not yet canonical."""

    uuid: str | None
    subject: str | None
    created_at: datetime | None
    updated_at: datetime | None
    signed: bool
    parties: tuple[Party, ...]
    dialogs: tuple[Dialog, ...]
    analyses: tuple[JsonObject, ...]
    attachments: tuple[JsonObject, ...]


def read_vcon(data: bytes) -> VconDocument:
    """Read a vCon of version 0.0.1 to 0.4.0, plain or signed, gzipped or not.

    Raises:
        InvalidEvent: `invalid_json`, `not_vcon`, `encrypted_vcon`, `unsupported_critical`, or
            `invalid_vcon` with the path of the field.
    """
    document, signed = open_vcon(data)
    parties = tuple(
        _party(party, f"$.parties[{index}]")
        for index, party in enumerate(objects_at(document, "parties"))
    )
    dialogs = objects_at(document, "dialog")
    analyses = objects_at(document, "analysis")
    attachments = objects_at(document, "attachments")
    for name, items in (("analysis", analyses), ("attachments", attachments)):
        for index, item in enumerate(items):
            indices_at(item, f"$.{name}[{index}]", "dialog", len(dialogs))
            text_at(item, f"$.{name}[{index}]", "type", "purpose")
            text_at(item, f"$.{name}[{index}]", "vendor")
            text_at(item, f"$.{name}[{index}]", "filename")
            time_at(item, f"$.{name}[{index}]", "start")
    for index, item in enumerate(attachments):
        indices_at(item, f"$.attachments[{index}]", "party", len(parties))
    return VconDocument(
        uuid=text_at(document, "$", "uuid"),
        subject=text_at(document, "$", "subject"),
        created_at=time_at(document, "$", "created_at"),
        updated_at=time_at(document, "$", "updated_at"),
        signed=signed,
        parties=parties,
        # An empty object is what redaction leaves so that indices stay right.
        dialogs=tuple(
            _dialog(item, index, len(parties)) for index, item in enumerate(dialogs) if item
        ),
        analyses=tuple(analyses),
        attachments=tuple(attachments),
    )


def check_vcon(data: bytes) -> None:
    """Check that a vCon can be read.

    Raises:
        InvalidEvent: as `read_vcon`.
    """
    read_vcon(data)


def _party(party: JsonObject, path: str) -> Party:
    meta = object_at(party, "meta")
    role = text_at(party, path, "role") or text_at(meta, f"{path}.meta", "role") or ""
    stated = [
        ("phone", text_at(party, path, "tel")),
        ("email", text_at(party, path, "mailto")),
        ("email", text_at(party, path, "email")),
        ("handle", _sip(text_at(party, path, "sip"))),
        ("did", _without("did:", text_at(party, path, "did"))),
    ]
    return Party(
        role=_ROLES.get(role.lower(), _role_by_type(text_at(party, path, "type"))),
        name=text_at(party, path, "name"),
        identifiers=tuple(_identifier(kind, value) for kind, value in stated if value),
    )


def _role_by_type(kind: str | None) -> Role:
    return Role.BOT if kind == "bot" else Role.UNKNOWN


def _sip(value: str | None) -> str | None:
    address = _without("sips:", _without("sip:", value))
    return f"sip:{address}" if address else None


def _without(scheme: str, value: str | None) -> str | None:
    return value.removeprefix(scheme) if value else None


def _identifier(kind: str, value: str) -> str:
    scheme, _, rest = value.partition(":")
    return f"{kind}:{rest if scheme.lower() in ('tel', 'mailto') and rest else value}"


def _dialog(item: JsonObject, index: int, known: int) -> Dialog:
    path = f"$.dialog[{index}]"
    dialog_type = text_at(item, path, "type")
    if dialog_type is None:
        raise InvalidEvent("invalid_vcon", "a dialog needs a type", field=f"{path}.type")
    channels = tuple(_channels(item.get("parties"), f"{path}.parties", known))
    nested = isinstance(item.get("parties"), list) and not all(map(is_index, item["parties"]))
    originator = item.get("originator")
    for name in ("transferee", "transferor", "transfer_target", "transfer-target"):
        indices_at(item, path, name, known)
    return Dialog(
        index=index,
        type=dialog_type,
        start=time_at(item, path, "start"),
        duration_s=number_at(item, path, "duration"),
        parties=tuple(dict.fromkeys(party for heard in channels for party in heard)),
        channels=channels if nested else (),
        originator=(
            None if originator is None else index_of(originator, f"{path}.originator", known)
        ),
        mediatype=text_at(item, path, "mediatype", "mimetype"),
        filename=text_at(item, path, "filename"),
        url=text_at(item, path, "url"),
        hashes=_hashes(item, path),
        message_id=text_at(item, path, "message_id"),
        content=_content(item, path),
        raw=item,
    )


def _channels(value: object, path: str, known: int) -> Iterator[tuple[int, ...]]:
    if value is None:
        return
    if not isinstance(value, list):
        yield (index_of(value, path, known),)
        return
    for position, entry in enumerate(value):
        where = f"{path}[{position}]"
        if entry is None:
            yield ()
        elif isinstance(entry, list):
            yield tuple(
                index_of(party, f"{where}[{inner}]", known) for inner, party in enumerate(entry)
            )
        else:
            yield (index_of(entry, where, known),)


def _hashes(item: JsonObject, path: str) -> tuple[str, ...]:
    stated: Any = item.get("content_hash")
    if stated is None:
        # 0.0.1 had the name of the hash and its value apart.
        algorithm, value = text_at(item, path, "alg"), text_at(item, path, "signature")
        return (f"{algorithm.lower().replace('-', '')}-{value}",) if algorithm and value else ()
    listed = stated if isinstance(stated, list) else [stated]
    if not all(isinstance(text, str) for text in listed):
        raise InvalidEvent("invalid_vcon", "expected text", field=f"{path}.content_hash")
    return tuple(listed)


def _content(item: JsonObject, path: str) -> str | bytes | None:
    body = item.get("body")
    if body is None:
        return None
    if isinstance(body, str):
        if item.get("encoding") == "base64url":
            return decode_base64url(body, field=f"{path}.body")
        return body.encode("utf-8", "replace").decode("utf-8")
    if item.get("type") == "recording":
        raise InvalidEvent("invalid_vcon", "expected text", field=f"{path}.body")
    # Chat exports in the wild put {"text": ...} or similar where the words belong.
    words = body.get("text", body.get("body")) if isinstance(body, dict) else None
    return words if isinstance(words, str) else None
