"""PostgreSQL from the binaries that Debian installs; one superuser, one database, no password."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

from infra.dev.process import LOOPBACK, hand_over, run
from infra.dev.server import Launch, Place
from schemas.errors import ConfigError

USER = DATABASE = "threadline"
INSTALLED = Path("/usr/lib/postgresql")
_CONF = """
listen_addresses = '{host}'
port = {port}
unix_socket_directories = ''
max_connections = 200
"""


class Postgres:
    """A PostgreSQL on loopback."""

    name = "postgres"
    patience_s = 60.0
    # SIGTERM would wait for every client to leave; SIGINT ends their sessions and writes all.
    stop_signal = signal.SIGINT

    def __init__(self, place: Place) -> None:
        self._port = 15432 + place.offset
        self._bin: Path | None = None

    @property
    def ports(self) -> tuple[int, ...]:
        """Give the port."""
        return (self._port,)

    @property
    def url(self) -> str:
        """Give the URL of the database."""
        return f"postgresql://{USER}@{LOOPBACK}:{self._port}/{DATABASE}"

    def fetch(self) -> None:
        """Find the programs. Raises ConfigError if they are not installed."""
        self._program("initdb")

    def prepare(self, folder: Path) -> None:
        """Lay out an empty cluster."""
        hand_over(folder)
        data = str(folder / "data")
        initdb = self._program("initdb")
        # A locale that sorts by bytes, as SQLite does.
        run((initdb, "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C"), folder)
        with (folder / "data/postgresql.conf").open("a", encoding="utf-8") as conf:
            conf.write(_CONF.format(host=LOOPBACK, port=self._port))

    def launch(self, folder: Path) -> Launch:
        """Start the postmaster in the foreground."""
        return Launch(
            command=(self._program("postgres"), "-D", str(folder / "data")), environment={}
        )

    def answers(self) -> bool:
        """Tell whether it takes a connection and runs a statement."""
        return self._says("SELECT 1") == "1"

    def complete(self, folder: Path) -> None:
        """Create the database."""
        run((self._program("createdb"), *self._where(), DATABASE), folder)

    def _says(self, statement: str) -> str:
        command = (self._program("psql"), *self._where(), "-d", "postgres", "-XAtc", statement)
        try:
            return run(command, Path("/")).strip()
        except ConfigError:
            return ""

    def _where(self) -> tuple[str, ...]:
        return ("-h", LOOPBACK, "-p", str(self._port), "-U", USER)

    def _program(self, name: str) -> str:
        if self._bin is None:
            self._bin = find_binaries()
        return str(self._bin / name)


def find_binaries(installed: Path = INSTALLED) -> Path:
    """Give the folder with the newest `initdb`. Raises ConfigError if there is none."""
    found = [path.parent for path in installed.glob("*/bin/initdb")]
    if found:
        return max(found, key=lambda folder: float(folder.parent.name))
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    raise ConfigError("PostgreSQL's server is not installed: apt install postgresql")
