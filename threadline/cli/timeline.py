"""`threadline timeline`: everything of one customer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click

from infra.customer_history import History, history_of
from infra.lookup import Lookup, TimelinePage
from infra.store.base import Only
from processors.repeats import repeat_facts
from schemas.errors import InvalidEvent
from schemas.events import Channel, RemarkKind
from schemas.identity import Customer
from schemas.interaction import Annotation, Interaction
from schemas.utterance import Mood
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
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="Begin with this day (UTC).")
@click.option("--channel", type=click.Choice([one.value for one in Channel]))
@click.option("--sentiment", type=click.Choice([one.value for one in Mood]))
@click.option("--contact-type", help="Only this contact type, such as `lost_or_stolen_phone`.")
@click.option("--pinned", is_flag=True, help="Only what somebody pinned.")
@click.option("--reader", help="Who looks: marks what went on since they looked in the console.")
@click.option("--conversations", is_flag=True, help="Show issues with the contacts about each.")
@tenant_option
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    identifier: str,
    limit: int,
    after: str | None,
    on: datetime | None,
    channel: str | None,
    sentiment: str | None,
    contact_type: str | None,
    pinned: bool,
    reader: str | None,
    conversations: bool,
    tenant: str,
    as_json: bool,
) -> None:
    """Show everything of one customer, newest first.

    IDENTIFIER is an email address, a phone number, a handle, or a customer id.
    """
    lookup = open_home(ctx).lookup
    if conversations:
        _conversations(lookup, _known(lookup, tenant, identifier), as_json=as_json)
        return
    only = Only(
        Channel(channel) if channel else None,
        Mood(sentiment) if sentiment else None,
        contact_type,
        pinned,
    )
    until = on.replace(tzinfo=UTC) + timedelta(days=1) if on else None
    page = lookup.timeline(tenant, identifier, after, limit, only=only, until=until, reader=reader)
    if page is None:
        raise _unknown(identifier)
    if as_json:
        print_json(
            {
                "customer": page.customer,
                "interactions": page.interactions,
                "next": page.next,
                "seen_at": page.seen_at,
                "new": page.new,
            }
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
        _show(interaction, stamp[11:], is_new=interaction.id in page.new)
    if page.next:
        click.echo(f"\nmore: --after {page.next}")


def _known(lookup: Lookup, tenant: str, identifier: str) -> Customer:
    customer = lookup.customer(tenant, identifier)
    if customer is None:
        raise _unknown(identifier)
    return customer


def _unknown(identifier: str) -> InvalidEvent:
    return InvalidEvent("unknown_customer", f"nobody is known as {identifier!r}")


def _show(interaction: Interaction, time: str, *, is_new: bool) -> None:
    score = interaction.sentiment.score if interaction.sentiment else None
    extra = [mood(score)]
    if interaction.contact_type:
        extra.append(interaction.contact_type)
    extra += interaction.categories
    if interaction.duration_s:
        extra.append(f"{interaction.duration_s:.0f} s")
    if is_new:
        extra.append("new")
    sign = CHANNEL_SIGNS[interaction.channel]
    click.echo(f"  {time}  {sign} {interaction.channel.value:<6} {' · '.join(extra)}")
    text = interaction.subject or interaction.preview
    if text:
        click.echo(f"         {' '.join(text.split())[:100]}")
    for note in interaction.annotations:
        if note.other is None:
            click.echo(f"         {_told(note)}")
    click.secho(f"         {interaction.id}", dim=True)


def _told(note: Annotation) -> str:
    if note.does is RemarkKind.PIN:
        return f"pinned by {note.by}"
    return f"{note.by} notes: {' '.join((note.text or '').split())[:100]}"


def _conversations(lookup: Lookup, customer: Customer, *, as_json: bool) -> None:
    history = history_of(lookup.views, customer, datetime.now(UTC))
    facts = repeat_facts(history.conversations)
    if as_json:
        print_json(
            {
                "customer": customer,
                "conversations": history.conversations,
                "repeats": facts,
                "is_cut": history.is_cut,
            }
        )
        return
    click.echo(f"customer {customer.id}")
    _show_conversations(history)
    for one in facts:
        click.echo(
            f"within {one.days:>2} d: {one.repeats} of {one.contacts} contacts repeat,"
            f" {one.resolved_first} of {one.issues - one.pending} issues solved at first contact"
        )


def _show_conversations(history: History) -> None:
    contacts = {one.id: one for one in history.contacts}
    for one in history.conversations:
        state = "open" if one.is_open else "closed"
        about = one.contact_type or " ".join(one.title.split())[:60] or "contact"
        click.secho(f"\n{about}", bold=True, nl=False)
        click.echo(f"  {state}" + (f", {one.confidence:.0%} sure" if one.joints else ""))
        for id in one.interactions:
            contact = contacts[id]
            text = " ".join((contact.subject or contact.preview).split())[:80]
            sign = CHANNEL_SIGNS[contact.channel]
            click.echo(f"  {local_time(contact.started_at)}  {sign} {text}")
    click.echo("")
