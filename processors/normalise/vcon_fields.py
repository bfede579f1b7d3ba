"""Read single fields of a vCon object, naming the path of whatever has the wrong type."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeGuard

from processors.normalise.event_line import YEARS
from processors.normalise.json_text import JsonObject
from schemas.errors import InvalidEvent


def is_index(value: object) -> TypeGuard[int]:
    """Tell whether a JSON value is a whole number; true and false are not."""
    return isinstance(value, int) and not isinstance(value, bool)


def text_at(holder: JsonObject, path: str, *names: str) -> str | None:
    """Read text under the first of `names` that is filled; a number is taken as its digits.

    Raises:
        InvalidEvent: `invalid_vcon` where something else stands there.
    """
    for name in names:
        value = holder.get(name)
        if value is None or value == "":
            continue
        if is_index(value):
            return str(value)
        if not isinstance(value, str):
            raise InvalidEvent("invalid_vcon", "expected text", field=f"{path}.{name}")
        # A lone surrogate cannot be stored anywhere.
        return value.encode("utf-8", "replace").decode("utf-8").strip() or None
    return None


def number_at(holder: JsonObject, path: str, name: str) -> float | None:
    """Read a number of seconds, 0 or more.

    Raises:
        InvalidEvent: `invalid_vcon` where something else stands there.
    """
    value = holder.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
        raise InvalidEvent("invalid_vcon", "expected seconds", field=f"{path}.{name}")
    return float(value)


def objects_at(document: JsonObject, name: str) -> list[JsonObject]:
    """Read a list of objects; missing and null are empty, and so is a null inside the list.

    Raises:
        InvalidEvent: `invalid_vcon` at the list or at the item of the wrong type.
    """
    items = document.get(name)
    if items is None:
        return []
    if not isinstance(items, list):
        raise InvalidEvent("invalid_vcon", "expected a list", field=f"$.{name}")
    for index, item in enumerate(items):
        if item is not None and not isinstance(item, dict):
            raise InvalidEvent("invalid_vcon", "expected an object", field=f"$.{name}[{index}]")
    return [item or {} for item in items]


def object_at(holder: JsonObject, name: str) -> JsonObject:
    """Read an object that carries extras, such as `meta`; anything else counts as empty."""
    value = holder.get(name)
    return value if isinstance(value, dict) else {}


def time_at(holder: JsonObject, path: str, name: str) -> datetime | None:
    """Read an RFC 3339 time; one without offset, seen in the wild, is taken as UTC.

    Raises:
        InvalidEvent: `invalid_vcon` where it is no time, or not of 1970 to 2199.
    """
    text = text_at(holder, path, name)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidEvent("invalid_vcon", "expected a time", field=f"{path}.{name}") from error
    if moment.year not in YEARS:
        raise InvalidEvent("invalid_vcon", "the year makes no sense", field=f"{path}.{name}")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def indices_at(holder: JsonObject, path: str, name: str, known: int) -> tuple[int, ...]:
    """Read one index or a list of them, all below `known`.

    Raises:
        InvalidEvent: `invalid_vcon` at the index that points nowhere.
    """
    value = holder.get(name)
    if value is None:
        return ()
    single = not isinstance(value, list)
    items = [value] if single else value
    return tuple(
        index_of(item, f"{path}.{name}" if single else f"{path}.{name}[{position}]", known)
        for position, item in enumerate(items)
    )


def index_of(value: object, path: str, known: int) -> int:
    """Check one index.

    Raises:
        InvalidEvent: `invalid_vcon` where it is no whole number below `known`.
    """
    if not is_index(value):
        raise InvalidEvent("invalid_vcon", "expected an index", field=path)
    if not 0 <= value < known:
        raise InvalidEvent("invalid_vcon", f"there is no number {value} of {known}", field=path)
    return value
