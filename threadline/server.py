"""The server: the API in front, and on the embedded log the pipeline in a thread behind it."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from api.app import create_app
from api.services import Services, StageStatus
from schemas.errors import ConfigError, ThreadlineError
from streams.runners.runner import Runner
from threadline.wiring import Wiring

_WAITING_CALLS = 2048


class Server:
    """One home, served. The pipeline stops with the server; the batch in hand is finished.

    On Kafka the pipeline runs in workers (`threadline run`), not here.
    """

    def __init__(self, wiring: Wiring, host: str, port: int) -> None:
        if not wiring.settings.token and not _is_loopback(host):
            raise ConfigError(f"set THREADLINE_TOKEN before listening on {host}")
        self._wiring = wiring
        self._host = host
        self._port = port
        self._stop = threading.Event()
        self._runner: Runner | None = None

    def serve(self, on_ready: Callable[[str], None]) -> None:
        """Serve until interrupted.

        Raises:
            ConfigError: the port is taken, or the pipeline lacks something, such as weights.
        """
        import uvicorn

        listener = self._listen()
        port = listener.getsockname()[1]
        config = uvicorn.Config(
            create_app(self._services()), log_level="warning", access_log=False, lifespan="off"
        )
        server = uvicorn.Server(config)
        failures: list[ThreadlineError] = []

        def run_pipeline() -> None:
            try:
                self._pipeline()
            except ThreadlineError as error:
                # An API that takes in what nobody processes would lie: stop with the pipeline.
                failures.append(error)
                server.should_exit = True

        pipeline = threading.Thread(target=run_pipeline, name="pipeline")
        if not self._wiring.backends.is_cluster:
            pipeline.start()
        try:
            on_ready(f"http://{self._host}:{port}")
            server.run(sockets=[listener])
        finally:
            self._stop.set()
            if pipeline.ident is not None:
                pipeline.join()
            listener.close()
        for error in failures:
            raise error

    def _listen(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        # Named, because asyncio sets TCP_NODELAY only then: without it an answer takes 40 ms more.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((self._host, self._port))
            listener.listen(_WAITING_CALLS)  # who comes before the app is up waits for it
        except OSError as error:
            raise ConfigError(f"cannot listen on {self._host}:{self._port}: {error}") from error
        return listener

    def _pipeline(self) -> None:
        engines = self._wiring.engines()
        try:
            runner = self._runner = self._wiring.runner(engines)
            runner.run(self._stop)
        finally:
            engines.close()

    def _services(self) -> Services:
        wiring = self._wiring
        return Services(
            lookup=lambda: wiring.lookup,
            door=wiring.door(),
            blobs=wiring.blobs,
            muted=wiring.muted,
            status=self._status,
            backlog=lambda: wiring.waiting().get("normalise", 0),
            nearby=wiring.nearby,
            identity=wiring.settings.file.identity,
            now=lambda: datetime.now(UTC),
            wake=self._wake,
            last_error=lambda: self._runner.last_error if self._runner is not None else "",
            backlog_limit=wiring.settings.backlog,
            token=wiring.settings.token,
            token_unredacted=wiring.settings.token_unredacted,
            companies=wiring.settings.companies(),
        )

    def _status(self) -> list[StageStatus]:
        runner = self._runner
        delivered = runner.delivered() if runner is not None else {}
        return [
            StageStatus(stage, delivered.get(stage, 0), waiting)
            for stage, waiting in self._wiring.waiting().items()
        ]

    def _wake(self) -> None:
        if self._runner is not None:
            self._runner.wake.set()


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
