"""Read files and folders of anything: every file becomes a record, a part of one, or a refusal."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from infra.blobs import BlobStore
from infra.sources.arrival import Arrival, Rejection, SourceDefaults, rejection
from infra.sources.event_media import with_blobs
from infra.sources.events_file import Shape, read_events_file, refuse_orphan, shape_of
from infra.sources.intake import Found, Intake
from infra.sources.json_value import document_payload
from infra.sources.mailbox import split_mailbox
from infra.sources.recording import (
    Sidecar,
    pair_of,
    read_sidecar,
    recording_event,
    sidecar_names,
)
from infra.sources.sms_file import sms_event
from infra.sources.sniff import Format, describe, sniff
from infra.sources.vcon_file import AudioClaims, vcon_arrival
from processors.normalise.email import check_email
from processors.normalise.result import Company
from schemas.base import encode
from schemas.errors import InvalidEvent
from schemas.events import Format as PayloadFormat

__all__ = ["Arrival", "Outcome", "Rejection", "SourceDefaults", "read_paths"]

Outcome = Arrival | Rejection


def read_paths(
    paths: Iterable[Path],
    *,
    defaults: SourceDefaults,
    blobs: BlobStore,
    company: Company,
    now: datetime,
) -> Iterator[Outcome]:
    """Read files and folders, folder by folder in sorted order.

    Every regular file is counted once: as a record, as a part of one, or as a refusal; lines of an
    events file and mails of a mailbox count each. Ids come from content and the path below what
    was asked for, so that reading the same again gives the same ids. `now` is aware UTC.
    """
    intake = Intake(defaults, blobs, company, now)
    seen: set[Path] = set()
    for folder in _folders(paths, seen):
        if isinstance(folder, Rejection):
            yield folder
        else:
            yield from _Folder(folder, intake).outcomes()


def _folders(paths: Iterable[Path], seen: set[Path]) -> Iterator[list[Found] | Rejection]:
    """List files folder by folder, each file once however often it was asked for."""
    single: dict[Path, list[Found]] = {}
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            yield from _walk(path, seen)
            continue
        refusal = _refusal(path, path.name)
        if refusal is not None:
            yield refusal
        elif path.resolve() not in seen:
            seen.add(path.resolve())
            single.setdefault(path.parent, []).append(Found(path, path.name))
    # Files that were named one by one may still belong together.
    yield from (sorted(files, key=lambda found: found.name) for files in single.values())


def _walk(root: Path, seen: set[Path]) -> Iterator[list[Found] | Rejection]:
    closed: list[OSError] = []
    for folder, inner, names in os.walk(root, onerror=closed.append):
        inner.sort()
        found = []
        for path in (Path(folder) / name for name in sorted((*names, *inner))):
            below = path.relative_to(root).as_posix()
            refusal = None if path.is_dir() and not path.is_symlink() else _refusal(path, below)
            if refusal is not None:
                yield refusal
            elif path.is_file() and path.resolve() not in seen:
                seen.add(path.resolve())
                found.append(Found(path, below))
        if found:
            yield found
    for error in closed:
        below = Path(error.filename).relative_to(root).as_posix()
        yield Rejection(below, "unreadable", f"the folder cannot be read: {error.strerror}")


def _refusal(path: Path, name: str) -> Rejection | None:
    if path.is_symlink():
        return Rejection(name, "not_a_file", "a link is not followed")
    if not path.exists():
        return Rejection(name, "unreadable", "there is no such file or folder")
    if not path.is_file():
        return Rejection(name, "not_a_file", "a device or pipe is not read")
    return None


@dataclass
class _Folder:
    """The files of one folder; what belongs together is told before anything is read in."""

    files: list[Found]
    intake: Intake
    formats: dict[Format, dict[str, Found]] = field(default_factory=dict)
    shapes: dict[str, Shape] = field(default_factory=dict)
    sidecars: dict[str, Found] = field(default_factory=dict)
    refused: list[tuple[Found, InvalidEvent]] = field(default_factory=list)
    claims: AudioClaims = field(default_factory=AudioClaims)
    used_sidecars: set[str] = field(default_factory=set)

    def outcomes(self) -> Iterator[Outcome]:
        """Read every file: first those that may claim audio, then the audio nobody claimed."""
        self._sort_out()
        yield from (found.refused(error) for found, error in self.refused)
        yield from self._vcons()
        for found in self._of(Format.JSON).values():
            yield from self._events(found)
        yield from self._recordings()
        for found in self.sidecars.values():
            if found.name not in self.used_sidecars:
                yield refuse_orphan(found)
        for found in self._of(Format.MBOX).values():
            yield from _mailbox(found, self.intake)
        for form in (Format.MAIL, Format.SMS):
            for found in self._of(form).values():
                yield self._message(found, form)

    def _sort_out(self) -> None:
        for found in self.files:
            try:
                form = self._format(found)
            except InvalidEvent as error:
                self.refused.append((found, error))
                continue
            if self.shapes.get(found.name) is Shape.SIDECAR:
                self.sidecars[found.base] = found
            else:
                self.formats.setdefault(form, {})[found.base] = found

    def _format(self, found: Found) -> Format:
        if any(part.startswith(".") for part in found.name.split("/")):
            raise InvalidEvent("unknown_format", "a hidden file is not read")
        head = found.head()
        if not head:
            raise InvalidEvent("empty_file", "the file has no content")
        form = sniff(found.base, head)
        if form is Format.UNKNOWN:
            raise InvalidEvent("unknown_format", f"looks like {describe(found.base, head)}")
        if form is not Format.JSON:
            return form
        self.shapes[found.name] = shape = shape_of(found)
        return Format.VCON if shape is Shape.VCON else form

    def _of(self, form: Format) -> dict[str, Found]:
        return self.formats.get(form, {})

    def _vcons(self) -> Iterator[Outcome]:
        audio = self._of(Format.AUDIO)
        for found in self._of(Format.VCON).values():
            try:
                yield vcon_arrival(found, audio, self.intake, self.claims)
            except InvalidEvent as error:
                yield found.refused(error)

    def _events(self, found: Found) -> Iterator[Outcome]:
        audio = self._of(Format.AUDIO)
        for outcome in read_events_file(found, self.shapes[found.name], self.intake):
            if isinstance(outcome, Rejection):
                yield outcome
                continue
            try:
                yield with_blobs(outcome, audio, self.intake, self.claims)
            except InvalidEvent as error:
                yield rejection(outcome.name, error, encode(outcome.record))

    def _recordings(self) -> Iterator[Outcome]:
        audio = self._of(Format.AUDIO)
        paired: set[str] = set()
        for found in audio.values():
            refusal = self.claims.refusal(found.name)
            if refusal is not None:
                yield found.refused(refusal)
            elif found.name not in self.claims.used and found.name not in paired:
                group = pair_of(found, audio) or (found,)
                paired.update(part.name for part in group)
                yield from self._recording(group)

    def _recording(self, group: Sequence[Found]) -> Iterator[Outcome]:
        beside = self._sidecar(group)
        own = beside is not None and beside.name not in self.used_sidecars
        if beside is not None and own:
            self.used_sidecars.add(beside.name)
        parts = [*group, beside] if beside is not None and own else [*group]
        try:
            told: Sidecar | None = None if beside is None else read_sidecar(beside)
        except InvalidEvent as error:
            yield from (_because(part, error, "invalid_sidecar", beside) for part in parts)
            return
        try:
            event = recording_event(group, told, self.intake)
        except InvalidEvent as error:
            yield from (part.refused(error) for part in parts)
            return
        yield Arrival(group[0].name, event, tuple(part.name for part in parts[1:]))

    def _sidecar(self, group: Sequence[Found]) -> Found | None:
        names = sidecar_names(group)
        return next((self.sidecars[name] for name in names if name in self.sidecars), None)

    def _message(self, found: Found, form: Format) -> Outcome:
        try:
            if form is Format.MAIL:
                # A Maildir file changes its name when the mail is read; it stays the same mail.
                return _mail(found.name.partition(":2,")[0], found.data(), self.intake)
            thread = self._of(Format.SMS).values()
            return Arrival(found.name, sms_event(found, thread, self.intake))
        except InvalidEvent as error:
            return found.refused(error)


def _because(part: Found, error: InvalidEvent, reason: str, beside: Found | None) -> Rejection:
    """Refuse a sidecar for its own error, and its recording for having such a sidecar."""
    if part is beside:
        return part.refused(error)
    return part.refused(InvalidEvent(reason, f"its sidecar is wrong: {error.detail}"))


def _mailbox(found: Found, intake: Intake) -> Iterator[Outcome]:
    folder = found.name.removesuffix(found.base)
    empty = True
    try:
        for name, data in split_mailbox(found.path):
            empty = False
            yield _mail(f"{folder}{name}", data, intake)
    except OSError as error:
        yield found.refused(InvalidEvent("unreadable", f"cannot be read: {error.strerror}"))
        return
    if empty:
        yield found.refused(InvalidEvent("empty_file", "the mailbox has no mail in it"))


def _mail(name: str, data: bytes, intake: Intake) -> Outcome:
    try:
        check_email(data)
    except InvalidEvent as error:
        return rejection(name, error, data)
    return Arrival(name, document_payload(PayloadFormat.EMAIL, name, data, intake))
