"""The index templates, the documents and the documentation say the same."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from infra.search.elastic_document import Document
from infra.search.elastic_setup import SCHEMA_VERSION, TEMPLATES
from processors.analysis import ANALYSER_VERSION
from schemas.base import decode

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "docs/reference/indices.md").read_text("utf-8")


def template(name: str) -> dict[str, Any]:
    return decode((ROOT / "schemas/json" / TEMPLATES[name][0]).read_bytes(), dict[str, Any])


def mappings(name: str) -> dict[str, Any]:
    found: dict[str, Any] = template(name)["template"]["mappings"]
    return found


def test_every_field_of_a_document_is_mapped_and_no_other() -> None:
    assert set(mappings("utt")["properties"]) == set(Document.__struct_fields__)


def test_the_reference_names_every_field_with_its_type() -> None:
    table = PAGE.partition("## Fields")[2].partition("## ")[0]
    told = dict(re.findall(r"^\| `(\w+)` \| (\w+) \|", table, re.MULTILINE))
    assert told == {name: field["type"] for name, field in mappings("utt")["properties"].items()}


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_is_strict_and_stands_in_the_reference(name: str) -> None:
    assert mappings(name)["dynamic"] == "strict"
    assert f"`schemas/json/{TEMPLATES[name][0]}`" in PAGE
    assert f"`threadline-{name}`" in PAGE


def test_a_new_analyser_or_field_makes_a_new_template() -> None:
    assert mappings("utt")["_meta"] == {"schema": SCHEMA_VERSION, "analyser": ANALYSER_VERSION}
    assert template("utt")["version"] == SCHEMA_VERSION * 100 + ANALYSER_VERSION
    assert template("homes")["version"] == mappings("homes")["_meta"]["schema"] == SCHEMA_VERSION
