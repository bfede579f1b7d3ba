"""On the real servers: what people say of customers holds at once, and what is lost comes back."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from schemas.topics import UTTERANCES
from tests.contract.search_indices import server_index
from tests.e2e.command_home import Command
from tests.e2e.http_home import message
from tests.e2e.ledger_home import RULES
from threadline.settings import load_settings
from threadline.wiring import Wiring

pytestmark = pytest.mark.e2e

SLOW_S = 120
ANA, BOB = "email:ana@example.com", "email:bob@example.com"
LINES = [
    message(1),
    message(2),
    message(3, "My bill is wrong", party={"role": "customer", "identifiers": [BOB, "cookie:b"]}),
]


@pytest.fixture
def cluster(
    tmp_path: Path,
    kafka_url: str,
    topic_prefix: str,
    fresh_database: str,
    elasticsearch_url: str,
) -> Iterator[Command]:
    """A home whose pipeline is a worker of Faust on Kafka, with three chats of two customers."""
    home = tmp_path / "home"
    home.mkdir()
    home.joinpath("threadline.toml").write_text(RULES.format(redrives=3), "utf-8")
    events = tmp_path / "events.jsonl"
    events.write_text("".join(json.dumps(line) + "\n" for line in LINES), "utf-8")
    with server_index(elasticsearch_url) as index:
        command = Command(
            home,
            THREADLINE_LOG=f"{kafka_url}?prefix={topic_prefix}",
            THREADLINE_STORE=fresh_database,
            THREADLINE_SEARCH=f"{elasticsearch_url}?prefix={index}",
            THREADLINE_PARTITIONS="2",
            THREADLINE_ENGINE="faust",
        )
        command.quick("ingest", str(events))
        yield command


def said_on(command: Command, who: str) -> list[str]:
    """List whose chats stand on the timeline of somebody."""
    page = command.here("timeline", who)
    return sorted(one["reference"] for one in page["interactions"])


def customers(command: Command, folder: Path) -> bytes:
    command.quick("export", str(folder))
    return (folder / "customers.ndjson").read_bytes()


def test_a_merge_an_unmerge_and_their_undo_hold_at_the_next_read(
    cluster: Command, tmp_path: Path
) -> None:
    cluster.quick("run", "--until-idle")
    before = customers(cluster, tmp_path / "before")
    apart = said_on(cluster, ANA), said_on(cluster, BOB)
    assert len(apart[1]) == 1

    assert "now one" in cluster.quick("identity", "merge", ANA, BOB, "--by", "Kim").stdout
    assert said_on(cluster, BOB) == sorted({*apart[0], *apart[1]})
    assert "now 2" in cluster.quick("identity", "unmerge", ANA, BOB, "--by", "Bo").stdout
    assert (said_on(cluster, ANA), said_on(cluster, BOB)) == apart

    acts = cluster.here("identity", "history", ANA)["acts"]
    assert [(one["by"], one.get("state", "stands")) for one in acts] == [
        ("Bo", "stands"),
        ("Kim", "undone"),
    ]
    assert "now one" in cluster.quick("identity", "undo", ANA, acts[0]["id"], "--by", "Cy").stdout
    newest = cluster.here("identity", "history", ANA)["acts"][0]
    assert "now 2" in cluster.quick("identity", "undo", ANA, newest["id"], "--by", "Cy").stdout
    assert customers(cluster, tmp_path / "after") == before


def test_a_contact_that_a_stage_has_passed_over_is_named_and_put_back(cluster: Command) -> None:
    wiring = Wiring(load_settings(cluster.home, cluster.environ))
    log, store, _ = wiring.backend()
    with closing(cluster.spoken("run", "--stages", "normalise")) as lines:
        next(lines)
        until = time.monotonic() + SLOW_S
        while log.lag([UTTERANCES.name], {}) < len(LINES):
            assert time.monotonic() < until
            time.sleep(0.2)
    with store.transaction():
        store.advance("tag", {}, log.positions_at([UTTERANCES.name], 1 << 60))
    standings: list[dict[str, Any]] = []
    for _ in range(4):
        cluster.quick("run", "--until-idle")
        standings.append(cluster.here("ledger", "--days", "3660"))
    first, last = standings[0]["unfinished"], standings[-1]["unfinished"]
    assert {one["state"] for one in first} == {"stuck"}
    assert last == []
    alerts = [one for one in cluster.here("alerts") if one["rule"] == "ledger-gap"]
    assert len(alerts) == 1
    assert len(said_on(cluster, BOB)) == 1
