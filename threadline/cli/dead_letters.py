"""`threadline dead-letters`: what could not be processed, and why."""

from __future__ import annotations

import click

from schemas.errors import InvalidEvent
from schemas.ledger import DeadLetter
from streams.redrive import retried
from threadline.cli.common import json_option, open_home, print_json
from threadline.cli.run import run_until_idle
from threadline.wiring import Wiring, now_ms


@click.group("dead-letters")
def command() -> None:
    """List, show, retry or drop what could not be processed."""


@command.command("list")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1))
@json_option
@click.pass_context
def list_command(ctx: click.Context, limit: int, as_json: bool) -> None:
    """List dead letters with their reasons."""
    letters = open_home(ctx).lookup.views.dead_letters(limit)
    if as_json:
        print_json(letters)
        return
    if not letters:
        click.echo("no dead letters")
    for letter in letters:
        click.echo(f"{letter.id}  {letter.stage:<10} {letter.reason:<20} {letter.name or ''}")


@command.command("show")
@click.argument("id")
@json_option
@click.pass_context
def show_command(ctx: click.Context, id: str, as_json: bool) -> None:
    """Show one dead letter with its bytes."""
    letter = _letter(open_home(ctx), id)
    if as_json:
        print_json(letter)
        return
    click.echo(f"{letter.name or letter.id}\nrefused by {letter.stage}: {letter.error}")
    click.echo(f"reason {letter.reason}, topic {letter.topic or '-'}, {len(letter.data)} bytes")
    click.echo(letter.data[:2000].decode("utf-8", "replace"))


@command.command("retry")
@click.argument("id")
@click.pass_context
def retry_command(ctx: click.Context, id: str) -> None:
    """Put a dead letter back where it came from and process it again."""
    wiring = open_home(ctx)
    letter = _letter(wiring, id)
    if not letter.topic:
        raise InvalidEvent(
            "not_a_record", f"{letter.name} was refused at the door; mend it and ingest it again"
        )
    log, store, _ = wiring.backend(durable=True)
    with store.transaction():
        log.append(retried(letter, now_ms()))
        store.settle(letter.id)
    run_until_idle(wiring, show=True)
    click.echo(f"retried {id}")


@command.command("drop")
@click.argument("id")
@click.pass_context
def drop_command(ctx: click.Context, id: str) -> None:
    """Take a dead letter off the list; the ledger keeps the refusal."""
    wiring = open_home(ctx)
    letter = _letter(wiring, id)
    _, store, _ = wiring.backend(durable=True)
    with store.transaction():
        store.settle(letter.id)
    click.echo(f"dropped {id}")


def _letter(wiring: Wiring, id: str) -> DeadLetter:
    letter = wiring.lookup.views.dead_letter(id)
    if letter is None:
        raise InvalidEvent("unknown_dead_letter", f"there is no dead letter {id!r}")
    return letter
