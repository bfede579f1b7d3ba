"""`threadline models`: which weights there are, and how to get them."""

from __future__ import annotations

import click

from models.catalogue import CATALOGUE
from models.fetch import fetch, located
from threadline.cli.common import json_option, print_json, settings_of


@click.group("models")
def command() -> None:
    """List or fetch model weights."""


@command.command("list")
@json_option
@click.pass_context
def list_command(ctx: click.Context, as_json: bool) -> None:
    """List known weights, their licence, and whether they are here."""
    folder = settings_of(ctx).models
    rows = [
        {
            "name": weights.name,
            "about": weights.about,
            "licence": weights.licence,
            "megabytes": round(weights.size / 1e6),
            "folder": str(place) if (place := located(weights.name, folder)) else None,
        }
        for weights in CATALOGUE.values()
    ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        where = row["folder"] or f"not here; threadline models fetch {row['name']}"
        click.echo(
            f"{row['name']:<20} {row['megabytes']:>4} MB  {row['licence']:<11} {row['about']}"
        )
        click.echo(f"{'':<20} {where}")


@command.command("fetch")
@click.argument("names", nargs=-1)
@click.pass_context
def fetch_command(ctx: click.Context, names: tuple[str, ...]) -> None:
    """Fetch weights and verify their hashes; without NAMES, the default speech model."""
    settings = settings_of(ctx)
    for name in names or (settings.speech_model,):
        fetch(name, settings.models, progress=lambda line: click.echo(line, err=True))
