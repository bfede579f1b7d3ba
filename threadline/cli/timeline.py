"""`threadline timeline`: everything of one customer."""

from __future__ import annotations

import click

from infra.lookup import TimelinePage
from schemas.errors import InvalidEvent
from schemas.interaction import Interaction
from threadline.cli.common import (
    CHANNEL_SIGNS,
    json_option,
    local_time,
    mood,
    open_home,
    print_json,
    tenant_option,
)


@click.command("timeline")
@click.argument("identifier")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@click.option("--after", help="Cursor of the next page, as printed at the end.")
@tenant_option
@json_option
@click.pass_context
def command(
    ctx: click.Context, identifier: str, limit: int, after: str | None, tenant: str, as_json: bool
) -> None:
    """Show everything of one customer, newest first.

    IDENTIFIER is an email address, a phone number, a handle, or a customer id.
    """
    page = open_home(ctx).lookup.timeline(tenant, identifier, after, limit)
    if page is None:
        raise InvalidEvent("unknown_customer", f"nobody is known as {identifier!r}")
    if as_json:
        print_json(
            {"customer": page.customer, "interactions": page.interactions, "next": page.next}
        )
    else:
        show_timeline(page)


def show_timeline(page: TimelinePage) -> None:
    """Print a page of a timeline with a head per day."""
    click.echo(f"customer {page.customer.id}")
    click.echo("  " + ", ".join(page.customer.identifiers))
    day = ""
    for interaction in page.interactions:
        stamp = local_time(interaction.started_at)
        if stamp[:10] != day:
            day = stamp[:10]
            click.secho(f"\n{day}", bold=True)
        _show(interaction, stamp[11:])
    if page.next:
        click.echo(f"\nmore: --after {page.next}")


def _show(interaction: Interaction, time: str) -> None:
    score = interaction.sentiment.score if interaction.sentiment else None
    extra = [mood(score)]
    if interaction.contact_type:
        extra.append(interaction.contact_type)
    extra += interaction.categories
    if interaction.duration_s:
        extra.append(f"{interaction.duration_s:.0f} s")
    sign = CHANNEL_SIGNS[interaction.channel]
    click.echo(f"  {time}  {sign} {interaction.channel.value:<6} {' · '.join(extra)}")
    text = interaction.subject or interaction.preview
    if text:
        click.echo(f"         {' '.join(text.split())[:100]}")
    click.secho(f"         {interaction.id}", dim=True)
