"""`threadline run`: process what came in."""

from __future__ import annotations

import signal
import threading

import click

from threadline.cli.common import open_home
from threadline.cli.progress import StageBars
from threadline.wiring import Wiring


@click.command("run")
@click.option("--until-idle", is_flag=True, help="Stop when nothing is left to do.")
@click.pass_context
def command(ctx: click.Context, until_idle: bool) -> None:
    """Process what came in, until stopped or until idle.

    Killing it at any moment loses nothing: start it again and it goes on.
    """
    wiring = open_home(ctx)
    if until_idle:
        delivered = run_until_idle(wiring, show=True)
        click.echo(f"idle: {delivered:,} records delivered")
        return
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    click.echo("running; stop with Ctrl-C", err=True)
    run_until_stopped(wiring, stop)


def run_until_idle(wiring: Wiring, *, show: bool) -> int:
    """Process everything that is there, with a bar per stage."""
    engines = wiring.engines()
    try:
        runner = wiring.runner(engines)
        with StageBars(show=show) as bars:
            delivered = runner.run_until_idle(bars.update)
        for stage, _, waiting in runner.progress():
            if waiting:
                click.echo(f"{waiting} records wait for {stage}", err=True)
        return delivered
    finally:
        engines.close()


def run_until_stopped(wiring: Wiring, stop: threading.Event) -> None:
    """Process whatever comes until told to stop; the batch in hand is finished."""
    engines = wiring.engines()
    try:
        wiring.runner(engines).run(stop)
    finally:
        engines.close()
