"""Read JSON files: one event, an array of events, or one JSON value per line."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from enum import StrEnum

from infra.sources.arrival import Arrival, Rejection, rejection
from infra.sources.intake import LARGEST_DOCUMENT, Found, Intake
from infra.sources.json_value import arrivals_of, is_event, split_array, unknown_json, vendor_of
from infra.sources.recording import looks_like_sidecar
from processors.normalise.json_text import read_json
from processors.normalise.vcon_form import looks_like_vcon
from processors.normalise.whatsapp import OBJECT as WHATSAPP
from schemas.errors import InvalidEvent

LONGEST_LINE = 16 * 1024 * 1024


class Shape(StrEnum):
    """How the JSON in a file is laid out, and what for."""

    VALUE = "value"
    ARRAY = "array"
    LINES = "lines"
    VCON = "vcon"
    SIDECAR = "sidecar"


def shape_of(found: Found) -> Shape:
    """Tell how a JSON file is laid out.

    Raises:
        InvalidEvent: `invalid_json`, `unreadable`, `too_large`.
    """
    if found.base.lower().endswith((".jsonl", ".ndjson")):
        return Shape.LINES
    if found.path.stat().st_size > LARGEST_DOCUMENT:
        return Shape.LINES
    data = found.data()
    try:
        document = read_json(data)
    except InvalidEvent:
        first = _first_of_lines(data)
        if first is None:
            raise
        if not _is_ours(first):
            raise unknown_json(first) from None
        return Shape.LINES
    if isinstance(document, list):
        return Shape.ARRAY if any(map(_is_ours, document)) else Shape.VALUE
    if is_event(document) or vendor_of(document) is not None:
        return Shape.VALUE
    if looks_like_sidecar(document) and not {"vcon", "dialog"} & set(document):
        return Shape.SIDECAR
    return Shape.VCON if looks_like_vcon(document) else Shape.VALUE


def read_events_file(found: Found, shape: Shape, intake: Intake) -> Iterator[Arrival | Rejection]:
    """Read a JSON file; each line or item is an input of its own, and a bad one harms no other."""
    if shape is Shape.LINES:
        yield from _lines(found, intake)
        return
    try:
        data = found.data()
        if shape is not Shape.ARRAY:
            yield from arrivals_of(found.name, data, intake)
            return
        items = split_array(data.removeprefix(codecs.BOM_UTF8))
    except InvalidEvent as error:
        yield found.refused(error)
        return
    for index, item in enumerate(items):
        name = f"{found.name}[{index}]"
        try:
            yield from arrivals_of(name, item, intake)
        except InvalidEvent as error:
            yield rejection(name, error, item)


def _lines(found: Found, intake: Intake) -> Iterator[Arrival | Rejection]:
    seen = False
    try:
        with found.path.open("rb") as file:
            number = 0
            while line := file.readline(LONGEST_LINE + 1):
                number += 1
                if not line.removeprefix(codecs.BOM_UTF8).strip():
                    continue
                seen = True
                yield from _line(f"{found.name}:{number}", line, number, intake)
                while len(line) > LONGEST_LINE and not line.endswith(b"\n"):
                    line = file.readline(LONGEST_LINE + 1)
    except OSError as error:
        yield found.refused(InvalidEvent("unreadable", f"cannot be read: {error.strerror}"))
        return
    if not seen:
        yield found.refused(InvalidEvent("empty_file", "the file has only blank lines"))


def _line(name: str, line: bytes, number: int, intake: Intake) -> Iterator[Arrival | Rejection]:
    try:
        if len(line) > LONGEST_LINE:
            raise InvalidEvent("too_large", f"the line is over {LONGEST_LINE >> 20} MiB")
        yield from arrivals_of(name, line.strip(), intake, line=number)
    except InvalidEvent as error:
        placed = InvalidEvent(error.reason, error.detail, field=error.field, line=number)
        yield rejection(name, placed, line)


def _is_ours(document: object) -> bool:
    if is_event(document) or looks_like_vcon(document):
        return True
    return isinstance(document, dict) and document.get("object") == WHATSAPP


def _first_of_lines(data: bytes) -> object:
    """Read the first line where it is a JSON object and more lines follow, else give None."""
    first, _, rest = data.removeprefix(codecs.BOM_UTF8).lstrip().partition(b"\n")
    try:
        document = read_json(first) if rest.strip() else None
    except InvalidEvent:
        return None
    return document if isinstance(document, dict) else None


def refuse_orphan(found: Found) -> Rejection:
    """Refuse a sidecar whose recording is not beside it."""
    return found.refused(
        InvalidEvent("orphan_sidecar", "it describes a recording that is not beside it")
    )
