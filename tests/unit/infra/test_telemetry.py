"""A worker tells over HTTP how it is doing, truly."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import httpx
import pytest

from infra.telemetry import HealthServer, WorkerFigures
from schemas.base import decode
from schemas.errors import ConfigError
from schemas.health import StageHealth, WorkerStatus
from schemas.metrics import METRICS

TAG = StageHealth(
    stage="tag",
    lag={"utterances/0": 3, "utterances/2": 0},
    idle_s=1.5,
    delivered=40,
    conflicts=2,
    last_error="",
)


class Worker:
    """What a worker tells; tests change it."""

    def __init__(self) -> None:
        self.ready, self.stalled, self.last_error = True, False, ""
        self.stage_error = ""

    def status(self) -> WorkerStatus:
        stage = StageHealth(
            stage=TAG.stage, lag=TAG.lag, idle_s=TAG.idle_s, delivered=TAG.delivered,
            conflicts=TAG.conflicts, last_error=self.stage_error,
        )  # fmt: skip
        return WorkerStatus(
            ready=self.ready, stalled=self.stalled, last_error=self.last_error, stages=(stage,)
        )


@pytest.fixture
def worker() -> Worker:
    return Worker()


@pytest.fixture
def client(worker: Worker) -> Iterator[httpx.Client]:
    figures = WorkerFigures(worker.status)
    figures.observe_batch("tag", 0.02)
    with (
        HealthServer("127.0.0.1", 0, worker.status, figures) as server,
        httpx.Client(base_url=f"http://127.0.0.1:{server.port}") as client,
    ):
        yield client


def test_a_worker_that_works_is_alive_and_ready_and_says_how_far_it_is(
    client: httpx.Client,
) -> None:
    for path in ("/healthz", "/readyz"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert decode(answer.content, WorkerStatus).stages == (TAG,)


def test_a_stalled_worker_is_neither_alive_nor_ready(client: httpx.Client, worker: Worker) -> None:
    worker.stalled = True
    assert [client.get(path).status_code for path in ("/healthz", "/readyz")] == [503, 503]


def test_a_worker_that_waits_is_alive_but_not_ready_and_says_for_what(
    client: httpx.Client, worker: Worker
) -> None:
    worker.stage_error = "the broker cannot be reached"
    answers = {path: client.get(path) for path in ("/healthz", "/readyz")}
    assert {path: one.status_code for path, one in answers.items()} == {
        "/healthz": 200, "/readyz": 503,
    }  # fmt: skip
    assert "the broker cannot be reached" in answers["/readyz"].text
    worker.stage_error, worker.last_error = "", "the store cannot be reached"
    assert client.get("/readyz").status_code == 503
    worker.last_error, worker.ready = "", False
    assert client.get("/readyz").status_code == 503


def test_a_scrape_has_every_metric_of_a_worker(client: httpx.Client) -> None:
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = answer.text.splitlines()
    assert 'threadline_worker_partition_lag{partition="utterances/0",stage="tag"} 3.0' in lines
    assert 'threadline_worker_idle_seconds{stage="tag"} 1.5' in lines
    assert 'threadline_worker_conflicts_total{stage="tag"} 2.0' in lines
    assert 'threadline_records_delivered_total{stage="tag"} 40.0' in lines
    assert 'threadline_worker_batch_seconds_count{stage="tag"} 1.0' in lines
    named = {line.split()[2] for line in lines if line.startswith("# TYPE")}
    assert {one.name for one in METRICS if "_worker_" in one.name} <= named


def test_another_path_is_not_found(client: httpx.Client) -> None:
    assert client.get("/").status_code == 404


def test_a_port_that_is_taken_is_a_wrong_setting(worker: Worker) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"THREADLINE_HEALTH_PORT: .*:{port}"):
            HealthServer("127.0.0.1", port, worker.status, WorkerFigures(worker.status))


def test_after_it_was_closed_nobody_answers(worker: Worker) -> None:
    server = HealthServer("127.0.0.1", 0, worker.status, WorkerFigures(worker.status))
    port = server.port
    server.close()
    with pytest.raises(OSError, match="refused"), socket.create_connection(("127.0.0.1", port)):
        pass


def test_it_listens_on_the_other_kind_of_address_too(worker: Worker) -> None:
    figures = WorkerFigures(worker.status)
    try:
        server = HealthServer("::1", 0, worker.status, figures)
    except ConfigError:
        pytest.skip("this machine has no IPv6")
    with server:
        assert httpx.get(f"http://[::1]:{server.port}/healthz").status_code == 200
