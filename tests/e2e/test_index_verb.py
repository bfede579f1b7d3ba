"""`threadline index` on the embedded file and on the servers, as people use it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.search_indices import SERVERS, server_index
from tests.e2e.command_home import Command
from threadline.settings import load_settings
from threadline.wiring import Wiring

pytestmark = pytest.mark.e2e
EVENTS = """\
{"v": 1, "id": "e1", "source": "chat", "channel": "chat", "kind": "message", "interaction": "c1",\
 "occurred_at": "2026-11-02T10:14:03Z", "party": {"role": "customer",\
 "identifiers": ["email:ana@example.com"]}, "body": {"text": "I want a refund"}}
{"v": 1, "id": "e2", "source": "chat", "channel": "chat", "kind": "message", "interaction": "c1",\
 "occurred_at": "2026-10-02T10:14:03Z", "party": {"role": "customer",\
 "identifiers": ["email:ana@example.com"]}, "body": {"text": "No refund came"}}
"""


@pytest.fixture(params=["fts5", *SERVERS])
def command(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Command]:
    events = tmp_path / f"{uuid.uuid4().hex}.ndjson"
    events.write_text(EVENTS, "utf-8")
    if request.param == "fts5":
        yield filled(Command(tmp_path / "home"), events)
        return
    url = request.getfixturevalue(f"{request.param}_url")
    with server_index(url) as prefix:
        address = f"{url}?prefix={prefix}"
        yield filled(Command(tmp_path / "home", THREADLINE_SEARCH=address), events)


def filled(command: Command, events: Path) -> Command:
    command.quick("ingest", str(events))
    command.quick("run", "--until-idle")
    return command


def test_a_difference_is_found_named_and_mended_by_a_rebuild(command: Command) -> None:
    clean = command.here("index", "verify")
    assert clean == {"stored": 2, "differences": []}
    environ = {name: x for name, x in command.environ.items() if name.startswith("THREADLINE_")}
    search = Wiring(load_settings(command.home, environ=environ)).backend().search
    (lost, _), _ = sorted(search.versions())
    search.forget([lost])
    told = command.quick("index", "verify", code=1).stdout
    assert f"missing: 1\n  {lost}\n" in told
    assert "indexed 2 utterances" in command.quick("index", "rebuild").stdout
    assert "the index has all of them" in command.quick("index", "verify").stdout
    assert command.here("search", "refund")["total"] == 2
