"""A home in which one contact of a few was lost on its way, and one input was refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from schemas.topics import UTTERANCES
from streams.runners.lane import Lane
from tests.e2e.command_home import Command
from tests.e2e.http_home import message
from threadline.settings import load_settings
from threadline.wiring import Wiring, now_ms

RULES = "[ledger]\nredrives = {redrives}\n[ledger.deadlines]\ntagged = 0.0001\n"
"""A tenth of a second and less is overdue at once; the other steps have their usual time."""
PROFILE: dict[str, Any] = {"id": "p1", "kind": "profile", "interaction": "crm-1", "body": None}


def write_events(path: Path, events: Sequence[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(event) + "\n" for event in events) + "{broken\n", "utf-8")


def lossy_home(folder: Path, redrives: int = 0) -> Command:
    """Take in four chats and a profile, and lose the words of the second on their way."""
    home = folder / "home"
    home.mkdir()
    (home / "threadline.toml").write_text(RULES.format(redrives=redrives), "utf-8")
    events = [message(n, text=f"hello {n}") for n in range(4)] + [message(9) | PROFILE]
    write_events(folder / "events.jsonl", events)
    command = Command(home)
    command.quick("ingest", str(folder / "events.jsonl"), code=1)
    wiring = Wiring(load_settings(home, environ={}))
    backend = wiring.backend()
    lane = Lane(wiring.topology.stage("normalise"), backend, now_ms)
    while lane.step():
        continue
    said = backend.log.read([UTTERANCES.name], {}, 9)
    backend.log.discard(UTTERANCES.name, [said[1].id])
    command.quick("run", "--until-idle")
    return command
