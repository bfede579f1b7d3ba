from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from infra.dev.__main__ import VARIABLES, servers
from infra.dev.process import Process
from infra.dev.running import Running
from infra.dev.server import Place
from infra.dev.servers import SERVERS, make_server
from infra.dev.state import State
from threadline.settings import PREFIX


def remembered(place: Place, name: str, pid: int = 1) -> Running:
    logs = place.cache / "log"
    return Running(make_server(name, place), place.cache / name, logs, Process(pid, -5))


def test_a_server_is_found_again_with_its_ports(tmp_path: Path) -> None:
    started = Place(cache=tmp_path, offset=7)
    State(started).put(remembered(started, "postgres"), 7)
    State(started).put(remembered(started, "kafka", 2), 7)
    State(started).put(remembered(started, "kafka", 3), 7)
    found = State(Place(cache=tmp_path)).find("kafka")
    assert found is not None
    assert found.url == "kafka://127.0.0.1:19099"
    assert found.process == Process(3, -5)
    assert found.folder == tmp_path / "kafka"


def test_what_was_never_started_or_is_struck_out_is_not_found(tmp_path: Path) -> None:
    place = Place(cache=tmp_path)
    state = State(place)
    assert state.find("kafka") is None
    state.put(remembered(place, "kafka"), 0)
    state.put(remembered(place, "postgres"), 0)
    state.forget("kafka")
    assert state.find("kafka") is None
    assert state.find("postgres") is not None


def test_a_remembered_server_whose_process_is_gone_does_not_answer(tmp_path: Path) -> None:
    place = Place(cache=tmp_path)
    State(place).put(remembered(place, "kafka"), 0)
    found = State(place).find("kafka")
    assert found is not None
    assert not found.answers()


def test_every_server_has_the_setting_that_it_is_for() -> None:
    assert VARIABLES.keys() == SERVERS.keys()
    assert {name.startswith(PREFIX) for name in VARIABLES.values()} == {True}


def test_the_command_refuses_a_server_that_is_none() -> None:
    done = CliRunner().invoke(servers, ["start", "redis"])
    assert done.exit_code == 2
    assert "'redis' is not one of" in done.output
