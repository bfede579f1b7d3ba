"""`threadline replay`: derive everything anew from what came in."""

from __future__ import annotations

import click

from threadline.cli.common import open_home
from threadline.cli.run import run_until_idle
from threadline.replaying import reset_from


@click.command("replay")
@click.option("--from", "stage", default="normalise", show_default=True, help="First stage.")
@click.pass_context
def command(ctx: click.Context, stage: str) -> None:
    """Derive everything anew, from a stage on: state, timelines, index, alerts, ledger.

    Inputs stay. Recordings are not transcribed again, and no notification is sent twice.
    """
    wiring = open_home(ctx)
    stages = reset_from(wiring, stage)
    click.echo(f"replaying {', '.join(stages)}", err=True)
    delivered = run_until_idle(wiring, show=True)
    click.echo(f"replayed: {delivered:,} records delivered")
