"""`threadline run`: process what came in."""

from __future__ import annotations

import signal
import threading
from collections.abc import Sequence

import click

from threadline.cli.common import open_home
from threadline.cli.progress import StageBars
from threadline.wiring import Wiring


@click.command("run")
@click.option("--until-idle", is_flag=True, help="Stop when nothing is left to do.")
@click.option(
    "--stages",
    metavar="NAMES",
    default="",
    help="On Kafka: take part in these stages only, with commas; all by default.",
)
@click.pass_context
def command(ctx: click.Context, until_idle: bool, stages: str) -> None:
    """Process what came in, until stopped or until idle.

    Killing it at any moment loses nothing: start it again and it goes on. On Kafka any number of
    workers share the stages; on the embedded log there is one.
    """
    wiring = open_home(ctx)
    names = [name.strip() for name in stages.split(",") if name.strip()]
    if until_idle:
        delivered = run_until_idle(wiring, names, show=True)
        click.echo(f"idle: {delivered:,} records delivered")
        return
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    click.echo("running; stop with Ctrl-C", err=True)
    run_until_stopped(wiring, stop, names)


def run_until_idle(wiring: Wiring, stages: Sequence[str] = (), *, show: bool) -> int:
    """Process everything that is there, with a bar per stage."""
    engines = wiring.engines()
    try:
        runner = wiring.runner(engines, stages)
        with wiring.health(runner), StageBars(show=show, heard_s=lambda: engines.heard_s) as bars:
            delivered = runner.run_until_idle(bars.update)
        if bars.told:
            click.echo(f"heard {bars.told}", err=True)
        for stage, _, waiting in runner.progress():
            if waiting:
                click.echo(f"{waiting} records wait for {stage}", err=True)
        return delivered
    finally:
        engines.close()


def run_until_stopped(wiring: Wiring, stop: threading.Event, stages: Sequence[str] = ()) -> None:
    """Process whatever comes until told to stop; the batch in hand is finished."""
    engines = wiring.engines()
    try:
        runner = wiring.runner(engines, stages)
        with wiring.health(runner):
            runner.run(stop)
    finally:
        engines.close()
