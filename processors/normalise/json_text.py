"""Read JSON from outside: whatever is wrong with it becomes an `InvalidEvent`."""

from __future__ import annotations

import codecs
from typing import Any

import msgspec

from schemas.errors import InvalidEvent

JsonObject = dict[str, Any]


def read_json(data: bytes) -> Any:  # JSON has no narrower type
    """Decode one JSON value; a byte order mark is skipped.

    Raises:
        InvalidEvent: `invalid_json`, also for nesting so deep that nothing could read it.
    """
    try:
        return msgspec.json.decode(data.removeprefix(codecs.BOM_UTF8))
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InvalidEvent("invalid_json", f"not valid JSON: {error}") from error
    except RecursionError as error:
        raise InvalidEvent("invalid_json", "not usable JSON: nested too deeply") from error


def read_fields(data: bytes) -> dict[str, msgspec.Raw]:
    """Split a JSON object into its fields without decoding their values.

    Raises:
        InvalidEvent: `invalid_json` where the text is not one JSON object.
    """
    try:
        fields = msgspec.json.decode(
            data.removeprefix(codecs.BOM_UTF8), type=dict[str, msgspec.Raw]
        )
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InvalidEvent("invalid_json", f"not a JSON object: {error}") from error
    except RecursionError as error:
        raise InvalidEvent("invalid_json", "not usable JSON: nested too deeply") from error
    return {name: value.copy() for name, value in fields.items()}
