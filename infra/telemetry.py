"""Tell over HTTP how a worker is doing: alive, ready, and its metrics."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from schemas import metrics
from schemas.base import encode
from schemas.errors import ConfigError
from schemas.health import WorkerStatus

Status = Callable[[], WorkerStatus]

BATCH_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
CLIENT_TIMEOUT_S = 5
_JSON = "application/json"
_METRICS_TEXT = "text/plain; version=0.0.4; charset=utf-8"


class WorkerFigures:
    """The metrics of one worker; `status` is asked when they are scraped. Safe for many threads."""

    def __init__(self, status: Status) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_Stages(status))
        seconds = metrics.WORKER_BATCH_SECONDS
        self._seconds = Histogram(
            seconds.name,
            seconds.about,
            seconds.labels,
            buckets=BATCH_BUCKETS_S,
            registry=self._registry,
        )

    def observe_batch(self, stage: str, seconds: float) -> None:
        """Note how long a batch took, from the first look at it to its commit."""
        self._seconds.labels(stage).observe(seconds)

    def text(self) -> bytes:
        """Write everything in the text format of Prometheus."""
        return generate_latest(self._registry)


class _Stages(Collector):
    def __init__(self, status: Status) -> None:
        self._status = status

    def collect(self) -> Iterable[Family]:
        delivered = _counter(metrics.RECORDS_DELIVERED)
        conflicts = _counter(metrics.WORKER_CONFLICTS)
        idle = _gauge(metrics.WORKER_IDLE_SECONDS)
        lag = _gauge(metrics.WORKER_PARTITION_LAG)
        for stage in self._status().stages:
            delivered.add_metric([stage.stage], stage.delivered)
            conflicts.add_metric([stage.stage], stage.conflicts)
            idle.add_metric([stage.stage], stage.idle_s)
            for partition, records in stage.lag.items():
                lag.add_metric([stage.stage, partition], records)
        return (delivered, conflicts, idle, lag)

    def describe(self) -> Iterable[Family]:
        # Without it the registry would ask the worker before there is one.
        return ()


class HealthServer:
    """Answers GET on `/healthz`, `/readyz` and `/metrics` in a thread, until closed.

    `/healthz` is 503 while the worker is stalled, `/readyz` until it is ready and while it waits
    for something; both answer with the worker's status as JSON. Port 0 picks a free one. No token
    is asked for: bind it to loopback or to a network of your own.

    Raises:
        ConfigError: the port is taken or the address is none of this machine.
    """

    def __init__(self, host: str, port: int, status: Status, figures: WorkerFigures) -> None:
        try:
            self._server = _Server((host, port), status, figures)
        except OSError as error:
            raise ConfigError(
                f"THREADLINE_HEALTH_PORT: cannot listen on {host}:{port}: {error.strerror}"
            ) from error
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="health", daemon=True
        )
        self._thread.start()

    @property
    def port(self) -> int:
        """Give the port that it listens on."""
        return self._server.server_port

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, place: tuple[str, int], status: Status, figures: WorkerFigures) -> None:
        self.status = status
        self.figures = figures
        self.address_family = socket.AF_INET6 if ":" in place[0] else socket.AF_INET
        super().__init__(place, _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = CLIENT_TIMEOUT_S
    server_version = "threadline"
    sys_version = ""

    def do_GET(self) -> None:  # the name that http.server calls
        path = self.path.partition("?")[0]
        if path == "/metrics":
            self._answer(HTTPStatus.OK, self.server.figures.text(), _METRICS_TEXT)
            return
        if path not in ("/healthz", "/readyz"):
            self._answer(HTTPStatus.NOT_FOUND, b'{"detail":"not found"}', _JSON)
            return
        status = self.server.status()
        well = not status.stalled if path == "/healthz" else _can_work(status)
        code = HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE
        self._answer(code, encode(status), _JSON)

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: probes come every few seconds."""

    def _answer(self, code: HTTPStatus, body: bytes, kind: str) -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _can_work(status: WorkerStatus) -> bool:
    waits = status.last_error or any(stage.last_error for stage in status.stages)
    return status.ready and not status.stalled and not waits


def _counter(metric: metrics.Metric) -> CounterMetricFamily:
    return CounterMetricFamily(metric.name, metric.about, labels=metric.labels)


def _gauge(metric: metrics.Metric) -> GaugeMetricFamily:
    return GaugeMetricFamily(metric.name, metric.about, labels=metric.labels)
