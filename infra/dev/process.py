"""Start, watch and end processes of other programs by pid. Linux: it reads `/proc`."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import msgspec

from schemas.errors import ConfigError, Unavailable

LOOPBACK = "127.0.0.1"
POLL_S = 0.1
_PATH = "/usr/local/bin:/usr/bin:/bin"


class Process(msgspec.Struct, frozen=True):
    """A process by pid and birth, in clock ticks since boot: pids are given out again."""

    pid: int
    born: int

    def alive(self) -> bool:
        """Tell whether it runs; one that has ended and waits for its parent does not."""
        found = _look(self.pid)
        return found is not None and found.born == self.born and not found.ended


def spawn(
    command: Sequence[str], folder: Path, log: Path, environment: Mapping[str, str] | None = None
) -> Process:
    """Start a program in `folder`, as an ordinary user, with its output added to `log`.

    It gets a session of its own and only the variables named here, so that nothing of the
    caller's terminal or environment reaches it. Raises ConfigError if it cannot be run.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    user, group, extra_groups = _ordinary_user()
    with log.open("ab") as output:
        try:
            started = subprocess.Popen(  # noqa: S603  # programs and arguments of our own
                command,
                cwd=folder,
                env=_variables(folder, environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                user=user,
                group=group,
                extra_groups=extra_groups,
            )
        except OSError as error:
            raise ConfigError(f"{command[0]} cannot be run: {error.strerror}") from error
    started.returncode = 0  # it outlives us on purpose, and this object must not complain of it
    found = _look(started.pid)
    return Process(started.pid, found.born if found else -1)


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> str:
    """Run a program to its end in the same way and give what it printed.

    Raises ConfigError with its last lines if it fails or cannot be run.
    """
    user, group, extra_groups = _ordinary_user()
    try:
        done = subprocess.run(  # noqa: S603  # programs and arguments of our own
            command,
            cwd=folder,
            env=_variables(folder, environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            user=user,
            group=group,
            extra_groups=extra_groups,
        )
    except OSError as error:
        raise ConfigError(f"{command[0]} cannot be run: {error.strerror}") from error
    if done.returncode:
        said = "\n".join(done.stdout.splitlines()[-15:])
        raise ConfigError(f"{Path(command[0]).name} failed with {done.returncode}:\n{said}")
    return done.stdout


def hand_over(folder: Path) -> None:
    """Give a folder and all in it to the user that `spawn` runs programs as."""
    if os.geteuid() == 0:
        owner = _nobody()
        for path in (folder, *folder.rglob("*")):
            os.chown(path, owner.pw_uid, owner.pw_gid, follow_symlinks=False)


def within_reach(programs: Path, folder: Path) -> Path:
    """Give programs where the user that `spawn` runs them as can read them.

    That is where they are, or a copy in `folder` if they are in somebody's private folder.
    """
    try:
        run(("ls", str(programs)), folder)
    except ConfigError:
        copy = folder / "programs"
        if not copy.exists():
            shutil.copytree(programs, copy)
            hand_over(copy)
        return copy
    return programs


def end(process: Process, how: signal.Signals, patience_s: float) -> None:
    """Ask a process to end, then end it and all that it started by force; wait until all are gone.

    Raises Unavailable if the machine does not let go of them.
    """
    family = [process, *_offspring(process)]
    if how is not signal.SIGKILL:
        _send(process, how)
        if _gone(family, patience_s):
            return
    for member in family:
        _send(member, signal.SIGKILL)
    if not _gone(family, 10):
        raise Unavailable(f"process {process.pid} does not end")


def refuse_taken(port: int, name: str) -> None:
    """Raise ConfigError if something listens on this port of loopback already."""
    if not free(port):
        raise ConfigError(
            f"{name} needs port {port} of {LOOPBACK}, and another program listens there; "
            "end it, or choose other ports with --offset"
        )


def free(port: int) -> bool:
    """Tell whether a port of loopback can be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def _gone(family: Sequence[Process], patience_s: float) -> bool:
    until = time.monotonic() + patience_s
    while any(member.alive() for member in family):
        _reap(family[0].pid)
        if time.monotonic() > until:
            return False
        time.sleep(POLL_S)
    _reap(family[0].pid)
    return True


def _reap(pid: int) -> None:
    with suppress(ChildProcessError):  # another run of ours started it
        os.waitpid(pid, os.WNOHANG)


def _send(process: Process, how: signal.Signals) -> None:
    if process.alive():
        with suppress(ProcessLookupError):  # it ended in between
            os.kill(process.pid, how)


def _offspring(process: Process) -> list[Process]:
    pids = (int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal())
    looks = {pid: look for pid in pids if (look := _look(pid))}
    leader = looks.pop(process.pid, None)
    if leader is not None and leader.born != process.born:
        return []  # its pid was given to another
    # A child whose parent has died is still of the session that `spawn` gave it.
    found = {pid for pid, look in looks.items() if look.session == process.pid}
    parents = {process.pid}
    while parents:
        parents = {pid for pid, look in looks.items() if look.parent in parents}
        found |= parents
    return [Process(pid, looks[pid].born) for pid in found]


class _Look(NamedTuple):
    parent: int
    session: int
    born: int
    ended: bool


def _look(pid: int) -> _Look | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The second field is a name in brackets and may hold anything; the rest are words.
    state, parent, *rest = text.rpartition(")")[2].split()
    # While other threads still end, the first one is a zombie already and ports are still held.
    ended = state in ("Z", "X") and int(rest[15]) <= 1
    return _Look(int(parent), int(rest[1]), int(rest[17]), ended)


def _variables(folder: Path, more: Mapping[str, str] | None) -> dict[str, str]:
    return {"PATH": _PATH, "HOME": str(folder), "LANG": "C.UTF-8", **(more or {})}


def _nobody() -> pwd.struct_passwd:
    return pwd.getpwnam("nobody")


def _ordinary_user() -> tuple[int | None, int | None, tuple[int, ...] | None]:
    """Give user, group and further groups: Elasticsearch and PostgreSQL refuse root."""
    if os.geteuid() != 0:
        return None, None, None
    owner = _nobody()
    return owner.pw_uid, owner.pw_gid, ()
