from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from processors.query import parse, to_text
from processors.query.ast import Everything
from processors.query.lexer import LONGEST_QUERY
from processors.query.parse import DEEPEST, LATER, MOST_PARTS, NAMES

NOW = datetime(2026, 11, 22, tzinfo=UTC)
REFERENCE = (Path(__file__).parents[4] / "docs/reference/query-language.md").read_text("utf-8")
EXAMPLES = [
    example
    for row in re.findall(r"^\| (`.*?) \|", REFERENCE, re.MULTILINE)
    for example in re.findall(r"`([^`]+)`", row)
    if not example.endswith(":")
]


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_of_the_reference_parses(example: str) -> None:
    query = parse(example, NOW)
    assert query != Everything() or example == "*"
    assert parse(to_text(query), NOW) == query


@pytest.mark.parametrize("name", [*NAMES, *LATER])
def test_every_field_stands_in_the_reference(name: str) -> None:
    assert f"`{name}:" in REFERENCE


@pytest.mark.parametrize("limit", [LONGEST_QUERY, MOST_PARTS, DEEPEST])
def test_every_limit_stands_in_the_reference(limit: int) -> None:
    assert f"{limit:,} " in REFERENCE.partition("## Limits")[2]
