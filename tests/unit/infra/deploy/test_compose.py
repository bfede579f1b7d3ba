"""`compose.yaml` starts what the settings expect, reachable from this machine only."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from infra.dev.server import Place
from infra.dev.servers import make_server
from tests.unit.infra.deploy.deploy_files import compose, environment
from threadline import __version__
from threadline.settings import load_settings

SERVICES = compose()["services"]
OURS = ("setup", "app", "worker")


@pytest.mark.parametrize("name", OURS)
def test_the_settings_of_each_service_are_read_and_make_a_cluster(
    tmp_path: Path, name: str
) -> None:
    settings = load_settings(tmp_path, environment(SERVICES[name]))
    assert settings.backends.is_cluster
    assert not settings.backends.uses_file


@pytest.mark.parametrize(
    ("field", "vendor"), [("log", "kafka"), ("store", "postgres"), ("search", "elasticsearch")]
)
def test_an_address_names_a_service_and_the_port_it_listens_on_inside(
    tmp_path: Path, field: str, vendor: str
) -> None:
    url = getattr(load_settings(tmp_path, environment(SERVICES["worker"])), field)
    inside = {"kafka": "9092", "postgres": "5432", "elasticsearch": "9200"}[vendor]
    assert re.search(rf"[/@]{vendor}:{inside}\b", url)


def test_servers_are_published_on_the_ports_of_make_servers() -> None:
    for name in ("kafka", "postgres", "elasticsearch"):
        (published,) = SERVICES[name]["ports"]
        port = make_server(name, Place()).ports[0]
        assert published.startswith(f"127.0.0.1:{port}:")


def test_kafka_tells_each_side_an_address_that_it_can_reach() -> None:
    kafka = SERVICES["kafka"]["environment"]
    told = kafka["KAFKA_ADVERTISED_LISTENERS"].split(",")
    assert told == ["INTERNAL://kafka:9092", "LOOPBACK://127.0.0.1:19092"]
    listens = dict(one.split("://") for one in kafka["KAFKA_LISTENERS"].split(","))
    assert (listens["INTERNAL"], listens["LOOPBACK"]) == ("0.0.0.0:9092", "0.0.0.0:19092")
    assert kafka["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"


def test_nothing_is_published_beyond_this_machine() -> None:
    published = [port for one in SERVICES.values() for port in one.get("ports", ())]
    assert len(published) == 4
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_the_app_is_published_on_the_default_port_and_asks_for_a_token(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, environment(SERVICES["app"]))
    default = load_settings(tmp_path, {}).port
    assert SERVICES["app"]["ports"] == [f"127.0.0.1:{default}:{settings.port}"]
    assert (settings.host, settings.token) == ("0.0.0.0", "given")
    assert f":{settings.port}/healthz" in SERVICES["app"]["healthcheck"]["test"][-1]


def test_the_worker_is_asked_for_its_health_where_it_answers(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, environment(SERVICES["worker"]))
    assert settings.health_port
    assert f":{settings.health_port}/healthz" in SERVICES["worker"]["healthcheck"]["test"][-1]


def test_whatever_keeps_running_has_a_health_check_and_is_waited_for() -> None:
    running = [name for name in SERVICES if name != "setup"]
    assert all(SERVICES[name]["healthcheck"]["test"] for name in running)
    servers = {"kafka", "postgres", "elasticsearch"}
    awaited = SERVICES["setup"]["depends_on"]
    assert awaited == {name: {"condition": "service_healthy"} for name in servers}
    for name in ("app", "worker"):
        after = {"setup": {"condition": "service_completed_successfully"}}
        assert SERVICES[name]["depends_on"] == after


def test_every_image_is_pinned_and_ours_is_of_this_version() -> None:
    for name, service in SERVICES.items():
        tag = service["image"].partition(":")[2]
        assert re.fullmatch(r"\d+\.\d+(\.\d+)?(-[a-z]+)?", tag), name
        if name in OURS:
            assert service["image"] == f"threadline:{__version__}"


def test_every_volume_is_declared_and_used() -> None:
    mounts = [mount for one in SERVICES.values() for mount in one["volumes"]]
    assert {mount.partition(":")[0] for mount in mounts} == set(compose()["volumes"])


def test_no_password_is_written_down() -> None:
    for service in SERVICES.values():
        for name, value in service["environment"].items():
            if name.endswith(("PASSWORD", "TOKEN", "SECRET")):
                assert str(value).startswith("${"), name
