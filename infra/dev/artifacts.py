"""Fetch programs from Maven Central, once.

A finished folder is recognised by its list of files with their sha256; what is half fetched never
gets its final name.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import msgspec

from schemas.errors import ConfigError, Unavailable

LIST = "SHA256SUMS.json"
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"
_COPY_ALL = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"


def jars(coordinates: Sequence[str], folder: Path) -> None:
    """Have the jars of these `group:artifact:version`, and all they need, in `folder`.

    Raises ConfigError without Maven, Unavailable if it cannot fetch.
    """

    def fill(made: Path) -> None:
        with tempfile.TemporaryDirectory() as project:
            pom = Path(project, "pom.xml")
            pom.write_text(_pom(coordinates), "utf-8")
            _maven("-f", str(pom), _COPY_ALL, f"-DoutputDirectory={made}")

    _once(folder, fill)


def unpacked(coordinate: str, folder: Path) -> None:
    """Have what the archive `group:artifact:version:zip` holds below its top folder in `folder`.

    Raises as `jars` does.
    """

    def fill(made: Path) -> None:
        with tempfile.TemporaryDirectory(dir=made.parent) as work:
            _maven(_COPY, f"-Dartifact={coordinate}", f"-DoutputDirectory={work}")
            (archive,) = Path(work).glob("*.zip")
            with zipfile.ZipFile(archive) as opened:
                opened.extractall(work)
                for entry in opened.infolist():
                    _let_others_run(Path(work, entry.filename), entry.external_attr >> 16)
            (top,) = (path for path in Path(work).iterdir() if path.is_dir())
            for path in top.iterdir():
                path.rename(made / path.name)

    _once(folder, fill)


def _once(folder: Path, fill: Callable[[Path], None]) -> None:
    if _whole(folder):
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f"{folder.name}-", dir=folder.parent))
    try:
        made.chmod(0o755)
        fill(made)
        sums = {str(path.relative_to(made)): _sum(path) for path in _files(made)}
        (made / LIST).write_bytes(msgspec.json.encode(sums))
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _let_others_run(path: Path, mode: int) -> None:
    """Set a mode from an archive, in which some files are for their owner alone."""
    run = path.is_dir() or mode & 0o100
    path.chmod(mode & 0o777 | (0o755 if run else 0o644))


def _whole(folder: Path) -> bool:
    """Tell whether every file of the list is there with its sum: 0.2 s for 140 MB."""
    try:
        sums = msgspec.json.decode((folder / LIST).read_bytes(), type=dict[str, str])
        return all(_sum(folder / name) == known for name, known in sums.items())
    except (OSError, msgspec.DecodeError):
        return False


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _sum(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _maven(*arguments: str) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise ConfigError("Maven fetches the servers, and mvn is not on the PATH: install maven")
    done = subprocess.run(  # noqa: S603  # a fixed client, and versions pinned here
        [maven, "--quiet", "--batch-mode", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        said = "\n".join(done.stdout.splitlines()[-15:])
        raise Unavailable(f"Maven cannot fetch {arguments[-2]}:\n{said}")


def _pom(coordinates: Sequence[str]) -> str:
    wanted = "".join(
        "<dependency><groupId>{}</groupId><artifactId>{}</artifactId>"
        "<version>{}</version></dependency>".format(*map(escape, coordinate.split(":")))
        for coordinate in coordinates
    )
    return (
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
        "<groupId>local</groupId><artifactId>server</artifactId><version>1</version>"
        f"<packaging>pom</packaging><dependencies>{wanted}</dependencies></project>"
    )
