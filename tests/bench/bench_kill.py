"""Kill the pipeline at random moments, over real material, and compare with one left in peace.

`python -m tests.bench.bench_kill --kills 20 PATH...` takes the paths in once, copies the home,
runs one copy undisturbed and the other with sudden deaths spread over the whole duration, and
prints what came out of both.
"""

from __future__ import annotations

import argparse
import random
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from infra.sqlite import Database
from schemas.base import encode
from tests.e2e.command_home import SPEECH, Command

QUERIES = ("the", "please", "channel:voice account", '"thank you"', "sentiment:<-0.3")
TABLES = ("search_meta", "search_body", "search_key", "log", "answer", "dead_letter")


class Ran(NamedTuple):
    """A finished home: how long it took, its export, its index, and its sizes."""

    took_s: float
    export: Mapping[str, bytes]
    hits: list[bytes]
    rows: dict[str, int]
    sound: bool


def finish(command: Command, folder: Path, began: float) -> Ran:
    """Run to the end and look at everything."""
    command("run", "--until-idle")
    took = time.monotonic() - began
    hits = [encode(command.here("search", query, "--limit", "1000")) for query in QUERIES]
    database = Database(command.home / "threadline.db")
    rows = {table: database.value(f"SELECT count(*) FROM {table}") for table in TABLES}
    sound = database.rows("PRAGMA integrity_check") == [("ok",)]
    database.close()
    return Ran(took, command.export(folder), hits, rows, sound)


def killed(command: Command, folder: Path, kills: int, took_s: float, rng: random.Random) -> Ran:
    """Kill a run again and again, then let it finish.

    Work that was committed is not done again, so the lives together last about as long as the
    undisturbed run, each on top of the time it takes to start: deaths fall all over the work.
    """
    began = time.monotonic()
    command("check", code=None)
    start_s = time.monotonic() - began
    began = time.monotonic()
    hit = 0
    for number in range(kills):
        after = rng.uniform(0.2, start_s) if number % 5 == 4 else start_s
        after += rng.uniform(0, 2 * took_s / kills)
        alive = command.killed("run", "--until-idle", after_s=after)
        hit += alive
        print(f"  {number + 1:>3} after {after:6.1f} s: {'killed' if alive else 'was done'}")
    print(f"  {hit} of {kills} hit a running pipeline")
    return finish(command, folder, began)


def compare(left: Ran, right: Ran) -> bool:
    """Print both sides; tell whether they are equal."""
    print(f"\n{'':<22}{'undisturbed':>14}{'killed':>14}")
    print(f"{'seconds':<22}{left.took_s:>14.1f}{right.took_s:>14.1f}")
    for name in sorted(left.export.keys() | right.export.keys()):
        one, other = left.export.get(name, b""), right.export.get(name, b"")
        lines = (len(one.splitlines()), len(other.splitlines()))
        verdict = "equal" if one == other else "DIFFERENT"
        print(f"{name:<22}{lines[0]:>14,}{lines[1]:>14,}   {verdict}")
    for table in TABLES:
        # The log of the second home has one tick more for every run that came to its end.
        print(f"{table:<22}{left.rows[table]:>14,}{right.rows[table]:>14,}")
    for query, one, other in zip(QUERIES, left.hits, right.hits, strict=True):
        print(f"{query:<50}   {'equal' if one == other else 'DIFFERENT'}")
    print(f"{'file is sound':<22}{left.sound!s:>14}{right.sound!s:>14}")
    return left.export == right.export and left.hits == right.hits and right.sound


def main() -> None:
    """Print the comparison; the exit code is 1 where anything differs."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("paths", nargs="+", type=Path)
    arguments.add_argument("--kills", type=int, default=20)
    arguments.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    arguments.add_argument("--speech", default=SPEECH, help="speech model")
    arguments.add_argument("--folder", type=Path, help="where to work; a new one by default")
    given = arguments.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="threadline-kill-"))
    environ = {"THREADLINE_SPEECH_MODEL": given.speech}
    fed = Command(folder / "undisturbed", **environ)
    for path in given.paths:
        # In a process of its own: no connection may be open here while the file is copied.
        done = fed("ingest", str(path.absolute()), code=None)
        print(f"{path}: {done.stdout.splitlines()[0]}")
    home = folder / "killed"
    shutil.copytree(fed.home, home)
    left = finish(fed, folder / "undisturbed-export", time.monotonic())
    print(f"undisturbed: {left.took_s:.1f} s; seed of the moments of death: {given.seed}")
    rng = random.Random(given.seed)
    right = killed(
        Command(home, **environ), folder / "killed-export", given.kills, left.took_s, rng
    )
    equal = compare(left, right)
    print(f"\n{'EQUAL' if equal else 'DIFFERENT'}; everything is in {folder}")
    raise SystemExit(0 if equal else 1)


if __name__ == "__main__":
    main()
