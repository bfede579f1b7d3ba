"""`threadline alerts`: spikes of negative sentiment with their evidence."""

from __future__ import annotations

import click

from schemas.alert import Alert
from threadline.cli.common import json_option, local_time, open_home, print_json, tenant_option


@click.command("alerts")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000))
@tenant_option
@json_option
@click.pass_context
def command(ctx: click.Context, limit: int, tenant: str, as_json: bool) -> None:
    """List alerts with their evidence, newest first."""
    alerts = open_home(ctx).lookup.views.alerts(tenant, limit)
    if as_json:
        print_json(alerts)
        return
    if not alerts:
        click.echo("no alerts")
    for alert in alerts:
        show_alert(alert)


def show_alert(alert: Alert) -> None:
    """Print an alert: what, when, and the figures behind it."""
    ended = f", cleared {local_time(alert.cleared_at)}" if alert.cleared_at else ""
    what = alert.about or "negative sentiment rose"
    click.secho(f"{local_time(alert.fired_at)}  {what}: {alert.segment}", bold=True)
    click.echo(f"  {alert.state} since {local_time(alert.started_at)}{ended}")
    for window in alert.windows:
        click.echo(
            f"  last {window.minutes:>3} min: {window.negatives} of {window.contacts} contacts"
            f" negative, {window.expected_negatives:.1f} expected"
            f" (count p {window.count_p:.1e}, share p {window.share_p:.1e})"
        )
    if alert.terms:
        click.echo(f"  words: {', '.join(alert.terms)}")
    if alert.examples:
        click.echo(f"  examples: {' '.join(alert.examples)}")
    click.secho(f"  {alert.id}", dim=True)
