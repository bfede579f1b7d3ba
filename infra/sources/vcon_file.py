"""Take in a vCon file together with the audio that it carries or that lies beside it."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import new as new_hash

from infra.audio import probe
from infra.sources.arrival import Arrival
from infra.sources.intake import Found, Intake, Siblings
from infra.sources.recording import Probed, keep_audio
from processors.normalise.vcon_reader import Dialog, read_vcon
from schemas.errors import InvalidEvent, Unavailable
from schemas.events import Format, Payload
from schemas.ids import content_hash, derive

# The hashes the draft and its forerunners name; others cannot be checked.
_HASHES = frozenset({"sha512", "sha384", "sha256"})
_CHUNK = 1 << 20


@dataclass
class AudioClaims:
    """Which audio files of a folder belong to vCons, and which only claim to.

    Collected over all vCons of the folder before any recording is taken for a lone one.
    """

    used: set[str] = field(default_factory=set)
    mismatched: set[str] = field(default_factory=set)
    broken: dict[str, InvalidEvent] = field(default_factory=dict)

    def use(self, found: Found) -> list[str]:
        """Note that a file belongs to a vCon; gives its name the first time, nothing later."""
        if found.name in self.used:
            return []
        self.used.add(found.name)
        return [found.name]

    def refusal(self, name: str) -> InvalidEvent | None:
        """Tell why an audio file that some vCon names is refused."""
        if name in self.used:
            return None
        if name in self.mismatched:
            return InvalidEvent(
                "hash_mismatch", "the audio is not the one whose hash its vCon states"
            )
        return self.broken.get(name)


def vcon_arrival(found: Found, audio: Siblings, intake: Intake, claims: AudioClaims) -> Arrival:
    """Take in a vCon; audio files that no earlier vCon has accounted for become its parts.

    Raises:
        InvalidEvent: the reasons of `read_vcon`; those of the audio for audio inside the vCon;
            `hash_mismatch` where that is not what the vCon's own hash says; `unreadable`.
    """
    data = found.data()
    kept: dict[str, Probed] = {}
    parts: list[str] = []
    dialogs = [dialog for dialog in read_vcon(data).dialogs if dialog.type == "recording"]
    for dialog in dialogs:
        if dialog.content is not None:
            kept[str(dialog.index)] = _inline(dialog, intake)
            copy = audio.get(dialog.media_name or "")
            if copy is not None and _is_copy(copy, dialog.content):
                parts.extend(claims.use(copy))
            continue
        beside = _beside(dialog, found, audio, alone=len(dialogs) == 1)
        probed = None if beside is None else _claimed(dialog, beside, intake, claims)
        if beside is not None and probed is not None:
            kept[str(dialog.index)] = probed
            parts.extend(claims.use(beside))
    return Arrival(
        found.name,
        Payload(
            payload=Format.VCON,
            id=derive("payload", found.name, content_hash(data)),
            tenant=intake.defaults.tenant,
            source=intake.defaults.source,
            name=found.name,
            data=data,
            media={index: probed.blob for index, probed in kept.items()},
            media_channels={index: probed.channels for index, probed in kept.items()},
        ),
        parts=tuple(parts),
    )


def _inline(dialog: Dialog, intake: Intake) -> Probed:
    content = dialog.content if isinstance(dialog.content, bytes) else b""
    where = f"$.dialog[{dialog.index}].body"
    if not content:
        raise InvalidEvent("invalid_vcon", "expected audio as base64url", field=where)
    if not _matches(dialog, [content]):
        raise InvalidEvent("hash_mismatch", "the audio is not what its hash says", field=where)
    try:
        info = probe(content)
    except InvalidEvent as error:
        raise InvalidEvent(error.reason, error.detail, field=where) from error
    return Probed(
        blob=intake.blobs.put(content), channels=info.channels, duration_s=info.duration_s
    )


def _is_copy(found: Found, content: str | bytes) -> bool:
    try:
        return found.path.stat().st_size == len(content) and found.data() == content
    except (OSError, InvalidEvent):
        return False


def _beside(dialog: Dialog, vcon: Found, audio: Siblings, *, alone: bool) -> Found | None:
    """Find a dialog's audio in the folder: by the name it states, else by the vCon's own."""
    named = audio.get(dialog.media_name or "")
    if named is not None:
        return named
    stem = vcon.base.removesuffix(".json").removesuffix(".vcon")
    stated = (dialog.media_name or "").rpartition(".")[0]
    for found in audio.values():
        if found.path.stem == stated or (alone and found.path.stem == stem):
            return found
    return None


def _claimed(dialog: Dialog, found: Found, intake: Intake, claims: AudioClaims) -> Probed | None:
    try:
        with found.path.open("rb") as file:
            same = _matches(dialog, iter(lambda: file.read(_CHUNK), b""))
    except OSError as error:
        claims.broken[found.name] = InvalidEvent("unreadable", f"cannot be read: {error.strerror}")
        return None
    if not same:
        claims.mismatched.add(found.name)
        return None
    try:
        return keep_audio(found, intake)
    except InvalidEvent as error:
        claims.broken[found.name] = error
        return None
    except Unavailable as error:
        claims.broken[found.name] = InvalidEvent("unreadable", str(error))
        return None


def _matches(dialog: Dialog, chunks: Iterable[bytes]) -> bool:
    """Compare content with the hashes stated for it; where none can be checked, it matches."""
    stated = {
        name.lower(): value.rstrip("=")
        for name, _, value in (text.partition("-") for text in dialog.hashes)
        if name.lower() in _HASHES
    }
    if not stated:
        return True
    states = {name: new_hash(name) for name in stated}
    for chunk in chunks:
        for state in states.values():
            state.update(chunk)
    return any(
        base64.urlsafe_b64encode(states[name].digest()).decode().rstrip("=")
        == value.replace("+", "-").replace("/", "_")
        for name, value in stated.items()
    )
