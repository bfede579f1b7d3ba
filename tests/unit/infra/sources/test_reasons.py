"""Every reason for a refusal stands in the reference."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[4]
PLACES = (
    "infra/sources",
    "processors/normalise",
    "infra/audio.py",
    "infra/blobs.py",
    "infra/blobs_s3.py",
)


def reasons_in(source: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            position = {"InvalidEvent": 0, "Rejection": 1}.get(node.func.id, 99)
            if len(node.args) > position and isinstance(node.args[position], ast.Constant):
                found.add(str(ast.literal_eval(node.args[position])))
    return found


def test_the_reference_lists_exactly_the_reasons_that_the_code_gives() -> None:
    given = set()
    for place in PLACES:
        path = ROOT / place
        for file in [path] if path.is_file() else path.rglob("*.py"):
            given |= reasons_in(file.read_text())
    page = (ROOT / "docs" / "reference" / "sources.md").read_text()
    listed = set(re.findall(r"^\| `([a-z_]+)` \|", page.partition("## Reasons")[2], re.MULTILINE))
    assert given == listed
