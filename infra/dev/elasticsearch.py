"""Genuine Elasticsearch: its core alone, which is what Threadline may rely on."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

import httpx

from infra.dev.artifacts import unpacked
from infra.dev.java import find_java
from infra.dev.process import LOOPBACK, within_reach
from infra.dev.server import Launch, Place

VERSION = "9.4.3"
_ZIP = f"org.elasticsearch.distribution.integ-test-zip:elasticsearch:{VERSION}:zip"
_JAVA = 21


class Elasticsearch:
    """An Elasticsearch of one node, without passwords."""

    name = "elasticsearch"
    patience_s = 180.0
    stop_signal = signal.SIGTERM

    def __init__(self, place: Place) -> None:
        self._place = place
        self._http = 19200 + place.offset
        self._transport = 19300 + place.offset
        self._programs = place.cache / f"elasticsearch-{VERSION}"

    @property
    def ports(self) -> tuple[int, ...]:
        """Give the ports of HTTP and of the nodes among themselves."""
        return (self._http, self._transport)

    @property
    def url(self) -> str:
        """Give the URL of its HTTP port."""
        return f"elasticsearch+http://{LOOPBACK}:{self._http}"

    def fetch(self) -> None:
        """Fetch the archive, 124 MB."""
        find_java(_JAVA, self.name, self._place.java_home)
        unpacked(_ZIP, self._programs)

    def prepare(self, folder: Path) -> None:
        """Copy its settings to where it may write: it keeps its key store beside them."""
        shutil.copytree(self._programs / "config", folder / "config")
        for name in ("data", "logs", "tmp"):
            (folder / name).mkdir()

    def launch(self, folder: Path) -> Launch:
        """Start it with half a gigabyte of heap, whatever the disk looks like."""
        settings = {
            "discovery.type": "single-node",
            "network.host": LOOPBACK,
            "http.port": self._http,
            "transport.port": self._transport,
            "path.data": folder / "data",
            "path.logs": folder / "logs",
            "xpack.security.enabled": "false",
            "cluster.routing.allocation.disk.threshold_enabled": "false",
        }
        programs = within_reach(self._programs, folder)
        return Launch(
            command=(
                str(programs / "bin/elasticsearch"),
                *(f"-E{name}={value}" for name, value in settings.items()),
            ),
            environment={
                "ES_JAVA_HOME": str(find_java(_JAVA, self.name, self._place.java_home)),
                "ES_JAVA_OPTS": "-Xms512m -Xmx512m",
                "ES_PATH_CONF": str(folder / "config"),
                "ES_TMPDIR": str(folder / "tmp"),
            },
        )

    def answers(self) -> bool:
        """Tell whether its cluster serves; the core alone has no `GET /`."""
        return serves(self._http)

    def complete(self, folder: Path) -> None:
        """Nothing: Threadline makes its indices."""


def serves(port: int) -> bool:
    """Tell whether the node at this HTTP port of loopback can serve every index that it has."""
    health = f"http://{LOOPBACK}:{port}/_cluster/health?wait_for_status=yellow&timeout=1s"
    try:
        return httpx.get(health, timeout=5, trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
