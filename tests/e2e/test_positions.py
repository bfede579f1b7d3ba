"""How far stages are, going back in time, and the topics behind them: through the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from schemas.topics import INBOUND, TOPICS
from tests.contract.search_indices import server_index
from tests.e2e.command_home import Command
from tests.e2e.small_company import write_company, write_settings
from threadline.replaying import rewind_to
from threadline.settings import load_settings
from threadline.wiring import Wiring

pytestmark = pytest.mark.e2e


def write_documents(folder: Path) -> Path:
    write_company(folder)
    for path in (*folder.glob("call-*.wav"), *folder.glob("call-*.json")):
        path.unlink()
    return folder


@pytest.fixture
def command(tmp_path: Path) -> Command:
    command = Command(tmp_path / "home")
    write_settings(command.home)
    command.quick("ingest", str(write_documents(tmp_path / "documents")))
    return command


def waiting(command: Command) -> dict[str, int]:
    found: dict[str, int] = {}
    for place in command.here("lag"):
        found[place["stage"]] = found.get(place["stage"], 0) + place["waiting"]
    return found


def test_lag_shows_what_waits_before_and_nothing_after(command: Command) -> None:
    (inbound,) = [one for one in command.here("lag") if one["stage"] == "normalise"]
    assert inbound.items() >= {"partition": "inbound", "waiting": 46, "worker": None}.items()
    assert inbound["applied"] is None
    command.quick("run", "--until-idle")
    assert set(waiting(command).values()) == {0}
    assert all(one["applied"] == one["end"] for one in command.here("lag") if one["end"])
    lines = command.quick("lag").stdout.splitlines()
    assert lines[0].split() == ["stage", "partition", "applied", "end", "waiting", "worker"]
    assert len({len(line.rpartition("  ")[0]) for line in lines}) == 1


def test_going_back_in_time_takes_again_what_came_since_and_changes_nothing(
    command: Command, tmp_path: Path
) -> None:
    command.quick("run", "--until-idle")
    before = command.export(tmp_path / "before")
    delivered = command.quick("replay", "--from", "tag", "--since", "2020-01-01").stdout
    assert int(delivered.split()[1].replace(",", "")) > 40
    assert command.export(tmp_path / "after") == before
    Command.quick(command, "replay", "--from", "tag", "--since", "2999-01-01T00:00+01:00")
    assert command.export(tmp_path / "again") == before


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--since", "yesterday"], "is no time"),
        (["--since", "2020-01-01", "--from", "nothing"], "there is no stage 'nothing'"),
    ],
)
def test_a_time_or_stage_that_is_none_is_refused(
    command: Command, words: list[str], says: str
) -> None:
    assert says in command.refused("replay", *words, code=2)


@pytest.mark.parametrize("verb", ["plan", "apply", "describe"])
def test_the_embedded_log_needs_no_topics_and_says_so(command: Command, verb: str) -> None:
    assert "needs no topics" in command.quick("topics", verb).stdout
    assert command.here("topics", verb) == []


class TestOnKafka:
    """The same verbs, with the log on Kafka."""

    @pytest.fixture
    def cluster(
        self,
        tmp_path: Path,
        kafka_url: str,
        topic_prefix: str,
        fresh_database: str,
        elasticsearch_url: str,
    ) -> Iterator[Command]:
        with server_index(elasticsearch_url) as index:
            command = Command(
                tmp_path / "home",
                THREADLINE_LOG=f"{kafka_url}?prefix={topic_prefix}",
                THREADLINE_STORE=fresh_database,
                THREADLINE_SEARCH=f"{elasticsearch_url}?prefix={index}",
                THREADLINE_PARTITIONS="3",
            )
            write_settings(command.home)
            yield command

    def test_a_new_cluster_gets_its_topics_with_the_first_input(
        self, cluster: Command, tmp_path: Path
    ) -> None:
        documents = str(write_documents(tmp_path / "documents"))
        assert "inbound: topic is missing" in cluster.quick("topics", "plan", code=1).stdout
        assert cluster.here("ingest", documents)["accepted"] == 46
        assert "as they must be" in cluster.quick("topics", "apply").stdout
        assert cluster.here("topics", "plan") == []
        described: list[dict[str, Any]] = cluster.here("topics", "describe")
        assert {one["topic"] for one in described} == {n for n, t in TOPICS.items() if t.logged}
        assert "3 partitions" in cluster.quick("topics", "describe").stdout
        assert waiting(cluster)["normalise"] == 46

    def test_an_input_that_kafka_will_never_take_is_refused_alone(
        self, cluster: Command, tmp_path: Path
    ) -> None:
        cluster.quick("topics", "apply")
        documents = write_documents(tmp_path / "documents")
        mail = next(documents.glob("*.eml")).read_bytes()
        documents.joinpath("large.eml").write_bytes(mail + b"and so on \r\n" * 2_500_000)
        report = json.loads(cluster.quick("ingest", str(documents), "--json", code=1).stdout)
        assert (report["accepted"], report["reasons"]) == (46, {"too_large": 1})
        assert waiting(cluster)["normalise"] == 46
        (letter,) = cluster.here("dead-letters", "list")
        assert letter["name"].endswith("large.eml")
        assert "36 MiB" in letter["error"]

    def test_partitions_are_not_added_while_records_wait(
        self, cluster: Command, tmp_path: Path
    ) -> None:
        cluster.quick("topics", "apply")
        more = Command(cluster.home, **cluster.environ | {"THREADLINE_PARTITIONS": "4"})
        assert "--add-partitions" in more.quick("topics", "plan", code=1).stdout
        cluster.quick("ingest", str(write_documents(tmp_path / "documents")))
        assert "records wait" in more.refused("topics", "apply", "--add-partitions", code=2)
        assert {
            one["found"]
            for one in json.loads(more.quick("topics", "plan", "--json", code=1).stdout)
        } == {"3"}

    def test_store_and_group_go_back_together(self, cluster: Command, tmp_path: Path) -> None:
        cluster.quick("topics", "apply")
        cluster.quick("ingest", str(write_documents(tmp_path / "documents")))
        wiring = Wiring(load_settings(cluster.home, cluster.environ))
        log, store, _ = wiring.backend()
        ends = log.positions_at([INBOUND.name], 1 << 60)
        with store.transaction():
            store.advance("normalise", {}, ends)
        groups = wiring.groups()
        assert groups is not None
        groups.move("normalise", ends)
        rewind_to(wiring, "normalise", 1)
        start = dict.fromkeys(ends, -1)
        assert store.positions("normalise") == groups.positions("normalise") == start
        assert waiting(cluster)["normalise"] == 46
