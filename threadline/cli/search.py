"""`threadline search`: every word ever said or written."""

from __future__ import annotations

import click

from schemas.search import Hit, Order, SearchPage
from threadline.cli.common import (
    CHANNEL_SIGNS,
    json_option,
    local_time,
    mood,
    now,
    open_home,
    print_json,
    tenant_option,
)

CONTEXT = 90


@click.command("search")
@click.argument("query")
@click.option("--limit", default=10, show_default=True, type=click.IntRange(1, 1000))
@click.option("--best", is_flag=True, help="Best match first instead of newest first.")
@click.option("--after", help="Cursor of the next page, as printed at the end.")
@tenant_option
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    query: str,
    limit: int,
    best: bool,
    after: str | None,
    tenant: str,
    as_json: bool,
) -> None:
    """Search every word ever said or written.

    For example: threadline search '"cancel my account" speaker:customer sentiment:<-0.3'
    """
    page = open_home(ctx).lookup.search(
        tenant,
        query,
        now=now(),
        order=Order.BEST if best else Order.NEWEST,
        limit=limit,
        after=after,
    )
    if as_json:
        print_json(page)
    else:
        show_hits(page)


def show_hits(page: SearchPage) -> None:
    """Print hits with the found words in bold, and where in the call they were said."""
    days = f" on {len(page.days)} days" if len(page.days) > 1 else ""
    click.echo(f"{page.total:,} utterances{days}")
    if page.note:
        click.echo(page.note)
    for hit in page.hits:
        second = f" at {_clock(hit.start_s)}" if hit.start_s is not None else ""
        sign = CHANNEL_SIGNS[hit.channel]
        click.echo(
            f"\n{local_time(hit.at)}  {sign} {hit.channel.value}{second}"
            f"  {hit.role.value}  {mood(hit.sentiment)}"
        )
        click.echo(f"  {_bold(hit)}")
        click.secho(f"  {hit.interaction}", dim=True)
    if page.next:
        click.echo(f"\nmore: --after {page.next}")


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{seconds % 60:04.1f}"


def _bold(hit: Hit) -> str:
    """Mark the found words, and cut a long text to what stands around the first of them."""
    first = hit.highlights[0][0] if hit.highlights else 0
    low, high = max(0, first - CONTEXT), first + 2 * CONTEXT
    pieces: list[str] = ["…" if low else ""]
    last = low
    for start, end in hit.highlights:
        if end <= high:
            pieces += [hit.text[last:start], click.style(hit.text[start:end], bold=True)]
            last = end
    pieces += [hit.text[last : max(high, last)], "…" if len(hit.text) > high else ""]
    return " ".join("".join(pieces).split())
