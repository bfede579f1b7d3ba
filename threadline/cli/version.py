"""`threadline version`."""

from __future__ import annotations

import click

from threadline import __version__
from threadline.cli.common import json_option, print_json


@click.command("version")
@json_option
def command(as_json: bool) -> None:
    """Print the version."""
    if as_json:
        print_json({"version": __version__})
    else:
        click.echo(f"threadline {__version__}")
