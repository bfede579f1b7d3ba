"""Generate the JSON Schemas of what other systems send us; the committed copies must equal them."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from schemas.events import Event

_PUBLISHED: tuple[tuple[str, type], ...] = (("event.schema.json", Event),)


def render() -> dict[str, str]:
    """Give the text of every schema file by its name under `schemas/json/`.

    Fields beyond those named are allowed: they are kept in `extra`.
    """
    return {name: _text(contract) for name, contract in _PUBLISHED}


def _text(contract: type) -> str:
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **msgspec.json.schema(contract),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
