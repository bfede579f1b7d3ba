"""Find a Java that is new enough."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from schemas.errors import ConfigError

INSTALLED = Path("/usr/lib/jvm")
_VERSION = re.compile(r'version "(?:1\.)?(\d+)')


def find_java(at_least: int, name: str, java_home: str = "", installed: Path = INSTALLED) -> Path:
    """Give the home of the first Java that is at least this version.

    Looks at `java_home`, at `java` on the PATH, and at what Debian installs. Raises ConfigError
    with what was found instead.
    """
    seen = {}
    for home in _homes(java_home, installed):
        version = _version(home / "bin/java")
        if version >= at_least:
            return home
        if version:
            seen[str(home)] = version
    found = ", ".join(f"{version} in {home}" for home, version in seen.items()) or "none"
    raise ConfigError(
        f"{name} needs Java {at_least} or newer; found {found}. "
        "Install one and set JAVA_HOME to its folder"
    )


def _homes(java_home: str, installed: Path) -> Iterator[Path]:
    if java_home:
        yield Path(java_home)
    on_path = shutil.which("java")
    if on_path:
        yield Path(on_path).resolve().parents[1]
    if installed.is_dir():
        yield from sorted(home for home in installed.iterdir() if not home.is_symlink())


def _version(java: Path) -> int:
    try:
        said = subprocess.run(  # noqa: S603  # asks a Java for its version
            [java, "-version"], capture_output=True, text=True, check=False, timeout=60
        ).stderr
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = _VERSION.search(said)
    return int(found[1]) if found else 0
