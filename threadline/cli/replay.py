"""`threadline replay`: derive everything anew from what came in."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from threadline.cli.common import local_time, open_home
from threadline.cli.run import run_until_idle
from threadline.replaying import reset_from, rewind_to


@click.command("replay")
@click.option("--from", "stage", default="normalise", show_default=True, help="First stage.")
@click.option(
    "--since",
    metavar="TIME",
    help="Take again only what this stage was given at or after a time, such as"
    " 2026-11-02T10:00Z; nothing is forgotten.",
)
@click.pass_context
def command(ctx: click.Context, stage: str, since: str | None) -> None:
    """Derive everything anew, from a stage on: state, timelines, index, alerts, ledger.

    Inputs stay. Recordings are not transcribed again, and no notification is sent twice.

    With --since one stage goes back to a time and takes what came from then on again. State is
    kept, so this mends what was lost or refused meanwhile, and changes nothing else. The time is
    that of writing to the log, not that of the event.

    On Kafka the workers of these stages must be stopped first.
    """
    at = None if since is None else _time(since)
    wiring = open_home(ctx)
    if at is None:
        click.echo(f"replaying {', '.join(reset_from(wiring, stage))}", err=True)
    else:
        rewind_to(wiring, stage, round(at.timestamp() * 1000))
        click.echo(f"replaying {stage} since {local_time(at)} UTC", err=True)
    delivered = run_until_idle(wiring, show=True)
    click.echo(f"replayed: {delivered:,} records delivered")


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.UsageError(
            f"--since: {text!r} is no time; write 2026-11-02 or 2026-11-02T10:00Z"
        ) from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)
