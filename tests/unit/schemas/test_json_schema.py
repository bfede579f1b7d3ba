"""The committed JSON Schemas say what the contracts say."""

from __future__ import annotations

import json
from pathlib import Path

from schemas.events import Event
from schemas.json_schema import render

FOLDER = Path(__file__).parents[3] / "schemas" / "json"


def test_the_committed_schemas_are_those_of_the_contracts() -> None:
    for name, text in render().items():
        assert (FOLDER / name).read_text() == text, f"{name} is stale: write render() over it"


def test_the_event_schema_names_every_field() -> None:
    schema = json.loads(render()["event.schema.json"])
    fields = schema["$defs"]["Event"]["properties"]
    assert set(fields) == set(Event.__struct_fields__)
