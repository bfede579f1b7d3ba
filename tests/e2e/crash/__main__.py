"""Put the cluster through crashes on real servers, and print a table.

`python -m tests.e2e.crash --events 20000 --engine faust` plays every scenario on a Kafka, a
PostgreSQL and an Elasticsearch of its own, each time with a new database, new topics and new
indices, and compares what remains with an embedded run of the same inputs that nobody disturbed.
The exit code is 1 where anything was lost, is there twice or differs, and where the control, which
acknowledges before it writes, has lost nothing: then the harness cannot see loss.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
from collections.abc import Mapping
from pathlib import Path

import click

from infra.dev.running import Running, free_place, start_server
from infra.dev.server import Place
from tests.e2e.crash.corpus import make_corpus
from tests.e2e.crash.ground import Servers
from tests.e2e.crash.scenarios import (
    Play,
    join_and_leave,
    kill_worker,
    restart_postgres,
    stop_server,
    wake_the_dead,
)
from tests.e2e.crash.suite import HEADER, Row, Suite, cells, markdown
from tests.e2e.crash.workers import Manner

CONTROL = "control: acknowledges first, kill -9 x10"
SCENARIOS: Mapping[str, Play] = {
    "worker kill -9 x10": kill_worker(10),
    "two workers join and leave x5": join_and_leave(5),
    "Kafka stopped 30 s": stop_server("kafka", 30),
    "Elasticsearch stopped 60 s": stop_server("elasticsearch", 60),
    "PostgreSQL restarted, then kill -9": restart_postgres,
    "worker frozen 80 s, then goes on, x2": wake_the_dead(80, times=2),
    CONTROL: kill_worker(10),
}


def own_server(name: str) -> Running:
    """Start a server on ports that are free."""
    return start_server(name, free_place(name, Place(java_home=os.environ.get("JAVA_HOME", ""))))


def is_good(row: Row) -> bool:
    """Tell whether a scenario ended as it must; the control must lose."""
    if row.scenario == CONTROL:
        return bool(row.verdict.lost)
    return row.verdict.equal and row.hits > 0


def main() -> None:
    """Play what was asked for; the exit code is 1 where anything is not as it must be."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--events", type=int, default=20_000)
    arguments.add_argument("--engine", choices=("faust", "confluent"), action="append")
    arguments.add_argument("--only", action="append", default=[], help="part of a scenario's name")
    arguments.add_argument("--batch", type=int, default=500, help="records per batch, at most")
    arguments.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    arguments.add_argument("--folder", type=Path, help="where to work; a new one by default")
    arguments.add_argument("--markdown", type=Path, help="write the table to this file, too")
    given = arguments.parse_args()
    folder: Path = given.folder or Path(tempfile.mkdtemp(prefix="threadline-crash-")) / "new"
    folder.mkdir(parents=True)
    chosen = {
        name: play
        for name, play in SCENARIOS.items()
        if not given.only or any(part in name for part in given.only)
    }
    click.echo(f"seed {given.seed}; everything is in {folder}")
    rows: list[Row] = []
    failed: list[str] = []
    with Servers(own_server) as servers:
        suite = Suite(make_corpus(given.events, given.seed), servers, folder, given.seed)
        kinds = {kind: f"{suite.expected.count(kind):,}" for kind in suite.expected.kinds}
        click.echo(f"undisturbed: {kinds}")
        click.echo(" | ".join(HEADER))
        for engine in given.engine or ("faust", "confluent"):
            for name, play in chosen.items():
                manner = Manner(batch=given.batch, acknowledge_first=name == CONTROL)
                try:
                    row = suite.play(name, play, engine=engine, manner=manner)
                except AssertionError as error:
                    # The others are worth their time even so.
                    failed.append(f"{engine}, {name}: {error}")
                    click.echo(failed[-1])
                    servers.mend()
                    continue
                rows.append(row)
                click.echo(" | ".join(cells(row)))
                if not is_good(row) or row.gave_up:
                    click.echo(f"{row.verdict}\nended by themselves: {list(row.gave_up)}")
    if given.markdown:
        given.markdown.write_text(markdown(rows), "utf-8")
    raise SystemExit(0 if all(map(is_good, rows)) and not failed else 1)


if __name__ == "__main__":
    main()
